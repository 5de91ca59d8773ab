//! Errors, as this API words them
//! (platform.openai.com/docs/guides/error-codes; ceilings: `providers.md`, section 4).

use std::time::Duration;

use autopack_core::Tokens;
use axum::http::{HeaderName, StatusCode};
use serde::Serialize;

use crate::ceiling::BadCeiling;
use crate::delivery::Outgoing;
use crate::http::{self, RETRY_AFTER, whole_ms, whole_s};
use crate::key::BadKey;
use crate::quota::{Spent, Unit};
use crate::service::Outage;

use super::limits::words;

/// How long to wait, in milliseconds, which the official clients prefer (`_base_client.py`).
const RETRY_AFTER_MS: HeaderName = HeaderName::from_static("retry-after-ms");

/// What is sent where a request itself is at fault.
const INVALID_REQUEST: &str = "invalid_request_error";

/// A request that gets no reply.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    kind: &'static str,
    message: String,
    /// The field at fault.
    param: Option<&'static str>,
    code: Option<&'static str>,
    retry_after: Option<Duration>,
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

    /// A body that broke off.
    pub(super) fn broken_body() -> Self {
        Self::invalid("We could not read the body of your request.".to_owned())
    }

    /// JSON that is none, or not of the right form.
    pub(super) fn json(fault: &str) -> Self {
        Self::invalid(format!(
            "We could not parse the JSON body of your request. ({fault})"
        ))
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

    /// A parameter that has to be there.
    pub(super) fn missing(name: &'static str) -> Self {
        let message = format!("Missing required parameter: '{name}'.");
        Self::parameter(name, "missing_required_parameter", message)
    }

    /// A list without an entry.
    pub(super) fn empty(name: &'static str) -> Self {
        let message = format!(
            "Invalid '{name}': empty array. Expected an array with minimum length 1, but got an \
             empty array instead."
        );
        Self::parameter(name, "empty_array", message)
    }

    /// A parameter that Chat Completions does not have.
    pub(super) fn unrecognized(name: &'static str) -> Self {
        Self::invalid(format!("Unrecognized request argument supplied: {name}"))
    }

    /// A parameter that Responses does not have.
    pub(super) fn unknown(name: &'static str) -> Self {
        let message = format!("Unknown parameter: '{name}'.");
        Self::parameter(name, "unknown_parameter", message)
    }

    /// A word that is none of those that `name` takes.
    pub(super) fn unknown_value(name: &'static str, supported: &str) -> Self {
        let message = format!("Invalid value for '{name}'. Supported values are: {supported}.");
        Self::parameter(name, "invalid_value", message)
    }

    /// A choice among no tools.
    pub(super) fn choice_without_tools() -> Self {
        let message = "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' \
                       are specified.";
        Self::parameter("tool_choice", "invalid_value", message.to_owned())
    }

    /// A choice of a tool that is not offered.
    pub(super) fn choice_not_offered(name: &str) -> Self {
        let message = format!("Tool choice '{name}' not found in 'tools' parameter.");
        Self {
            param: Some("tool_choice"),
            ..Self::invalid(message)
        }
    }

    /// Reasoning that left no room for text (`providers.md`, section 2).
    pub(super) fn exhausted() -> Self {
        Self::invalid(
            "Could not finish the message because max_tokens or model output limit was reached. \
             Please try again with higher max_tokens."
                .to_owned(),
        )
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
    pub(super) fn ceiling(bad: BadCeiling, name: &'static str, least: u16, limit: Tokens) -> Self {
        match bad {
            BadCeiling::TooLarge { found } => {
                let message = format!(
                    "{name} is too large: {found}. This model supports at most {limit} completion \
                     tokens, whereas you provided {found}."
                );
                Self::parameter(name, "invalid_value", message)
            }
            bad => Self::integer(bad, name, least, limit.get()),
        }
    }

    /// A number that is not from `least` to `most`.
    pub(super) fn integer(bad: BadCeiling, name: &'static str, least: u16, most: u64) -> Self {
        let (code, message) = match bad {
            BadCeiling::NotInteger { kind } => (
                "invalid_type",
                format!("Invalid type for '{name}': expected an integer, but got {kind} instead."),
            ),
            BadCeiling::TooSmall { found } => (
                "integer_below_min_value",
                format!(
                    "Invalid '{name}': integer below minimum value. Expected a value >= {least}, \
                     but got {found} instead."
                ),
            ),
            BadCeiling::TooLarge { found } => (
                "integer_above_max_value",
                format!(
                    "Invalid '{name}': integer above maximum value. Expected a value <= {most}, \
                     but got {found} instead."
                ),
            ),
        };
        Self::parameter(name, code, message)
    }

    /// A reply that there is none of, this time.
    pub(super) fn outage(outage: Outage, model: &str) -> Self {
        let (status, kind, message) = match outage {
            Outage::ServerError => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                "The server had an error while processing your request. Sorry about that!",
            ),
            Outage::Overloaded => (
                StatusCode::SERVICE_UNAVAILABLE,
                "service_unavailable_error",
                "The engine is currently overloaded, please try again later.",
            ),
            Outage::RateLimited(spent) => return Self::rate_limited(spent, model),
        };
        Self {
            status,
            kind,
            ..Self::invalid(message.to_owned())
        }
    }

    fn rate_limited(spent: Spent, model: &str) -> Self {
        let (kind, unit) = match spent.unit {
            Unit::Requests => ("requests", "requests per min (RPM)"),
            Unit::Tokens | Unit::OutputTokens => ("tokens", "tokens per min (TPM)"),
        };
        let Spent {
            limit,
            used,
            requested,
            retry_after,
            ..
        } = spent;
        let wait = words(retry_after);
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            kind,
            code: Some("rate_limit_exceeded"),
            retry_after: Some(retry_after),
            ..Self::invalid(format!(
                "Rate limit reached for {model} in organization org-simulated on {unit}: Limit \
                 {limit}, Used {used}, Requested {requested}. Please try again in {wait}. Visit \
                 https://platform.openai.com/account/rate-limits to learn more."
            ))
        }
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
            kind: INVALID_REQUEST,
            message,
            param: None,
            code: None,
            retry_after: None,
        }
    }

    /// The error as a reply.
    pub(super) fn outgoing(&self) -> Outgoing {
        let error = Error {
            message: &self.message,
            kind: self.kind,
            param: self.param,
            code: self.code,
        };
        let outgoing = Outgoing::at_once(self.status, http::json(&Body { error }));
        match self.retry_after {
            None => outgoing,
            Some(wait) => outgoing
                .header(RETRY_AFTER, whole_s(wait))
                .header(RETRY_AFTER_MS, whole_ms(wait)),
        }
    }
}
