//! The list of models: `GET /v1beta/models` and `GET /v1beta/models/{model}`
//! (ai.google.dev/api/models).

use autopack_core::{ModelEntry, Provider, ThinkingControl, Tokens};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::delivery::Outgoing;
use crate::http;
use crate::incoming::Incoming;
use crate::models::listed;
use crate::service::Service;

use super::refusal::Refusal;

/// How many models a page has where the request does not say (`pageSize`).
const DEFAULT_PAGE: usize = 50;

/// How many models a page has at most; who asks for more gets that many.
const MAX_PAGE: usize = 1000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    models: Vec<Model<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Model<'a> {
    name: String,
    version: &'static str,
    display_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_token_limit: Option<Tokens>,
    output_token_limit: Tokens,
    supported_generation_methods: [&'static str; 2],
    thinking: bool,
}

/// A page of the models.
pub(crate) async fn list(service: &Service, incoming: &Incoming) -> Response {
    super::send(page(service, incoming)).await
}

/// The model of that name.
pub(crate) async fn one(service: &Service, incoming: &Incoming, model: &str) -> Response {
    super::send(find(service, incoming, model)).await
}

/// Pages are named by how many models come before them.
fn page(service: &Service, incoming: &Incoming) -> Result<Outgoing, Refusal> {
    super::check_key(incoming)?;
    let number = |name: &str, allowed: &str| match incoming.query(name) {
        None | Some("") => Ok(0),
        Some(written) => written.parse().map_err(|_| {
            Refusal::invalid(format!(
                "Invalid value at '{name}' ({allowed}), \"{written}\""
            ))
        }),
    };
    let n_skipped: usize = number("pageToken", "TYPE_STRING")?;
    let n_models = match number("pageSize", "TYPE_INT32")? {
        0 => DEFAULT_PAGE,
        size => size.min(MAX_PAGE),
    };
    let mut rest = listed(service, Provider::Gemini).skip(n_skipped);
    let page = rest.by_ref().take(n_models);
    let models = page.map(|entry| Model::new(&entry.id, entry)).collect();
    let has_more = rest.next().is_some();
    let list = List {
        models,
        next_page_token: has_more.then(|| (n_skipped + n_models).to_string()),
    };
    Ok(Outgoing::at_once(StatusCode::OK, http::json(&list)))
}

fn find(service: &Service, incoming: &Incoming, model: &str) -> Result<Outgoing, Refusal> {
    super::check_key(incoming)?;
    let entry = super::served(service, model, "getModel")?;
    let model = Model::new(model, entry);
    Ok(Outgoing::at_once(StatusCode::OK, http::json(&model)))
}

impl<'a> Model<'a> {
    fn new(id: &'a str, entry: &ModelEntry) -> Self {
        Self {
            name: format!("models/{id}"),
            version: "001",
            display_name: id,
            input_token_limit: entry.context_tokens,
            output_token_limit: entry.max_output_tokens,
            supported_generation_methods: ["generateContent", "countTokens"],
            thinking: entry.thinking_control != ThinkingControl::None,
        }
    }
}
