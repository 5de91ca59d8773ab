//! `OpenAI` Chat Completions: `POST /v1/chat/completions`
//! (platform.openai.com/docs/api-reference/chat; openai-openapi 2.3.0).

mod request;
mod stream;
mod whole;

use std::sync::Arc;

use autopack_core::Provider;
use axum::extract::State;
use axum::response::Response;

use crate::delivery::Outgoing;
use crate::incoming::Incoming;
use crate::json;
use crate::reply::{Choice, Question};
use crate::service::Service;

use super::refusal::Refusal;
use request::Request;

/// Answers a request.
pub(crate) async fn completions(
    State(service): State<Arc<Service>>,
    incoming: Incoming,
) -> Response {
    let reply = respond(&service, &incoming);
    super::send(&service, &incoming, reply).await
}

fn respond(service: &Service, incoming: &Incoming) -> Result<Outgoing, Refusal> {
    let (body, call) = super::open(incoming)?;
    let mut spare = String::new();
    let request: Request<'_> =
        json::read(body, &mut spare).map_err(|fault| Refusal::json(&fault))?;
    let model = request.model()?;
    let entry = super::served(service, model)?;
    let said_ceiling = request.ceiling(entry)?;
    let question = Question {
        provider: Provider::OpenAi,
        model,
        call,
        ceiling: said_ceiling.unwrap_or(entry.max_output_tokens),
        said_ceiling,
        n_choices: request.n_choices()?,
        tools: request.tools()?,
        form: request.form()?,
        reasoning_limit: None,
    };
    let reply = service.reply(&question, request.texts()?);
    let reply = reply.map_err(|outage| Refusal::outage(outage, model))?;
    let settings = service.simulator.scenario.settings();
    let is_exhausted = |choice: Choice| choice.answer.is_exhausted();
    if settings.refuses_exhausted_reasoning && reply.choices().any(is_exhausted) {
        return Err(Refusal::exhausted());
    }
    Ok(if request.is_streamed() {
        stream::chunks(model, reply, request.wants_usage())
    } else {
        whole::completion(model, &reply)
    })
}
