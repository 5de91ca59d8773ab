//! `OpenAI`: what its two dialects have in common, and its list of models.

pub(crate) mod chat;
mod limits;
mod models;
mod refusal;
pub(crate) mod responses;
mod tools;

use autopack_core::{ModelEntry, Provider};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;

use crate::call::Call;
use crate::delivery::Outgoing;
use crate::incoming::{BadBody, Incoming};
use crate::key;
use crate::service::Service;

pub(crate) use models::{list, one};

use refusal::Refusal;

/// The header of the request's id (platform.openai.com/docs/api-reference/debugging-requests).
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Checks the key.
fn check_key(incoming: &Incoming) -> Result<(), Refusal> {
    let key = key::bearer(incoming.header(header::AUTHORIZATION));
    key::check(key).map_err(Refusal::key)
}

/// The body and the call of a request with a good key.
fn open(incoming: &Incoming) -> Result<(&[u8], Call<'_>), Refusal> {
    check_key(incoming)?;
    let body = incoming.body.as_deref().map_err(|bad| match bad {
        BadBody::TooLarge => Refusal::too_large(),
        BadBody::Broken => Refusal::broken_body(),
    })?;
    let call = Call::read(&incoming.headers);
    let call = call.map_err(|error| Refusal::invalid(error.to_string()))?;
    Ok((body, call))
}

/// The catalogue's entry for a model that is served.
fn served<'a>(service: &'a Service, model: &str) -> Result<&'a ModelEntry, Refusal> {
    let entry = service.model(Provider::OpenAi, model);
    entry.ok_or_else(|| Refusal::unknown_model(model))
}

/// Sends a reply or an error.
async fn send(
    service: &Service,
    incoming: &Incoming,
    reply: Result<Outgoing, Refusal>,
) -> Response {
    let outgoing = reply.unwrap_or_else(|refusal| refusal.outgoing());
    outgoing.with(headers(service, incoming)).await
}

/// The headers of every reply: the request's id, and how the limits stand.
fn headers(service: &Service, incoming: &Incoming) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let id = format!("req_{:016x}", incoming.id(service.simulator.seed));
    // Hexadecimal digits are what a header may hold.
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some((_, levels)) = service.levels(Provider::OpenAi) {
        limits::write(&levels, &mut headers);
    }
    headers
}
