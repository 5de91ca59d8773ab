//! The list of models: `GET /v1/models` and `GET /v1/models/{model}`
//! (platform.claude.com/docs/en/api/models-list; `types/model_info.py`).

use autopack_core::{ModelEntry, Provider, Tokens};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::delivery::Outgoing;
use crate::http;
use crate::incoming::Incoming;
use crate::models::listed;
use crate::service::Service;

use super::refusal::Refusal;

/// When every model was made, as RFC 3339 has it: a constant, for the same bytes on every run.
const CREATED_AT: &str = "2026-01-01T00:00:00Z";

/// How many models a page has where the request does not say (the API's own default).
const DEFAULT_LIMIT: usize = 20;

/// How many models a page has at most.
const MAX_LIMIT: usize = 1000;

#[derive(Serialize)]
struct Page<'a> {
    data: Vec<ModelInfo<'a>>,
    has_more: bool,
    first_id: Option<&'a str>,
    last_id: Option<&'a str>,
}

#[derive(Serialize)]
struct ModelInfo<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    display_name: &'a str,
    created_at: &'static str,
    lifecycle: &'static str,
    max_input_tokens: Option<Tokens>,
    max_tokens: Tokens,
}

/// A page of the models.
pub(crate) async fn list(service: &Service, incoming: &Incoming) -> Response {
    let page = page(service, incoming);
    super::send(service, incoming, page).await
}

/// The model of that name.
pub(crate) async fn one(service: &Service, incoming: &Incoming, model: &str) -> Response {
    let found = find(service, incoming, model);
    super::send(service, incoming, found).await
}

fn page(service: &Service, incoming: &Incoming) -> Result<Outgoing, Refusal> {
    super::check_key(incoming)?;
    let limit = match incoming.query("limit") {
        None => DEFAULT_LIMIT,
        Some(written) => match written.parse() {
            Ok(limit @ 1..=MAX_LIMIT) => limit,
            _ => {
                return Err(Refusal::invalid(format!(
                    "limit: Input should be a valid integer from 1 to {MAX_LIMIT}"
                )));
            }
        },
    };
    let models: Vec<&ModelEntry> = listed(service, Provider::Anthropic).collect();
    let place = |name| {
        let id = incoming.query(name)?;
        let place = models.iter().position(|entry| entry.id == id);
        Some(place.ok_or_else(|| Refusal::invalid(format!("{name}: no model has the id {id}"))))
    };
    let after = place("after_id").transpose()?.map_or(0, |place| place + 1);
    let before = place("before_id").transpose()?;
    let between = models.get(after..before.unwrap_or(models.len()));
    let between = between.unwrap_or_default();
    // A page before some model ends there, any other begins where it may.
    let shown = match before {
        Some(_) => &between[between.len().saturating_sub(limit)..],
        None => &between[..limit.min(between.len())],
    };
    let page = Page {
        data: shown
            .iter()
            .map(|entry| ModelInfo::new(&entry.id, entry))
            .collect(),
        has_more: shown.len() < between.len(),
        first_id: shown.first().map(|entry| entry.id.as_str()),
        last_id: shown.last().map(|entry| entry.id.as_str()),
    };
    Ok(Outgoing::at_once(StatusCode::OK, http::json(&page)))
}

fn find(service: &Service, incoming: &Incoming, model: &str) -> Result<Outgoing, Refusal> {
    super::check_key(incoming)?;
    let entry = super::served(service, model)?;
    let info = ModelInfo::new(model, entry);
    Ok(Outgoing::at_once(StatusCode::OK, http::json(&info)))
}

impl<'a> ModelInfo<'a> {
    fn new(id: &'a str, entry: &ModelEntry) -> Self {
        Self {
            kind: "model",
            id,
            display_name: id,
            created_at: CREATED_AT,
            lifecycle: "active",
            max_input_tokens: entry.context_tokens,
            max_tokens: entry.max_output_tokens,
        }
    }
}
