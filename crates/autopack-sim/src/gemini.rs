//! Gemini: `POST /v1beta/models/{model}:generateContent`, `:streamGenerateContent` and
//! `:countTokens`, and the models (ai.google.dev/api/generate-content; types of python-genai,
//! 2026-08-21). The paths stand under `/v1` too, where newer clients look for them (python-genai
//! 3.4, `_api_client.py`).

mod models;
mod refusal;
mod request;
mod stream;
mod whole;

use std::sync::Arc;

use autopack_core::{ModelEntry, Provider, Tokens};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use crate::call::Call;
use crate::delivery::Outgoing;
use crate::http;
use crate::incoming::{BadBody, Incoming};
use crate::json;
use crate::key;
use crate::reply::Question;
use crate::server::unknown_path;
use crate::service::Service;
use crate::text::estimated_tokens;

pub(crate) use models::{list, one};

use refusal::Refusal;
use request::{CountRequest, Request};
use stream::Framing;

/// The header of the key, which may also be the query's `key`.
const KEY_HEADER: &str = "x-goog-api-key";

/// What is to be done: the method at the end of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Generate,
    StreamGenerate(Framing),
    CountTokens,
}

/// How long a prompt is (`CountTokensResponse`).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Count {
    total_tokens: Tokens,
    prompt_tokens_details: [ModalityCount; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ModalityCount {
    modality: &'static str,
    token_count: Tokens,
}

/// Answers a request; `call` is `{model}:{method}`.
pub(crate) async fn call(
    State(service): State<Arc<Service>>,
    call: Result<Path<String>, PathRejection>,
    incoming: Incoming,
) -> Response {
    // Escapes that are no text name nothing.
    let Ok(Path(call)) = call else {
        return unknown_path(incoming.uri).await;
    };
    let (model, method) = match call.rsplit_once(':') {
        Some((model, "generateContent")) => (model, Method::Generate),
        Some((model, "streamGenerateContent")) => {
            let framing = match incoming.query("alt") {
                Some("sse") => Framing::Events,
                _ => Framing::Array,
            };
            (model, Method::StreamGenerate(framing))
        }
        Some((model, "countTokens")) => (model, Method::CountTokens),
        _ => return unknown_path(incoming.uri).await,
    };
    let reply = match method {
        Method::CountTokens => count(&service, model, &incoming),
        method => respond(&service, model, method, &incoming),
    };
    send(reply).await
}

fn respond(
    service: &Service,
    model: &str,
    method: Method,
    incoming: &Incoming,
) -> Result<Outgoing, Refusal> {
    let (body, call) = open(incoming)?;
    let mut spare = String::new();
    let request: Request<'_> =
        json::read(body, &mut spare).map_err(|fault| Refusal::json(&fault))?;
    let entry = served(service, model, method.name())?;
    let said_ceiling = request.ceiling(entry.max_output_tokens)?;
    let thinking = request.thinking()?;
    let question = Question {
        provider: Provider::Gemini,
        model,
        call,
        ceiling: said_ceiling.unwrap_or(entry.max_output_tokens),
        said_ceiling,
        n_choices: request.n_candidates()?,
        tools: request.tools()?,
        form: request.form(),
        reasoning_limit: thinking.limit,
    };
    let reply = service.reply(&question, request.texts()?);
    let reply = reply.map_err(|outage| Refusal::outage(outage, model))?;
    Ok(match method {
        Method::StreamGenerate(framing) => stream::chunks(model, reply, thinking.is_shown, framing),
        Method::Generate | Method::CountTokens => whole::response(model, &reply, thinking.is_shown),
    })
}

fn count(service: &Service, model: &str, incoming: &Incoming) -> Result<Outgoing, Refusal> {
    let (body, _) = open(incoming)?;
    let mut spare = String::new();
    let request: CountRequest<'_> =
        json::read(body, &mut spare).map_err(|fault| Refusal::json(&fault))?;
    served(service, model, Method::CountTokens.name())?;
    let n_bytes = request.inner().texts()?.map(str::len).sum();
    let total_tokens = estimated_tokens(n_bytes);
    let count = Count {
        total_tokens,
        prompt_tokens_details: [ModalityCount {
            modality: "TEXT",
            token_count: total_tokens,
        }],
    };
    Ok(Outgoing::at_once(StatusCode::OK, http::json(&count)))
}

/// The key, as only this API's clients send it.
pub(crate) fn key(incoming: &Incoming) -> Option<&[u8]> {
    let header = incoming.header(KEY_HEADER);
    header.or_else(|| incoming.query("key").map(str::as_bytes))
}

fn check_key(incoming: &Incoming) -> Result<(), Refusal> {
    key::check(key(incoming)).map_err(Refusal::key)
}

/// The body and the call of a request with a good key.
fn open(incoming: &Incoming) -> Result<(&[u8], Call<'_>), Refusal> {
    check_key(incoming)?;
    let body = incoming.body.as_deref().map_err(|bad| match bad {
        BadBody::TooLarge => Refusal::too_large(),
        BadBody::Broken => Refusal::invalid("Request body could not be read.".to_owned()),
    })?;
    let call = Call::read(&incoming.headers);
    let call = call.map_err(|error| Refusal::invalid(error.to_string()))?;
    Ok((body, call))
}

/// The catalogue's entry for a model that is served.
fn served<'a>(service: &'a Service, model: &str, method: &str) -> Result<&'a ModelEntry, Refusal> {
    let entry = service.model(Provider::Gemini, model);
    entry.ok_or_else(|| Refusal::unknown_model(model, method))
}

/// Sends a reply or an error. This API has no headers of its own: neither limits nor ids
/// (`providers.md`, section 5).
async fn send(reply: Result<Outgoing, Refusal>) -> Response {
    let outgoing = reply.unwrap_or_else(|refusal| refusal.outgoing());
    outgoing.with(HeaderMap::new()).await
}

impl Method {
    const fn name(self) -> &'static str {
        match self {
            Self::Generate => "generateContent",
            Self::StreamGenerate(_) => "streamGenerateContent",
            Self::CountTokens => "countTokens",
        }
    }
}
