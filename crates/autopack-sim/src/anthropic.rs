//! Anthropic Messages: `POST /v1/messages`, `POST /v1/messages/count_tokens` and the models
//! (platform.claude.com/docs/en/api/messages; types of anthropic-sdk-python 0.121).

mod limits;
mod models;
mod refusal;
mod request;
mod stream;
mod thinking;
mod whole;

use std::sync::Arc;

use autopack_core::{ModelEntry, Provider, Tokens};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use crate::call::Call;
use crate::delivery::Outgoing;
use crate::http;
use crate::incoming::{BadBody, Incoming};
use crate::json;
use crate::key;
use crate::reply::Question;
use crate::service::Service;
use crate::text::estimated_tokens;

pub(crate) use models::{list, one};

use refusal::Refusal;
use request::Request;

/// The header of the key. The official clients send it as a bearer token instead
/// (anthropic-sdk-python 2.12, `_client.py`).
const KEY_HEADER: &str = "x-api-key";

/// The header of the request's id (platform.claude.com/docs/en/api/errors, "Request id").
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// The header of features that are tried out.
const BETA_HEADER: &str = "anthropic-beta";

/// How long a prompt is (`types/message_tokens_count.py`).
#[derive(Serialize)]
struct TokensCount {
    input_tokens: Tokens,
}

/// Answers a request.
pub(crate) async fn messages(State(service): State<Arc<Service>>, incoming: Incoming) -> Response {
    let reply = respond(&service, &incoming);
    send(&service, &incoming, reply).await
}

/// Counts the tokens of a prompt.
pub(crate) async fn count_tokens(
    State(service): State<Arc<Service>>,
    incoming: Incoming,
) -> Response {
    let reply = count(&service, &incoming);
    send(&service, &incoming, reply).await
}

fn respond(service: &Service, incoming: &Incoming) -> Result<Outgoing, Refusal> {
    let (body, call) = open(incoming)?;
    let mut spare = String::new();
    let request: Request<'_> =
        json::read(body, &mut spare).map_err(|fault| Refusal::json(&fault))?;
    let model = request.model()?;
    let entry = served(service, model)?;
    let ceiling = request.ceiling(model, entry.max_output_tokens)?;
    let thinking = request.thinking(entry, ceiling, incoming.header(BETA_HEADER))?;
    let question = Question {
        provider: Provider::Anthropic,
        model,
        call,
        ceiling,
        said_ceiling: Some(ceiling),
        n_choices: 1,
        tools: request.tools(thinking)?,
        form: request.form()?,
        reasoning_limit: thinking.limit(),
    };
    let reply = service.reply(&question, request.texts()?);
    let reply = reply.map_err(Refusal::outage)?;
    Ok(if request.is_streamed() {
        stream::events(model, &reply, thinking)
    } else {
        whole::message(model, &reply, thinking)
    })
}

fn count(service: &Service, incoming: &Incoming) -> Result<Outgoing, Refusal> {
    let (body, _) = open(incoming)?;
    let mut spare = String::new();
    let request: Request<'_> =
        json::read(body, &mut spare).map_err(|fault| Refusal::json(&fault))?;
    served(service, request.model()?)?;
    let count = TokensCount {
        input_tokens: estimated_tokens(request.texts()?.map(str::len).sum()),
    };
    Ok(Outgoing::at_once(StatusCode::OK, http::json(&count)))
}

fn check_key(incoming: &Incoming) -> Result<(), Refusal> {
    let bearer = || key::bearer(incoming.header(header::AUTHORIZATION));
    let key = incoming.header(KEY_HEADER).or_else(bearer);
    key::check(key).map_err(Refusal::key)
}

/// The body and the call of a request with a good key.
fn open(incoming: &Incoming) -> Result<(&[u8], Call<'_>), Refusal> {
    check_key(incoming)?;
    let body = incoming.body.as_deref().map_err(|bad| match bad {
        BadBody::TooLarge => Refusal::too_large(),
        BadBody::Broken => Refusal::invalid("The request body could not be read".to_owned()),
    })?;
    let call = Call::read(&incoming.headers);
    let call = call.map_err(|error| Refusal::invalid(error.to_string()))?;
    Ok((body, call))
}

/// The catalogue's entry for a model that is served.
fn served<'a>(service: &'a Service, model: &str) -> Result<&'a ModelEntry, Refusal> {
    let entry = service.model(Provider::Anthropic, model);
    entry.ok_or_else(|| Refusal::unknown_model(model))
}

/// Sends a reply or an error, with the request's id and how the limits stand.
async fn send(
    service: &Service,
    incoming: &Incoming,
    reply: Result<Outgoing, Refusal>,
) -> Response {
    let id = format!("req_{:016x}", incoming.id(service.simulator.seed));
    let outgoing = reply.unwrap_or_else(|refusal| refusal.outgoing(&id));
    let mut headers = HeaderMap::new();
    if let Some((now, levels)) = service.levels(Provider::Anthropic) {
        limits::write(now, &levels, &mut headers);
    }
    // Hexadecimal digits are what a header may hold.
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(REQUEST_ID, id);
    }
    outgoing.with(headers).await
}
