//! Sends a call and hands its reply on: whole ones once they are known to be no cut of ours, streams as
//! they come.

mod pass;
mod stream;
mod whole;

use std::borrow::Cow;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use autopack_core::Tokens;
use autopack_provider::{RawBody, RawOutgoing};
use autopack_wire::RequestError;
use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, response};
use http_body_util::{Either, Full};

use crate::admission::admit;
use crate::call::{Call, Ending, OpenRow};
use crate::decide::{Decision, Learning, What};
use crate::error::{GatewayError, REQUEST_ID};
use crate::headers::{drop_hop_by_hop, number, tokens};
use crate::ladder::Ladder;
use crate::lookout::Event;
use crate::metrics::FailedOpen;

pub(crate) use pass::pass;
use whole::Whole;

// What replies say of the decision.
const DECISION: HeaderName = HeaderName::from_static("x-autopack-decision");
const SELECTED_BUDGET: HeaderName = HeaderName::from_static("x-autopack-selected-budget");
const CEILING: HeaderName = HeaderName::from_static("x-autopack-ceiling");
const MODE: HeaderName = HeaderName::from_static("x-autopack-mode");
const POLICY: HeaderName = HeaderName::from_static("x-autopack-policy");
const ATTEMPTS: HeaderName = HeaderName::from_static("x-autopack-attempts");
const OVERHEAD: HeaderName = HeaderName::from_static("x-autopack-overhead-us");

/// What a client sent, as it may be sent on, once or again.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) address: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Outgoing {
    /// The request of this attempt. What is the client's own throughout is not sent again, whatever comes of it.
    fn request(&mut self, call: &Call, body: Bytes, progress: &Progress) -> Request<RawOutgoing> {
        let attempt = progress.n_attempts;
        let mut request = Request::new(Either::Left(Full::new(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.address.clone();
        *request.headers_mut() = if progress.is_touched() {
            self.headers.clone()
        } else {
            mem::take(&mut self.headers)
        };
        if attempt > 1 && call.upstream.endpoint.is_labelled() {
            let name = HeaderName::from_static("x-autopack-attempt");
            request.headers_mut().insert(name, number(attempt.into()));
        }
        request
    }

    /// The body as it is to be sent now.
    fn body_of(&self, call: &Call, progress: &Progress) -> Result<Bytes, RequestError> {
        let mut body = Cow::Borrowed(&*self.body);
        if let Some(ceiling) = progress.ladder.of_ours() {
            let set = call
                .dialect
                .set_ceiling(&self.body, call.parameter, ceiling);
            body = set?;
        }
        if progress.asks_usage {
            body = Cow::Owned(call.dialect.ask_for_usage(&body)?.into_owned());
        }
        Ok(match body {
            Cow::Borrowed(_) => self.body.clone(),
            Cow::Owned(body) => body.into(),
        })
    }
}

/// How far a call has come.
struct Progress {
    n_attempts: u32,
    ladder: Ladder,
    /// Whether usage is asked for in the client's place.
    asks_usage: bool,
    /// The ceiling of the first attempt that was let write.
    first: Option<Tokens>,
    /// How often the call was cut off at a ceiling of ours.
    n_cuts: u32,
    /// What was waited for the provider.
    waited: Duration,
}

impl Progress {
    /// Whether something of ours is in the request.
    const fn is_touched(&self) -> bool {
        self.asks_usage || self.ladder.of_ours().is_some()
    }

    /// From here on the request goes out as it came.
    fn untouched(&mut self, call: &Call) {
        self.ladder = Ladder::as_it_came(call.decision.requested);
        self.asks_usage = false;
        self.first = self.ladder.sent();
        self.n_cuts = 0;
    }

    /// Whether the call is to be sent again before the client sees the reply, and how.
    fn goes_on(&mut self, call: &Call, whole: &Whole, status: StatusCode) -> bool {
        let why = if whole.is_refused(status) && self.is_touched() {
            Some(FailedOpen::Refused)
        } else if whole.is_unreadable(status) && self.ladder.of_ours().is_some() {
            // It may be cut off, and nobody can tell.
            Some(FailedOpen::Unreadable)
        } else {
            None
        };
        if let Some(why) = why {
            call.gateway.metrics.failed_open(why);
            self.untouched(call);
            return true;
        }
        let next = whole.cut().and_then(|cut| self.ladder.up(cut));
        let Some(next) = next else { return false };
        call.gateway.metrics.repeated.inc();
        self.ladder = next;
        self.n_cuts += 1;
        true
    }
}

/// Sends a call, and again where it was cut off at a ceiling of ours, and gives the reply that the client
/// may see.
pub(crate) async fn send(
    call: Arc<Call>,
    mut outgoing: Outgoing,
) -> Result<Response<Body>, GatewayError> {
    let deadlines = call.config.deadlines;
    let end = tokio::time::Instant::now() + deadlines.total;
    let mut progress = Progress {
        n_attempts: 0,
        ladder: call.decision.ladder,
        asks_usage: call.asked.wants_usage,
        first: call.decision.ladder.sent(),
        n_cuts: 0,
        waited: Duration::ZERO,
    };
    loop {
        let body = outgoing.body_of(&call, &progress).unwrap_or_else(|_| {
            call.gateway.metrics.failed_open(FailedOpen::Unset);
            progress.untouched(&call);
            outgoing.body.clone()
        });
        progress.n_attempts += 1;
        let sent = progress.ladder.sent();
        let began = Instant::now();
        let reserved = admit(&call, progress.n_attempts, sent).await?;
        progress.waited += began.elapsed();
        let row = OpenRow::open(&call, progress.n_attempts, sent, reserved);
        let request = outgoing.request(&call, body, &progress);
        others_first().await;
        let began = Instant::now();
        let client = &call.gateway.client;
        let sent = client.send(&call.upstream.endpoint, request, &deadlines, end);
        let response = match sent.await {
            Ok(response) => response,
            Err(error) => {
                row.close(Ending::failed(error.kind().as_str()), What::Nothing);
                return Err(error.into());
            }
        };
        call.gateway.lookout.event(Event::Reply);
        progress.waited += began.elapsed();
        others_first().await;
        let (head, body) = response.into_parts();
        row.hear(&head.headers);
        if has_events(&head) || call.asked.is_stream && head.status.is_success() {
            return Ok(stream::hand_on(row, &progress, head, body));
        }
        let began = Instant::now();
        let whole = whole::read(&row, &head, body).await;
        progress.waited += began.elapsed();
        let whole = match whole {
            Ok(whole) => whole,
            Err(error) => {
                row.close(Ending::failed(error.kind().as_str()), What::Nothing);
                return Err(error.into());
            }
        };
        if progress.goes_on(&call, &whole, head.status) {
            row.go_on(whole.ending, progress.ladder.sent());
            continue;
        }
        let what = call.taught(progress.first, progress.n_cuts, &whole.ending);
        row.close(whole.ending, what);
        return Ok(respond(&call, &progress, head, whole.body));
    }
}

/// Lets other calls read what has come for them before this one writes. Then all of them write one after the
/// other, to somebody who is awake: to wake up another processor for each takes longer than deciding does.
async fn others_first() {
    tokio::task::yield_now().await;
}

/// Whether a reply comes as events.
fn has_events(head: &response::Parts) -> bool {
    let media_type = head.headers.get(CONTENT_TYPE);
    media_type.is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"))
}

/// Whether a reply is as its dialect writes it, and not packed.
fn is_plain(head: &response::Parts) -> bool {
    let encoding = head.headers.get(CONTENT_ENCODING);
    encoding.is_none_or(|value| value == "identity")
}

/// The provider's reply, with what is to be said of the decision in its head.
fn respond(
    call: &Call,
    progress: &Progress,
    mut head: response::Parts,
    body: Body,
) -> Response<Body> {
    let overhead = call.started.elapsed().saturating_sub(progress.waited);
    call.gateway.metrics.overhead(overhead);
    let headers = &mut head.headers;
    drop_hop_by_hop(headers);
    headers.remove(CONTENT_LENGTH);
    let Decision {
        action,
        mode,
        selected_budget,
        ..
    } = &call.decision;
    let overhead_us = u64::try_from(overhead.as_micros()).unwrap_or(u64::MAX);
    let policy = HeaderValue::from_static(Learning::policy());
    headers.insert(DECISION, HeaderValue::from_static(action.as_str()));
    headers.insert(SELECTED_BUDGET, tokens(*selected_budget));
    headers.insert(CEILING, tokens(progress.ladder.sent()));
    headers.insert(MODE, HeaderValue::from_static(mode.as_str()));
    headers.insert(POLICY, policy);
    headers.insert(ATTEMPTS, number(progress.n_attempts.into()));
    headers.insert(OVERHEAD, number(overhead_us));
    headers.insert(REQUEST_ID, call.id.header());
    Response::from_parts(head, body)
}

/// The body of a reply that is handed on as it comes, unread.
fn unread(body: RawBody) -> Body {
    Body::new(body)
}
