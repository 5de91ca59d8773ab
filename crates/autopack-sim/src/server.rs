//! The HTTP side: which path is whose, where to listen, when to stop.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use autopack_core::{Catalogue, ModelEntry, Provider};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing::post;
use axum::serve::ListenerExt;
use serde::Serialize;
use tokio::net::TcpListener;

use crate::scenario::Scenario;
use crate::{anthropic, gemini, http, openai_chat};

/// The largest request body that is read, in bytes: 32 MiB, what the Messages API takes
/// (platform.claude.com/docs/en/api/errors, "Request size limits"). Used for every dialect.
pub const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// What the simulator serves, for the reply to a path that it does not.
const SERVED: &str = "POST /v1/messages, POST /v1/chat/completions, \
                      POST /v1beta/models/{model}:generateContent and \
                      POST /v1beta/models/{model}:streamGenerateContent";

/// A simulator: what it replies, and to which models.
#[derive(Clone, Debug)]
pub struct Simulator {
    /// How long replies want to be.
    pub scenario: Scenario,
    /// What ids and texts are made from, together with the request.
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
    /// The simulator as a service, for tests that need no socket.
    pub fn router(self) -> Router {
        Router::new()
            .route("/v1/messages", post(anthropic::messages))
            .route("/v1/chat/completions", post(openai_chat::completions))
            .route("/v1beta/models/{call}", post(gemini::generate))
            .fallback(unknown_path)
            .method_not_allowed_fallback(wrong_method)
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .with_state(Arc::new(self))
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
        // Events of a stream are small: without this the kernel holds them back to fill packets.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "connection stays without TCP_NODELAY");
            }
        });
        axum::serve(listener, self.router())
            .with_graceful_shutdown(shutdown)
            .await
    }

    /// The catalogue's entry for `model`, if it is listed.
    pub(crate) fn model(&self, provider: Provider, model: &str) -> Option<&ModelEntry> {
        let found = self.catalogue.find(provider, model);
        found.known.then_some(found.entry)
    }
}

/// A listener on 127.0.0.1. Port 0 takes a free one.
///
/// # Errors
/// When the port cannot be had.
pub async fn bind_loopback(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
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
    let error = PlainMessage { message };
    http::json(status, &PlainError { error })
}
