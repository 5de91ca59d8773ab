//! Errors, as this API words them
//! (platform.claude.com/docs/en/api/errors; ceilings: `providers.md`, section 4).

use autopack_core::Tokens;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::ceiling::BadCeiling;
use crate::http;
use crate::key::BadKey;

/// A request that gets no reply.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    error: Error<'a>,
    request_id: String,
}

#[derive(Serialize)]
struct Error<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    message: &'a str,
}

impl Refusal {
    /// A key that does not open.
    pub(super) fn key(bad: BadKey) -> Self {
        let message = match bad {
            BadKey::Missing => "x-api-key header is required",
            BadKey::Invalid => "invalid x-api-key",
        };
        Self {
            status: StatusCode::UNAUTHORIZED,
            kind: "authentication_error",
            message: message.to_owned(),
        }
    }

    /// A body beyond [`crate::MAX_BODY_BYTES`].
    pub(super) fn too_large() -> Self {
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            kind: "request_too_large",
            message: "Request exceeds the maximum size".to_owned(),
        }
    }

    /// A model that the catalogue does not list.
    pub(super) fn unknown_model(model: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            kind: "not_found_error",
            message: format!("model: {model}"),
        }
    }

    /// A field that has to be there.
    pub(super) fn missing(field: &str) -> Self {
        Self::invalid(format!("{field}: Field required"))
    }

    /// A ceiling that `model`, which writes at most `limit`, cannot have.
    pub(super) fn ceiling(bad: BadCeiling, model: &str, limit: Tokens) -> Self {
        Self::invalid(match bad {
            BadCeiling::NotInteger { .. } => {
                "max_tokens: Input should be a valid integer".to_owned()
            }
            BadCeiling::TooSmall { .. } => {
                "max_tokens: Input should be greater than or equal to 1".to_owned()
            }
            BadCeiling::TooLarge { found } => format!(
                "max_tokens: {found} > {limit}, which is the maximum allowed number of output \
                 tokens for {model}"
            ),
        })
    }

    /// Anything else that is wrong with the request.
    pub(super) fn invalid(message: String) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            message,
        }
    }

    /// The error as a reply.
    pub(super) fn response(&self, request_id: u64) -> Response {
        let body = Body {
            kind: "error",
            error: Error {
                kind: self.kind,
                message: &self.message,
            },
            request_id: format!("req_{request_id:016x}"),
        };
        http::json(self.status, &body)
    }
}
