//! Sends one call and reads its reply, whole or streamed, within its deadlines.

mod fault;

use std::sync::Arc;
use std::time::{Duration, Instant};

use autopack_core::{Stop, StopReason};
use autopack_wire::{ErrorReply, Reply, Request, StreamReader};
use futures_util::StreamExt;
use reqwest::StatusCode;

use crate::endpoint::Endpoint;
use crate::error::{ProviderError, ProviderErrorKind};
use crate::headers;
use crate::pace::Pace;
use crate::repair::Repair;
use crate::retry::RetryPolicy;

/// The largest reply that is read, in bytes: the largest model writes a million tokens, about 4 MB of
/// text; sixteen times that is no reply.
pub const MAX_REPLY_BYTES: usize = 64 * 1024 * 1024;

/// How long a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// To connect.
    pub connect: Duration,
    /// From sending to the first byte of the reply.
    pub first_byte: Duration,
    /// Between two pieces of a reply.
    pub idle: Duration,
    /// For the whole call.
    pub total: Duration,
}

impl Default for Deadlines {
    /// Ten seconds to connect; ten minutes for the whole call, which is where Anthropic's SDK stops
    /// waiting too, and for the first byte, because a whole reply comes when it is done; two minutes
    /// for a pause, which no healthy stream makes.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_mins(10),
            idle: Duration::from_mins(2),
            total: Duration::from_mins(10),
        }
    }
}

/// Which call this is, for servers of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labels<'a> {
    /// The run.
    pub run_id: &'a str,
    /// The phase.
    pub phase_id: &'a str,
    /// Which call of the phase the first one is, from 1; calls that are sent again count on.
    pub attempt: u32,
}

/// A reply and how it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What came back.
    pub reply: Reply,
    /// From sending to the last byte, of the call that came back.
    pub latency: Duration,
    /// How many calls it took, the failed ones before it included.
    pub n_calls: u32,
    /// What was changed in the call, where the provider refused its ceiling at first.
    pub repair: Option<Repair>,
}

/// The connection to one endpoint.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    endpoint: Endpoint,
    deadlines: Deadlines,
    retry: RetryPolicy,
    /// How the upstream's limits stand, for all calls of this client and its clones.
    pace: Arc<Pace>,
}

/// A call that failed, and what may mend it.
struct Failed {
    error: ProviderError,
    repair: Option<Repair>,
}

impl From<ProviderError> for Failed {
    fn from(error: ProviderError) -> Self {
        Self {
            error,
            repair: None,
        }
    }
}

impl Client {
    /// A client for `endpoint`. It follows no redirect, because a redirect could carry the key away.
    ///
    /// # Errors
    /// [`ProviderError`] of kind `Unreachable` where this machine's TLS cannot be set up.
    pub fn new(endpoint: Endpoint, deadlines: Deadlines) -> Result<Self, ProviderError> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(deadlines.connect)
            .read_timeout(deadlines.idle)
            .timeout(deadlines.total)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none());
        if endpoint.is_loopback() {
            builder = builder.no_proxy();
        }
        match builder.build() {
            Ok(http) => Ok(Self {
                http,
                endpoint,
                deadlines,
                retry: RetryPolicy::default(),
                pace: Arc::default(),
            }),
            Err(error) => Err(ProviderError::new(
                &endpoint,
                ProviderErrorKind::Unreachable,
                fault::causes(&error),
            )),
        }
    }

    /// The client, trying as often as `retry` says.
    #[must_use]
    pub const fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// The endpoint this client speaks to.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends `request`, and again after failures that may pass, as the retry policy says. A call whose
    /// ceiling is refused is mended once with what the refusal names.
    ///
    /// # Errors
    /// [`ProviderError`] of the last call.
    pub async fn send(
        &self,
        request: &Request<'_>,
        labels: Labels<'_>,
    ) -> Result<Answer, ProviderError> {
        let started = Instant::now();
        let mut request = *request;
        let mut repair = None;
        let mut n_calls = 1;
        loop {
            let labels = Labels {
                attempt: labels.attempt + n_calls - 1,
                ..labels
            };
            self.keep_pace(&request).await;
            let failed = match self.send_once(&request, labels).await {
                Ok((reply, latency)) => {
                    return Ok(Answer {
                        reply,
                        latency,
                        n_calls,
                        repair,
                    });
                }
                Err(failed) => failed,
            };
            let Failed {
                error,
                repair: asked,
            } = failed;
            if let Some(asked) = asked.filter(|_| repair.is_none()) {
                tracing::info!(%error, ?asked, "call refused, is mended");
                request = asked.apply(&request);
                repair = Some(asked);
                n_calls += 1;
                continue;
            }
            let wait = self
                .retry
                .wait(n_calls, error.kind(), started.elapsed(), fastrand::f64());
            let Some(wait) = wait else {
                return Err(error.after(n_calls));
            };
            tracing::info!(%error, n_calls, wait_ms = wait.as_millis(), "call failed, is sent again");
            tokio::time::sleep(wait).await;
            n_calls += 1;
        }
    }

    /// Waits until the upstream's limits allow for the call. Nobody waits longer than calls are tried for: a
    /// call that would goes out, and the provider says what it says.
    async fn keep_pace(&self, request: &Request<'_>) {
        let wait = self.pace.take(request.ceiling, Instant::now());
        if !wait.is_zero() && wait <= self.retry.total {
            tracing::info!(
                wait_ms = wait.as_millis(),
                "held back: the limits are spent"
            );
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends `request` once.
    async fn send_once(
        &self,
        request: &Request<'_>,
        labels: Labels<'_>,
    ) -> Result<(Reply, Duration), Failed> {
        let started = Instant::now();
        let address = self.endpoint.address(request.model, request.stream);
        let sending = self
            .http
            .post(address)
            .headers(headers::of(&self.endpoint, labels))
            .body(self.endpoint.dialect().write(request))
            .send();
        let response = tokio::time::timeout(self.deadlines.first_byte, sending)
            .await
            .map_err(|_| self.no_first_byte())?
            .map_err(|error| self.transport(&error))?;
        let status = response.status();
        let limit = headers::rate_limit(response.headers());
        let now = Instant::now();
        self.pace.learn(self.endpoint.provider(), &limit, now);
        if !status.is_success() {
            let retry_after = limit.retry_after;
            if let Some(wait) = retry_after.filter(|_| status == StatusCode::TOO_MANY_REQUESTS) {
                self.pace.hold(wait, now);
            }
            let body = self.body(response).await.unwrap_or_default();
            return self
                .refused(request, status.as_u16(), retry_after, &body)
                .map(|reply| (reply, started.elapsed()));
        }
        let reply = if request.stream {
            self.streamed(response).await?
        } else {
            self.whole(&self.body(response).await?)?
        };
        Ok((reply, started.elapsed()))
    }

    /// The whole body, up to the limit.
    async fn body(&self, response: reqwest::Response) -> Result<Vec<u8>, ProviderError> {
        let mut body = Vec::new();
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| self.transport(&error))?;
            if body.len() + piece.len() > MAX_REPLY_BYTES {
                return Err(self.too_large());
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    /// The reply that is this body. JSON that says nothing is none: other servers answer in JSON too.
    fn whole(&self, body: &[u8]) -> Result<Reply, ProviderError> {
        let reply = self.endpoint.dialect().read(body);
        let reply = reply.map_err(|error| self.unreadable(&error))?;
        if reply == Reply::default() {
            let detail = "neither text nor usage nor a stop reason".to_owned();
            return Err(self.error(ProviderErrorKind::Unreadable, detail));
        }
        Ok(reply)
    }

    async fn streamed(&self, response: reqwest::Response) -> Result<Reply, ProviderError> {
        let mut reader = StreamReader::new(self.endpoint.dialect());
        let mut n_bytes = 0;
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| self.transport(&error))?;
            n_bytes += piece.len();
            if n_bytes > MAX_REPLY_BYTES {
                return Err(self.too_large());
            }
            reader
                .push(&piece)
                .map_err(|error| self.unreadable(&error))?;
        }
        let reply = reader.finish().map_err(|error| self.unreadable(&error))?;
        if reply.stop.native.is_none() {
            let detail = "the stream ended without a stop reason".to_owned();
            return Err(self.error(ProviderErrorKind::Interrupted, detail));
        }
        Ok(reply)
    }

    /// What a status that is no success comes to: mostly an error, at times a reply that was cut off.
    fn refused(
        &self,
        request: &Request<'_>,
        status: u16,
        retry_after: Option<Duration>,
        body: &[u8],
    ) -> Result<Reply, Failed> {
        let mut reply = self.endpoint.dialect().read_error(body);
        reply.message = reply.message.map(|text| self.endpoint.redact(&text));
        if reply.truncation().is_some() {
            return Ok(spent_on_thinking(reply));
        }
        Err(Failed {
            repair: Repair::of(&reply, request),
            error: ProviderError::from_status(&self.endpoint, status, retry_after, &reply),
        })
    }
}

/// The reply that the error of a call stands for whose ceiling was spent before there was anything to say.
fn spent_on_thinking(error: ErrorReply) -> Reply {
    Reply {
        stop: Stop {
            reason: StopReason::MaxTokens,
            native: error.word,
        },
        ..Reply::default()
    }
}
