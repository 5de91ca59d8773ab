//! Passes calls on byte for byte: what a client sent goes out, what comes back is handed on as it
//! comes. Nothing is read here, and nothing is sent twice.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, Sleep};

use crate::client::Deadlines;
use crate::endpoint::Endpoint;
use crate::error::{ProviderError, ProviderErrorKind};

/// How long a connection waits unused for its next call: below the minute after which the vendors'
/// load balancers begin to close theirs, so that a call seldom meets a closed one.
const IDLE_CONNECTION: Duration = Duration::from_secs(50);

/// The most unused connections that are kept to one server: each is a socket, some kilobytes.
const MAX_IDLE_CONNECTIONS: usize = 256;

/// The body of a call: whole, or as it comes from a client.
pub type RawOutgoing = Either<Full<Bytes>, UnsyncBoxBody<Bytes, Box<dyn StdError + Send + Sync>>>;

/// The connections to all servers, by HTTP/1.1 and TLS as the address says.
#[derive(Clone, Debug)]
pub struct RawClient {
    http: Client<HttpsConnector<HttpConnector>, RawOutgoing>,
}

/// This machine's TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("TLS of this machine cannot be set up: check its certificates")]
pub struct NoTls(#[source] Box<dyn StdError + Send + Sync>);

impl RawClient {
    /// A client that takes so long to connect at the most. It follows no redirect and uses no proxy.
    ///
    /// # Errors
    /// [`NoTls`] where this machine's TLS cannot be set up.
    pub fn new(connect: Duration) -> Result<Self, NoTls> {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(connect));
        let https = HttpsConnectorBuilder::new()
            .try_with_platform_verifier()
            .map_err(|error| NoTls(error.into()))?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_CONNECTION)
            .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
            .build(https);
        Ok(Self { http })
    }

    /// Sends a call to `endpoint` and gives the head of the reply; its body follows as it comes, until
    /// `end` at the latest. Whoever drops either hangs up.
    ///
    /// # Errors
    /// [`ProviderError`] where no reply begins.
    pub async fn send(
        &self,
        endpoint: &Arc<Endpoint>,
        request: Request<RawOutgoing>,
        deadlines: &Deadlines,
        end: Instant,
    ) -> Result<Response<RawBody>, ProviderError> {
        let first_byte = (Instant::now() + deadlines.first_byte).min(end);
        let response = tokio::time::timeout_at(first_byte, self.http.request(request))
            .await
            .map_err(|_| timed_out(endpoint, "no answer began"))?
            .map_err(|error| failed(endpoint, &error))?;
        Ok(response.map(|body| RawBody {
            body,
            endpoint: Arc::clone(endpoint),
            idle: deadlines.idle,
            end,
            last: Instant::now(),
            sleep: None,
        }))
    }
}

fn timed_out(endpoint: &Endpoint, what: &str) -> ProviderError {
    ProviderError::new(endpoint, ProviderErrorKind::TimedOut, what.to_owned())
}

fn failed(endpoint: &Endpoint, error: &Error) -> ProviderError {
    let kind = if error.is_connect() {
        ProviderErrorKind::Unreachable
    } else {
        ProviderErrorKind::Interrupted
    };
    ProviderError::new(endpoint, kind, causes(error))
}

/// An error's causes, innermost last.
fn causes(error: &dyn StdError) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !words.iter().any(|word| word.contains(&said)) {
            words.push(said);
        }
        cause = error.source();
    }
    if words.is_empty() {
        words.push(error.to_string());
    }
    words.join(": ")
}

/// The body of a reply as it comes, within its deadlines.
#[derive(Debug)]
pub struct RawBody {
    body: Incoming,
    endpoint: Arc<Endpoint>,
    idle: Duration,
    end: Instant,
    /// When something came last.
    last: Instant,
    /// Made once there is something to wait for: most replies come with their head.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl RawBody {
    /// Ready once nothing has come for too long.
    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let late = (self.last + self.idle).min(self.end);
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(late)));
        while sleep.deadline() < late {
            // Something has come since: it is looked at when it wakes up, and not with each piece.
            ready!(sleep.as_mut().poll(context));
            sleep.as_mut().reset(late);
        }
        sleep.as_mut().poll(context)
    }
}

impl Body for RawBody {
    type Data = Bytes;
    type Error = ProviderError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ProviderError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            this.last = Instant::now();
            return Poll::Ready(frame.map(|frame| {
                frame.map_err(|error| {
                    let kind = ProviderErrorKind::Interrupted;
                    ProviderError::new(&this.endpoint, kind, causes(&error))
                })
            }));
        }
        ready!(this.poll_late(context));
        let what = "the reply paused for too long";
        Poll::Ready(Some(Err(timed_out(&this.endpoint, what))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
