//! `GET /v1/models` and `GET /v1/models/{model}`, which two providers share: who sends
//! `anthropic-version` means Anthropic.

use std::sync::Arc;

use autopack_core::{ModelEntry, Provider};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;

use crate::incoming::Incoming;
use crate::server::unknown_path;
use crate::service::Service;
use crate::{anthropic, openai};

/// The header that Anthropic requires of its clients.
const ANTHROPIC_VERSION: &str = "anthropic-version";

/// Lists the models.
pub(crate) async fn list(State(service): State<Arc<Service>>, incoming: Incoming) -> Response {
    if incoming.header(ANTHROPIC_VERSION).is_some() {
        anthropic::list(&service, &incoming).await
    } else {
        openai::list(&service, &incoming).await
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
    if incoming.header(ANTHROPIC_VERSION).is_some() {
        anthropic::one(&service, &incoming, &model).await
    } else {
        openai::one(&service, &incoming, &model).await
    }
}

/// The models of `provider` that can be listed: an entry for a whole family has no name of its own.
pub(crate) fn listed(service: &Service, provider: Provider) -> impl Iterator<Item = &ModelEntry> {
    let models = service.simulator.catalogue.models().iter();
    models.filter(move |entry| entry.provider == provider && !entry.id.contains('*'))
}
