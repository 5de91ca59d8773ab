//! `GET /v1/models` and `GET /v1/models/{model}`, which all providers share: who asks is told by the
//! headers that only its clients send.

use std::sync::Arc;

use autopack_core::{ModelEntry, Provider};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::incoming::Incoming;
use crate::server::unknown_path;
use crate::service::Service;
use crate::{anthropic, gemini, openai};

/// The header that Anthropic requires of its clients.
const ANTHROPIC_VERSION: &str = "anthropic-version";

/// Lists the models.
pub(crate) async fn list(State(service): State<Arc<Service>>, incoming: Incoming) -> Response {
    match asked(&incoming) {
        Provider::Anthropic => anthropic::list(&service, &incoming).await,
        Provider::Gemini => gemini::list(&service, &incoming).await,
        Provider::OpenAi => openai::list(&service, &incoming).await,
    }
}

/// Shows one model.
pub(crate) async fn one(
    State(service): State<Arc<Service>>,
    model: Result<Path<String>, PathRejection>,
    incoming: Incoming,
) -> Response {
    // Escapes that are no text name nothing.
    let Ok(Path(model)) = model else {
        return unknown_path(incoming.uri).await;
    };
    match asked(&incoming) {
        Provider::Anthropic => anthropic::one(&service, &incoming, &model).await,
        Provider::Gemini => gemini::one(&service, &incoming, &model).await,
        Provider::OpenAi => openai::one(&service, &incoming, &model).await,
    }
}

/// Whose client asks. Under `/v1beta` it can be only one's, but its clients use `/v1` too.
fn asked(incoming: &Incoming) -> Provider {
    if incoming.header(ANTHROPIC_VERSION).is_some() {
        Provider::Anthropic
    } else if gemini::key(incoming).is_some() || incoming.uri.path().starts_with("/v1beta/") {
        Provider::Gemini
    } else {
        Provider::OpenAi
    }
}

/// The models of `provider` that can be listed: an entry for a whole family has no name of its own.
pub(crate) fn listed(service: &Service, provider: Provider) -> impl Iterator<Item = &ModelEntry> {
    let models = service.simulator.catalogue.models().iter();
    models.filter(move |entry| entry.provider == provider && !entry.id.contains('*'))
}
