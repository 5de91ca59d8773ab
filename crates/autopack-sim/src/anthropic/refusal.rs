//! Errors, as this API words them
//! (platform.claude.com/docs/en/api/errors; ceilings: `providers.md`, section 4).

use std::time::Duration;

use autopack_core::Tokens;
use axum::http::StatusCode;
use serde::Serialize;

use crate::ceiling::BadCeiling;
use crate::delivery::Outgoing;
use crate::http::{self, RETRY_AFTER, whole_s};
use crate::key::BadKey;
use crate::quota::{Spent, Unit};
use crate::service::Outage;

/// "Overloaded", a status of this API's own.
const OVERLOADED: u16 = 529;

/// A request that gets no reply.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    kind: &'static str,
    message: String,
    retry_after: Option<Duration>,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    error: Error<'a>,
    request_id: &'a str,
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
            ..Self::invalid(message.to_owned())
        }
    }

    /// JSON that is none, or not of the right form.
    pub(super) fn json(fault: &str) -> Self {
        Self::invalid(format!("The request body is not valid JSON: {fault}"))
    }

    /// A body beyond [`crate::MAX_BODY_BYTES`].
    pub(super) fn too_large() -> Self {
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            kind: "request_too_large",
            ..Self::invalid("Request exceeds the maximum size".to_owned())
        }
    }

    /// A model that the catalogue does not list.
    pub(super) fn unknown_model(model: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            kind: "not_found_error",
            ..Self::invalid(format!("model: {model}"))
        }
    }

    /// A field that has to be there.
    pub(super) fn missing(field: &str) -> Self {
        Self::invalid(format!("{field}: Field required"))
    }

    /// A field that this API does not have.
    pub(super) fn extra(field: &str) -> Self {
        Self::invalid(format!("{field}: Extra inputs are not permitted"))
    }

    /// A number that is none, or not whole.
    pub(super) fn no_integer(field: &str) -> Self {
        Self::invalid(format!("{field}: Input should be a valid integer"))
    }

    /// A number below `least`.
    pub(super) fn too_small(field: &str, least: u16) -> Self {
        Self::invalid(format!(
            "{field}: Input should be greater than or equal to {least}"
        ))
    }

    /// A ceiling that `model`, which writes at most `limit`, cannot have.
    pub(super) fn ceiling(bad: BadCeiling, least: u16, model: &str, limit: Tokens) -> Self {
        match bad {
            BadCeiling::NotInteger { .. } => Self::no_integer("max_tokens"),
            BadCeiling::TooSmall { .. } => Self::too_small("max_tokens", least),
            BadCeiling::TooLarge { found } => Self::invalid(format!(
                "max_tokens: {found} > {limit}, which is the maximum allowed number of output \
                 tokens for {model}"
            )),
        }
    }

    /// A reply that there is none of, this time.
    pub(super) fn outage(outage: Outage) -> Self {
        let (status, kind, message) = match outage {
            Outage::ServerError => (500, "api_error", "Internal server error".to_owned()),
            Outage::Overloaded => (OVERLOADED, "overloaded_error", "Overloaded".to_owned()),
            Outage::RateLimited(Spent { unit, limit, .. }) => {
                let unit = match unit {
                    Unit::Requests => "requests",
                    Unit::Tokens => "input tokens",
                    Unit::OutputTokens => "output tokens",
                };
                let message = format!(
                    "This request would exceed your organization's rate limit of {limit} {unit} \
                     per minute. For details, refer to: \
                     https://docs.claude.com/en/api/rate-limits."
                );
                (429, "rate_limit_error", message)
            }
        };
        Self {
            // All three are numbers that HTTP has room for.
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            kind,
            message,
            retry_after: match outage {
                Outage::RateLimited(spent) => Some(spent.retry_after),
                Outage::ServerError | Outage::Overloaded => None,
            },
        }
    }

    /// Anything else that is wrong with the request.
    pub(super) fn invalid(message: String) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            message,
            retry_after: None,
        }
    }

    /// The error as a reply.
    pub(super) fn outgoing(&self, request_id: &str) -> Outgoing {
        let body = Body {
            kind: "error",
            error: Error {
                kind: self.kind,
                message: &self.message,
            },
            request_id,
        };
        let outgoing = Outgoing::at_once(self.status, http::json(&body));
        match self.retry_after {
            None => outgoing,
            Some(wait) => outgoing.header(RETRY_AFTER, whole_s(wait)),
        }
    }
}
