//! Errors, as this API words them
//! (ai.google.dev/gemini-api/docs/troubleshooting; google.rpc.Status, cloud.google.com/apis/design/errors;
//! ceilings: `providers.md`, section 4).

use autopack_core::Tokens;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::ceiling::BadCeiling;
use crate::delivery::Outgoing;
use crate::http;
use crate::key::BadKey;
use crate::quota::{Spent, Unit};
use crate::server::MAX_BODY_BYTES;
use crate::service::Outage;

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

    /// JSON that is none, or not of the right form.
    pub(super) fn json(fault: &str) -> Self {
        Self::invalid(format!("Invalid JSON payload received. {fault}"))
    }

    /// A field that no message has.
    pub(super) fn unknown_name(name: &str) -> Self {
        Self::invalid(format!(
            "Invalid JSON payload received. Unknown name \"{name}\": Cannot find field."
        ))
    }

    /// A ceiling, written as `written`, that a model which writes at most `limit` cannot have. The
    /// upper bound is exclusive, as in the reports.
    pub(super) fn ceiling(bad: BadCeiling, written: &Value, limit: Tokens) -> Self {
        let most = limit.get();
        Self::number(bad, "max_output_tokens", "maxOutputTokens", written, most)
    }

    /// A number of candidates, written as `written`, that is not from 1 to `most`.
    pub(super) fn candidates(bad: BadCeiling, written: &Value, most: u32) -> Self {
        Self::number(
            bad,
            "candidate_count",
            "candidateCount",
            written,
            most.into(),
        )
    }

    /// A budget of thoughts that is none.
    pub(super) fn thinking_budget(written: &Value) -> Self {
        if written.is_i64() {
            return Self::invalid(format!(
                "The thinking budget {written} is invalid. Please choose a value of at least -1."
            ));
        }
        Self::no_integer("thinking_config.thinking_budget", written)
    }

    /// A number that is not from 1 to `most`, by both its names.
    fn number(bad: BadCeiling, field: &str, name: &str, written: &Value, most: u64) -> Self {
        match bad {
            BadCeiling::NotInteger { .. } => Self::no_integer(field, written),
            BadCeiling::TooSmall { .. } | BadCeiling::TooLarge { .. } => {
                let beyond = most.saturating_add(1);
                Self::invalid(format!(
                    "Unable to submit request because it has a {name} value of {written} but the \
                     supported range is from 1 (inclusive) to {beyond} (exclusive). Update the \
                     value and try again."
                ))
            }
        }
    }

    fn no_integer(field: &str, written: &Value) -> Self {
        let field = format!("generation_config.{field}");
        let message = format!("Invalid value at '{field}' (TYPE_INT32), {written}");
        let violations = json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": field, "description": &message}],
        });
        Self {
            details: vec![violations],
            ..Self::invalid(message)
        }
    }

    /// A reply that there is none of, this time.
    pub(super) fn outage(outage: Outage, model: &str) -> Self {
        let (status, word, message) = match outage {
            Outage::ServerError => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "INTERNAL",
                "An internal error has occurred. Please retry or report in \
                 https://developers.generativeai.google/guide/troubleshooting",
            ),
            Outage::Overloaded => (
                StatusCode::SERVICE_UNAVAILABLE,
                "UNAVAILABLE",
                "The model is overloaded. Please try again later.",
            ),
            Outage::RateLimited(spent) => return Self::rate_limited(spent, model),
        };
        Self {
            status,
            word,
            ..Self::invalid(message.to_owned())
        }
    }

    /// How long to wait is said in the details only: this API documents no header.
    fn rate_limited(spent: Spent, model: &str) -> Self {
        let wait = spent.retry_after.as_secs_f64();
        let (metric, id) = match spent.unit {
            Unit::Requests => (
                "generate_content_requests",
                "GenerateRequestsPerMinutePerProjectPerModel",
            ),
            Unit::Tokens | Unit::OutputTokens => (
                "generate_content_input_token_count",
                "GenerateContentInputTokensPerModelPerMinute",
            ),
        };
        let failure = json!({
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{
                "quotaMetric": format!("generativelanguage.googleapis.com/{metric}"),
                "quotaId": id,
                "quotaDimensions": {"location": "global", "model": model},
                "quotaValue": spent.limit.to_string(),
            }],
        });
        let help = json!({
            "@type": "type.googleapis.com/google.rpc.Help",
            "links": [{
                "description": "Learn more about Gemini API quotas",
                "url": "https://ai.google.dev/gemini-api/docs/rate-limits",
            }],
        });
        let retry = json!({
            "@type": "type.googleapis.com/google.rpc.RetryInfo",
            "retryDelay": format!("{wait}s"),
        });
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            word: "RESOURCE_EXHAUSTED",
            details: vec![failure, help, retry],
            ..Self::invalid(format!(
                "You exceeded your current quota, please check your plan and billing details. For \
                 more information on this error, head to: \
                 https://ai.google.dev/gemini-api/docs/rate-limits. Please retry in {wait}s."
            ))
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
    pub(super) fn outgoing(&self) -> Outgoing {
        let error = Error {
            code: self.status.as_u16(),
            message: &self.message,
            status: self.word,
            details: &self.details,
        };
        Outgoing::at_once(self.status, http::json(&Body { error }))
    }
}
