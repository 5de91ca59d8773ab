//! The gateway's own API: what it is, what it has learned, and its configuration read again.

mod guard;
mod problem;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::gateway::Gateway;
use crate::reload::NotReloaded;

use problem::Problem;
use view::{Groups, Reloaded, Status, Upstreams};

/// Where the API is.
pub(crate) const API: &str = "/api/v1";

/// What is under [`API`].
pub(crate) fn router(gateway: &Arc<Gateway>) -> Router<Arc<Gateway>> {
    let guard = from_fn_with_state(Arc::clone(gateway), guard::check);
    Router::new()
        .route("/openapi.json", get(async || json(&Document::openapi())))
        .route("/status", get(status))
        .route("/groups", get(groups))
        .route("/upstreams", get(upstreams))
        .route("/reload", post(reload))
        .fallback(async || {
            let detail = format!("allowed are the paths in `{API}/openapi.json`");
            Problem::new(StatusCode::NOT_FOUND, detail)
        })
        .method_not_allowed_fallback(async || {
            let detail = format!("allowed are the methods in `{API}/openapi.json`");
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
        })
        .layer(guard)
}

/// The API as a document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Autopack gateway",
        description = "What the gateway is, what it has learned, and its configuration read again."
    ),
    servers((url = "/api/v1")),
    paths(status, groups, upstreams, reload),
    modifiers(&Token),
    security((), ("admin_token" = []))
)]
struct Document;

/// How whoever asks shows the token.
struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "The token whose hash is `[serve] admin_token_hash`; without one the API is open on loopback alone.",
            ))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("admin_token", SecurityScheme::Http(bearer));
    }
}

/// What the gateway is and how it stands.
#[utoipa::path(
    get,
    path = "/status",
    responses(
        (status = 200, body = Status),
        (status = "4XX", body = Problem, content_type = "application/problem+json")
    )
)]
async fn status(State(gateway): State<Arc<Gateway>>) -> Response<Body> {
    json(&Status::of(&gateway))
}

/// What was learned, by group; those with the most calls come first.
#[utoipa::path(
    get,
    path = "/groups",
    responses(
        (status = 200, body = Groups),
        (status = "4XX", body = Problem, content_type = "application/problem+json")
    )
)]
async fn groups(State(gateway): State<Arc<Gateway>>) -> Response<Body> {
    json(&Groups::of(&gateway))
}

/// The servers behind the gateway.
#[utoipa::path(
    get,
    path = "/upstreams",
    responses(
        (status = 200, body = Upstreams),
        (status = "4XX", body = Problem, content_type = "application/problem+json")
    )
)]
async fn upstreams(State(gateway): State<Arc<Gateway>>) -> Response<Body> {
    json(&Upstreams::of(&gateway))
}

/// Reads the configuration again. One that cannot be used changes nothing.
#[utoipa::path(
    post,
    path = "/reload",
    responses(
        (status = 200, body = Reloaded),
        (status = "4XX", body = Problem, content_type = "application/problem+json")
    )
)]
async fn reload(State(gateway): State<Arc<Gateway>>) -> Result<Response<Body>, Problem> {
    let needs_restart = gateway.reload().map_err(|error| {
        let status = match error {
            NotReloaded::NoSource => StatusCode::CONFLICT,
            NotReloaded::Bad(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Problem::new(status, error.to_string())
    })?;
    Ok(json(&Reloaded { needs_restart }))
}

/// A value as a reply.
fn json(value: &impl Serialize) -> Response<Body> {
    match serde_json::to_vec(value) {
        Ok(text) => {
            let mut response = Response::new(Body::from(text));
            let media_type = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, media_type);
            response
        }
        Err(_) => Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the reply cannot be written".to_owned(),
        )
        .into(),
    }
}
