//! Gemini: `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`
//! (ai.google.dev/api/generate-content; types of python-genai, 2026-08-21).

mod refusal;
mod request;
mod stream;
mod whole;

use std::sync::Arc;

use autopack_core::Provider;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::Response;

use crate::call::Call;
use crate::key;
use crate::reply::Question;
use crate::server::{Simulator, unknown_path};

use refusal::Refusal;
use request::Request;
use stream::Framing;

/// The header of the key, which may also be the query's `key`.
const KEY_HEADER: &str = "x-goog-api-key";

/// How the reply is to come: the method at the end of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Generate,
    StreamGenerate(Framing),
}

/// Answers a request; `call` is `{model}:{method}`.
pub(crate) async fn generate(
    State(simulator): State<Arc<Simulator>>,
    Path(call): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let (model, method) = match call.rsplit_once(':') {
        Some((model, "generateContent")) => (model, Method::Generate),
        Some((model, "streamGenerateContent")) => {
            let framing = match query(&uri, "alt") {
                Some("sse") => Framing::Events,
                _ => Framing::Array,
            };
            (model, Method::StreamGenerate(framing))
        }
        _ => return unknown_path(uri).await,
    };
    let header = headers.get(KEY_HEADER).map(HeaderValue::as_bytes);
    let key = header.or_else(|| query(&uri, "key").map(str::as_bytes));
    key::check(key)
        .map_err(Refusal::key)
        .and_then(|()| respond(&simulator, model, method, &headers, body))
        .unwrap_or_else(|refusal| refusal.response())
}

fn respond(
    simulator: &Simulator,
    model: &str,
    method: Method,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body = body.map_err(|_| Refusal::too_large())?;
    let call = Call::read(headers).map_err(|error| Refusal::invalid(error.to_string()))?;
    let request = Request::read(&body)?;
    let entry = simulator
        .model(Provider::Gemini, model)
        .ok_or_else(|| Refusal::unknown_model(model, method.name()))?;
    let question = Question {
        provider: Provider::Gemini,
        model,
        call,
        ceiling: request.ceiling(entry.max_output_tokens)?,
    };
    let reply = simulator.reply(question, request.texts()?);
    Ok(match method {
        Method::Generate => whole::response(model, reply),
        Method::StreamGenerate(framing) => stream::chunks(model, reply, framing),
    })
}

impl Method {
    const fn name(self) -> &'static str {
        match self {
            Self::Generate => "generateContent",
            Self::StreamGenerate(_) => "streamGenerateContent",
        }
    }
}

/// The value of `name` in the query. Not decoded: a key and `sse` need no escapes.
fn query<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    let pairs = uri.query()?.split('&');
    pairs
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
