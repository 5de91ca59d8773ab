//! Errors, as this API words them
//! (ai.google.dev/gemini-api/docs/troubleshooting; google.rpc.Status, cloud.google.com/apis/design/errors;
//! ceilings: `providers.md`, section 4).

use autopack_core::Tokens;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};

use crate::ceiling::BadCeiling;
use crate::http;
use crate::key::BadKey;
use crate::server::MAX_BODY_BYTES;

/// A request that gets no reply.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    /// The status in the words of `google.rpc.Code`.
    word: &'static str,
    message: String,
    details: Vec<Value>,
}

#[derive(Serialize)]
struct Body<'a> {
    error: Error<'a>,
}

#[derive(Serialize)]
struct Error<'a> {
    code: u16,
    message: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "<[Value]>::is_empty")]
    details: &'a [Value],
}

impl Refusal {
    /// A key that does not open.
    pub(super) fn key(bad: BadKey) -> Self {
        match bad {
            BadKey::Missing => Self {
                status: StatusCode::FORBIDDEN,
                word: "PERMISSION_DENIED",
                ..Self::invalid(
                    "Method doesn't allow unregistered callers (callers without established \
                     identity). Please use API Key or other form of API consumer identity to call \
                     this API."
                        .to_owned(),
                )
            },
            BadKey::Invalid => {
                let message = "API key not valid. Please pass a valid API key.";
                let info = json!({
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "API_KEY_INVALID",
                    "domain": "googleapis.com",
                    "metadata": { "service": "generativelanguage.googleapis.com" },
                });
                let localized = json!({
                    "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
                    "locale": "en-US",
                    "message": message,
                });
                Self {
                    details: vec![info, localized],
                    ..Self::invalid(message.to_owned())
                }
            }
        }
    }

    /// A body beyond [`MAX_BODY_BYTES`].
    pub(super) fn too_large() -> Self {
        Self::invalid(format!(
            "Request payload size exceeds the limit: {MAX_BODY_BYTES} bytes."
        ))
    }

    /// A model that the catalogue does not list.
    pub(super) fn unknown_model(model: &str, method: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            word: "NOT_FOUND",
            ..Self::invalid(format!(
                "models/{model} is not found for API version v1beta, or is not supported for \
                 {method}. Call ListModels to see the list of available models and their \
                 supported methods."
            ))
        }
    }

    /// A ceiling, written as `written`, that a model which writes at most `limit` cannot have. The
    /// upper bound is exclusive, as in the reports.
    pub(super) fn ceiling(bad: BadCeiling, written: &Value, limit: Tokens) -> Self {
        match bad {
            BadCeiling::NotInteger { .. } => {
                let message = format!(
                    "Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32), {written}"
                );
                let violations = json!({
                    "@type": "type.googleapis.com/google.rpc.BadRequest",
                    "fieldViolations": [{
                        "field": "generation_config.max_output_tokens",
                        "description": &message,
                    }],
                });
                Self {
                    details: vec![violations],
                    ..Self::invalid(message)
                }
            }
            BadCeiling::TooSmall { .. } | BadCeiling::TooLarge { .. } => {
                let beyond = limit.plus(Tokens::new(1));
                Self::invalid(format!(
                    "Unable to submit request because it has a maxOutputTokens value of {written} \
                     but the supported range is from 1 (inclusive) to {beyond} (exclusive). Update \
                     the value and try again."
                ))
            }
        }
    }

    /// Anything else that is wrong with the request.
    pub(super) fn invalid(message: String) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            word: "INVALID_ARGUMENT",
            message,
            details: Vec::new(),
        }
    }

    /// The error as a reply.
    pub(super) fn response(&self) -> Response {
        let error = Error {
            code: self.status.as_u16(),
            message: &self.message,
            status: self.word,
            details: &self.details,
        };
        http::json(self.status, &Body { error })
    }
}
