//! The list of models: `GET /v1/models` and `GET /v1/models/{model}`
//! (platform.openai.com/docs/api-reference/models). It says nothing of limits.

use autopack_core::Provider;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::delivery::Outgoing;
use crate::http;
use crate::incoming::Incoming;
use crate::models::listed;
use crate::reply::CREATED_S;
use crate::service::Service;

use super::refusal::Refusal;

#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<Model<'a>>,
}

#[derive(Serialize)]
struct Model<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    owned_by: &'static str,
}

/// All models that have one name.
pub(crate) async fn list(service: &Service, incoming: &Incoming) -> Response {
    let list = super::check_key(incoming).map(|()| {
        let models = listed(service, Provider::OpenAi);
        let data = models.map(|entry| Model::new(&entry.id)).collect();
        let object = "list";
        Outgoing::at_once(StatusCode::OK, http::json(&List { object, data }))
    });
    super::send(service, incoming, list).await
}

/// The model of that name.
pub(crate) async fn one(service: &Service, incoming: &Incoming, model: &str) -> Response {
    let found = find(service, incoming, model);
    super::send(service, incoming, found).await
}

fn find(service: &Service, incoming: &Incoming, model: &str) -> Result<Outgoing, Refusal> {
    super::check_key(incoming)?;
    super::served(service, model)?;
    Ok(Outgoing::at_once(
        StatusCode::OK,
        http::json(&Model::new(model)),
    ))
}

impl<'a> Model<'a> {
    fn new(id: &'a str) -> Self {
        Self {
            id,
            object: "model",
            created: CREATED_S,
            owned_by: "openai",
        }
    }
}
