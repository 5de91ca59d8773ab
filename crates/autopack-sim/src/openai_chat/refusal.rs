//! Errors, as this API words them
//! (platform.openai.com/docs/guides/error-codes; ceilings: `providers.md`, section 4).

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
    message: String,
    /// The field at fault.
    param: Option<&'static str>,
    code: Option<&'static str>,
}

#[derive(Serialize)]
struct Body<'a> {
    error: Error<'a>,
}

#[derive(Serialize)]
struct Error<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    param: Option<&'static str>,
    code: Option<&'static str>,
}

impl Refusal {
    /// A key that does not open.
    pub(super) fn key(bad: BadKey) -> Self {
        let (code, message) = match bad {
            BadKey::Missing => (
                None,
                "You didn't provide an API key. You need to provide your API key in an \
                 Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY). \
                 You can obtain an API key from https://platform.openai.com/account/api-keys.",
            ),
            BadKey::Invalid => (
                Some("invalid_api_key"),
                "Incorrect API key provided: invalid. You can find your API key at \
                 https://platform.openai.com/account/api-keys.",
            ),
        };
        Self {
            status: StatusCode::UNAUTHORIZED,
            code,
            ..Self::invalid(message.to_owned())
        }
    }

    /// A body beyond [`crate::MAX_BODY_BYTES`]. The real one answers from its front end, in HTML.
    pub(super) fn too_large() -> Self {
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            ..Self::invalid("Request body exceeds the maximum size".to_owned())
        }
    }

    /// A model that the catalogue does not list.
    pub(super) fn unknown_model(model: &str) -> Self {
        let message =
            format!("The model `{model}` does not exist or you do not have access to it.");
        Self {
            status: StatusCode::NOT_FOUND,
            code: Some("model_not_found"),
            ..Self::invalid(message)
        }
    }

    /// No `messages` at all.
    pub(super) fn missing_messages() -> Self {
        let message = "Missing required parameter: 'messages'.";
        Self::parameter("messages", "missing_required_parameter", message.to_owned())
    }

    /// `messages` without a message.
    pub(super) fn no_messages() -> Self {
        let message = "Invalid 'messages': empty array. Expected an array with minimum length 1, \
                       but got an empty array instead.";
        Self::parameter("messages", "empty_array", message.to_owned())
    }

    /// The old name of the ceiling on a model that knows only the new one.
    pub(super) fn renamed_ceiling() -> Self {
        let message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                       'max_completion_tokens' instead.";
        Self::parameter("max_tokens", "unsupported_parameter", message.to_owned())
    }

    /// Both names of the ceiling at once.
    pub(super) fn two_ceilings() -> Self {
        let message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not \
                       supported.";
        let code = "invalid_parameter_combination";
        Self::parameter("max_tokens", code, message.to_owned())
    }

    /// A ceiling, sent as `name`, that a model which writes at most `limit` cannot have.
    pub(super) fn ceiling(bad: BadCeiling, name: &'static str, limit: Tokens) -> Self {
        let (code, message) = match bad {
            BadCeiling::NotInteger { kind } => (
                "invalid_type",
                format!("Invalid type for '{name}': expected an integer, but got {kind} instead."),
            ),
            BadCeiling::TooSmall { found } => (
                "integer_below_min_value",
                format!(
                    "Invalid '{name}': integer below minimum value. Expected a value >= 1, but \
                     got {found} instead."
                ),
            ),
            BadCeiling::TooLarge { found } => (
                "invalid_value",
                format!(
                    "{name} is too large: {found}. This model supports at most {limit} completion \
                     tokens, whereas you provided {found}."
                ),
            ),
        };
        Self::parameter(name, code, message)
    }

    fn parameter(name: &'static str, code: &'static str, message: String) -> Self {
        Self {
            param: Some(name),
            code: Some(code),
            ..Self::invalid(message)
        }
    }

    /// Anything else that is wrong with the request.
    pub(super) fn invalid(message: String) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message,
            param: None,
            code: None,
        }
    }

    /// The error as a reply.
    pub(super) fn response(&self) -> Response {
        let error = Error {
            message: &self.message,
            kind: "invalid_request_error",
            param: self.param,
            code: self.code,
        };
        http::json(self.status, &Body { error })
    }
}
