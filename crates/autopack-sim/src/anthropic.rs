//! Anthropic Messages: `POST /v1/messages`
//! (platform.claude.com/docs/en/api/messages; types of anthropic-sdk-python 0.121).

mod refusal;
mod request;
mod stream;
mod whole;

use std::sync::Arc;

use autopack_core::Provider;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use crate::call::{ATTEMPT_HEADER, Call, PHASE_HEADER};
use crate::fingerprint::Fingerprint;
use crate::key;
use crate::reply::Question;
use crate::server::Simulator;

use refusal::Refusal;
use request::Request;

/// The header of the key.
const KEY_HEADER: &str = "x-api-key";

/// Answers a request.
pub(crate) async fn messages(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    respond(&simulator, &headers, body.as_ref())
        .unwrap_or_else(|refusal| refusal.response(request_id(&simulator, &headers, body.as_ref())))
}

fn respond(
    simulator: &Simulator,
    headers: &HeaderMap,
    body: Result<&Bytes, &BytesRejection>,
) -> Result<Response, Refusal> {
    key::check(headers.get(KEY_HEADER).map(HeaderValue::as_bytes)).map_err(Refusal::key)?;
    let body = body.map_err(|_| Refusal::too_large())?;
    let call = Call::read(headers).map_err(|error| Refusal::invalid(error.to_string()))?;
    let request = Request::read(body)?;
    let model = request.model()?;
    let entry = simulator
        .model(Provider::Anthropic, model)
        .ok_or_else(|| Refusal::unknown_model(model))?;
    let question = Question {
        provider: Provider::Anthropic,
        model,
        call,
        ceiling: request.ceiling(model, entry.max_output_tokens)?,
    };
    let reply = simulator.reply(question, request.texts()?);
    Ok(if request.is_streamed() {
        stream::events(model, reply)
    } else {
        whole::message(model, reply)
    })
}

/// What the id of a refused request is made from: all there is, since it may not even parse.
fn request_id(
    simulator: &Simulator,
    headers: &HeaderMap,
    body: Result<&Bytes, &BytesRejection>,
) -> u64 {
    let header = |name| headers.get(name).map(HeaderValue::as_bytes);
    Fingerprint::new(simulator.seed)
        .optional(header(PHASE_HEADER))
        .optional(header(ATTEMPT_HEADER))
        .optional(body.ok().map(|body| &body[..]))
        .finish()
}
