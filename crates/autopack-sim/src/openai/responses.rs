//! `OpenAI` Responses: `POST /v1/responses` and `POST /v1/responses/input_tokens`
//! (platform.openai.com/docs/api-reference/responses; openai-openapi 2.3.0).

mod body;
mod request;
mod stream;
mod usage;

use std::sync::Arc;

use autopack_core::{Provider, Tokens};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::delivery::Outgoing;
use crate::http;
use crate::incoming::Incoming;
use crate::json;
use crate::reply::Question;
use crate::service::Service;
use crate::text::estimated_tokens;

use super::refusal::Refusal;
use body::Body;
use request::Request;

/// How long a prompt is (schema `TokenCountsResource`).
#[derive(Serialize)]
struct InputTokens {
    object: &'static str,
    input_tokens: Tokens,
}

/// Answers a request.
pub(crate) async fn responses(State(service): State<Arc<Service>>, incoming: Incoming) -> Response {
    let reply = respond(&service, &incoming);
    super::send(&service, &incoming, reply).await
}

/// Counts the tokens of a prompt.
pub(crate) async fn input_tokens(
    State(service): State<Arc<Service>>,
    incoming: Incoming,
) -> Response {
    let reply = count(&service, &incoming);
    super::send(&service, &incoming, reply).await
}

fn respond(service: &Service, incoming: &Incoming) -> Result<Outgoing, Refusal> {
    let (body, call) = super::open(incoming)?;
    let mut spare = String::new();
    let request: Request<'_> =
        json::read(body, &mut spare).map_err(|fault| Refusal::json(&fault))?;
    let model = request.model()?;
    let entry = super::served(service, model)?;
    let said_ceiling = request.ceiling(entry.max_output_tokens)?;
    let question = Question {
        provider: Provider::OpenAi,
        model,
        call,
        ceiling: said_ceiling.unwrap_or(entry.max_output_tokens),
        said_ceiling,
        n_choices: 1,
        tools: request.tools()?,
        form: request.form()?,
        reasoning_limit: None,
    };
    let reply = service.reply(&question, request.texts()?);
    let reply = reply.map_err(|outage| Refusal::outage(outage, model))?;
    let mut spare = String::new();
    let echo = json::read(body, &mut spare).map_err(|fault| Refusal::json(&fault))?;
    let body = Body::new(model, &reply, said_ceiling, echo);
    Ok(if request.is_streamed() {
        stream::events(&body, &reply)
    } else {
        body.whole(&reply)
    })
}

fn count(service: &Service, incoming: &Incoming) -> Result<Outgoing, Refusal> {
    let (body, _) = super::open(incoming)?;
    let mut spare = String::new();
    let request: Request<'_> =
        json::read(body, &mut spare).map_err(|fault| Refusal::json(&fault))?;
    super::served(service, request.model()?)?;
    let n_bytes = request.texts()?.map(str::len).sum();
    let count = InputTokens {
        object: "response.input_tokens",
        input_tokens: estimated_tokens(n_bytes),
    };
    Ok(Outgoing::at_once(StatusCode::OK, http::json(&count)))
}
