//! The HTTP side: which path is whose, where to listen, when to stop.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use autopack_core::Catalogue;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::Listener;
use serde::Serialize;
use tokio::net::{TcpListener, TcpStream};

use crate::scenario::Scenario;
use crate::service::Service;
use crate::{anthropic, gemini, http, models, openai};

/// The largest request body that is read, in bytes: 32 MiB, what the Messages API takes
/// (platform.claude.com/docs/en/api/errors, "Request size limits"). Used for every dialect.
pub const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// What the simulator serves, for the reply to a path that it does not.
const SERVED: &str = "POST /v1/messages, POST /v1/messages/count_tokens, \
                      POST /v1/chat/completions, POST /v1/responses, \
                      POST /v1/responses/input_tokens, \
                      POST /v1beta/models/{model}:generateContent, \
                      POST /v1beta/models/{model}:streamGenerateContent, \
                      POST /v1beta/models/{model}:countTokens, GET /v1/models and \
                      GET /v1/models/{model}; what stands under /v1beta stands under /v1 too";

/// A simulator: what it replies, and to which models.
#[derive(Clone, Debug)]
pub struct Simulator {
    /// What replies are like.
    pub scenario: Scenario,
    /// What ids, texts and drawn lengths are made from, together with the request.
    pub seed: u64,
    /// The models that are served, and the limits of each. A model that is not listed is refused.
    pub catalogue: Catalogue,
}

impl Default for Simulator {
    /// The default scenario, seed 0, the embedded catalogue.
    fn default() -> Self {
        Self {
            scenario: Scenario::default(),
            seed: 0,
            catalogue: Catalogue::embedded(),
        }
    }
}

impl Simulator {
    /// The simulator as a service, for tests that need no socket. Each router has its own quota and
    /// counts its own calls.
    pub fn router(self) -> Router {
        self.router_with_clock(since_1970)
    }

    /// The same with `clock` instead of the system's, which a scenario's quota fills up by: the time
    /// since 1970-01-01T00:00:00Z.
    pub fn router_with_clock(self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Router {
        Router::new()
            .route("/v1/messages", post(anthropic::messages))
            .route("/v1/messages/count_tokens", post(anthropic::count_tokens))
            .route("/v1/chat/completions", post(openai::chat::completions))
            .route("/v1/responses", post(openai::responses::responses))
            .route(
                "/v1/responses/input_tokens",
                post(openai::responses::input_tokens),
            )
            .route("/v1/models", get(models::list))
            .route("/v1/models/{model}", get(models::one).post(gemini::call))
            .route("/v1beta/models", get(models::list))
            .route(
                "/v1beta/models/{model}",
                get(models::one).post(gemini::call),
            )
            .fallback(unknown_path)
            .method_not_allowed_fallback(wrong_method)
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .with_state(Arc::new(Service::new(self, Box::new(clock))))
    }

    /// Serves on `listener` until `shutdown` is ready; replies that have begun are finished.
    ///
    /// # Errors
    /// When `listener` is not on a loopback address: a simulator that takes any key has no business
    /// on a network.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("simulator listens on `{address}`: allowed are loopback addresses only"),
            ));
        }
        tracing::info!(%address, "simulator listens");
        axum::serve(WithoutDelay(listener), self.router())
            .with_graceful_shutdown(shutdown)
            .await
    }
}

/// A listener on 127.0.0.1. Port 0 takes a free one.
///
/// # Errors
/// When the port cannot be had.
pub async fn bind_loopback(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

fn since_1970() -> Duration {
    // Only a clock that was never set is before 1970.
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default()
}

/// A listener whose connections send at once what is written. Events of a stream are small: without
/// `TCP_NODELAY` the kernel holds them back to fill packets, some 40 ms each.
#[derive(Debug)]
struct WithoutDelay(TcpListener);

impl Listener for WithoutDelay {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "connection stays without TCP_NODELAY");
        }
        (stream, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// An error that belongs to no provider.
#[derive(Serialize)]
struct PlainError<'a> {
    error: PlainMessage<'a>,
}

#[derive(Serialize)]
struct PlainMessage<'a> {
    message: &'a str,
}

pub(crate) async fn unknown_path(uri: Uri) -> Response {
    let message = format!("unknown path `{}`: allowed are {SERVED}", uri.path());
    plain_error(StatusCode::NOT_FOUND, &message)
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    let message = format!(
        "method `{method}` on `{}`: allowed are {SERVED}",
        uri.path()
    );
    plain_error(StatusCode::METHOD_NOT_ALLOWED, &message)
}

fn plain_error(status: StatusCode, message: &str) -> Response {
    let error = PlainError {
        error: PlainMessage { message },
    };
    let media_type = [(axum::http::header::CONTENT_TYPE, http::JSON)];
    (status, media_type, http::json(&error)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn accepted_connections_send_at_once() {
        let listener = bind_loopback(0).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut listener = WithoutDelay(listener);
        let (client, (accepted, _)) =
            tokio::join!(TcpStream::connect(address), Listener::accept(&mut listener));
        assert!(accepted.nodelay().unwrap());
        assert!(!client.unwrap().nodelay().unwrap(), "it is not the default");
    }
}
