//! `OpenAI` Chat Completions: `POST /v1/chat/completions`
//! (platform.openai.com/docs/api-reference/chat; openai-openapi 2.3.0).

mod refusal;
mod request;
mod stream;
mod whole;

use std::sync::Arc;

use autopack_core::Provider;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use crate::call::Call;
use crate::key;
use crate::reply::Question;
use crate::server::Simulator;

use refusal::Refusal;
use request::Request;

/// What stands in front of the key in the `Authorization` header (RFC 6750, section 2.1).
const SCHEME: &[u8] = b"Bearer ";

/// Answers a request.
pub(crate) async fn completions(
    State(simulator): State<Arc<Simulator>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    respond(&simulator, &headers, body).unwrap_or_else(|refusal| refusal.response())
}

fn respond(
    simulator: &Simulator,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let authorization = headers.get(header::AUTHORIZATION);
    let key = authorization.and_then(|value| value.as_bytes().strip_prefix(SCHEME));
    key::check(key).map_err(Refusal::key)?;
    let body = body.map_err(|_| Refusal::too_large())?;
    let call = Call::read(headers).map_err(|error| Refusal::invalid(error.to_string()))?;
    let request = Request::read(&body)?;
    let model = request.model()?;
    let entry = simulator
        .model(Provider::OpenAi, model)
        .ok_or_else(|| Refusal::unknown_model(model))?;
    let question = Question {
        provider: Provider::OpenAi,
        model,
        call,
        ceiling: request.ceiling(entry)?,
    };
    let reply = simulator.reply(question, request.texts()?);
    Ok(if request.is_streamed() {
        stream::chunks(model, reply, request.wants_usage())
    } else {
        whole::completion(model, reply)
    })
}
