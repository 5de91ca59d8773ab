//! What the gateway itself answers where no provider can, in the form of the dialect that is spoken.

use autopack_core::Provider;
use autopack_provider::{ProviderError, ProviderErrorKind};
use axum::body::Body;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use serde_json::json;

use crate::admission::NotAdmitted;
use crate::hex::Digits;

/// The header of the number by which a call is found again.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-autopack-request-id");

/// How long a gateway that ends asks to wait, in seconds: what another one takes to start, with what it
/// remembers.
const RESTART_S: u64 = 5;

/// The number by which a call is found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(u64);

impl RequestId {
    /// One that was not there before, as far as chance goes.
    pub(crate) fn new() -> Self {
        Self(fastrand::u64(..))
    }

    /// As a header says it.
    pub(crate) fn header(self) -> HeaderValue {
        // Letters and digits can be a header.
        HeaderValue::try_from(self.to_string()).unwrap_or(HeaderValue::from_static(""))
    }

    #[cfg(test)]
    pub(crate) const fn from_number(number: u64) -> Self {
        Self(number)
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("apk_")?;
        f.write_str(Digits::of(self.0).as_str())
    }
}

/// Why the gateway answers itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatewayError {
    #[error(
        "nothing is served at this path: allowed are the providers' own paths, the same below `/anthropic`, `/openai` and `/gemini`, and `/upstreams/{{name}}/…`"
    )]
    UnknownPath,
    #[error("no upstream of the name in the path: allowed are {0}")]
    UnknownUpstream(String),
    #[error("the address of this call cannot be used")]
    BadAddress,
    #[error("{0}")]
    BadLabel(#[from] crate::headers::BadLabel),
    #[error(
        "the call has no key: send one of the gateway's as `x-api-key`, `authorization: Bearer …` or `x-goog-api-key`"
    )]
    NoKey,
    #[error(
        "the key of the call is none of the gateway's: send one whose hash stands under `[[serve.keys]]`"
    )]
    UnknownKey,
    #[error("this key does not open the upstream of the path: allowed are {0}")]
    ClosedUpstream(String),
    #[error("this key does not open the model of the call: allowed are {0}")]
    ClosedModel(String),
    #[error(
        "this key opens models, and the path names none: allowed are calls for a reply and lists of models"
    )]
    ClosedPath,
    #[error("the limits of this upstream are spent: come again in {seconds} s")]
    Spent { seconds: u64 },
    #[error("the gateway ends, and takes no new calls: come again in {RESTART_S} s")]
    Draining,
    #[error("the body is larger than {limit} bytes: send less")]
    TooLarge { limit: usize },
    #[error("the body ended before it was whole: send it again")]
    CutShort,
    #[error("the body did not come within {seconds} s: send it again")]
    TooSlow { seconds: u64 },
    #[error("{0}")]
    Upstream(#[from] ProviderError),
}

impl From<NotAdmitted> for GatewayError {
    fn from(NotAdmitted { retry_after }: NotAdmitted) -> Self {
        // Whole seconds, and not sooner.
        let seconds = retry_after.as_secs().saturating_add(1);
        Self::Spent { seconds }
    }
}

impl GatewayError {
    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownPath | Self::UnknownUpstream(_) => StatusCode::NOT_FOUND,
            Self::BadAddress | Self::BadLabel(_) | Self::CutShort => StatusCode::BAD_REQUEST,
            Self::NoKey | Self::UnknownKey => StatusCode::UNAUTHORIZED,
            Self::ClosedUpstream(_) | Self::ClosedModel(_) | Self::ClosedPath => {
                StatusCode::FORBIDDEN
            }
            Self::Spent { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Draining => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::Upstream(error) => match error.kind() {
                ProviderErrorKind::TimedOut => StatusCode::GATEWAY_TIMEOUT,
                _ => StatusCode::BAD_GATEWAY,
            },
        }
    }

    /// When to come again, in seconds.
    const fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::Spent { seconds } => Some(*seconds),
            Self::Draining => Some(RESTART_S),
            _ => None,
        }
    }

    /// The answer in the form that clients of `provider` read.
    pub(crate) fn answer(&self, provider: Provider, id: RequestId) -> Response<Body> {
        let status = self.status();
        let (message, number) = (format!("autopack: {self}"), id.to_string());
        let body = match provider {
            Provider::Anthropic => json!({
                "type": "error",
                "error": { "type": anthropic_type(status), "message": message },
                "request_id": number,
            }),
            Provider::OpenAi => json!({
                "error": {
                    "message": message,
                    "type": if status.is_server_error() { "server_error" } else { "invalid_request_error" },
                    "param": null,
                    "code": openai_code(status),
                },
            }),
            Provider::Gemini => json!({
                "error": { "code": status.as_u16(), "message": message, "status": gemini_status(status) },
            }),
        };
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Ok(number) = HeaderValue::try_from(number) {
            let theirs = match provider {
                Provider::Anthropic => Some(HeaderName::from_static("request-id")),
                Provider::OpenAi => Some(HeaderName::from_static("x-request-id")),
                Provider::Gemini => None,
            };
            headers.extend(theirs.map(|name| (name, number.clone())));
            headers.insert(REQUEST_ID, number);
        }
        response
    }
}

/// Anthropic's word for a status (platform.claude.com/docs/en/api/errors).
fn anthropic_type(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "authentication_error",
        StatusCode::FORBIDDEN => "permission_error",
        StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
        StatusCode::NOT_FOUND => "not_found_error",
        StatusCode::PAYLOAD_TOO_LARGE => "request_too_large",
        StatusCode::GATEWAY_TIMEOUT => "timeout_error",
        StatusCode::SERVICE_UNAVAILABLE => "overloaded_error",
        status if status.is_server_error() => "api_error",
        _ => "invalid_request_error",
    }
}

/// OpenAI's code for a status, where it has one (developers.openai.com/api/docs/guides/error-codes).
fn openai_code(status: StatusCode) -> Option<&'static str> {
    match status {
        StatusCode::UNAUTHORIZED => Some("invalid_api_key"),
        StatusCode::TOO_MANY_REQUESTS => Some("rate_limit_exceeded"),
        _ => None,
    }
}

/// Google's word for a status (cloud.google.com/apis/design/errors).
fn gemini_status(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "UNAUTHENTICATED",
        StatusCode::FORBIDDEN => "PERMISSION_DENIED",
        StatusCode::TOO_MANY_REQUESTS => "RESOURCE_EXHAUSTED",
        StatusCode::NOT_FOUND => "NOT_FOUND",
        StatusCode::GATEWAY_TIMEOUT => "DEADLINE_EXCEEDED",
        status if status.is_server_error() => "UNAVAILABLE",
        _ => "INVALID_ARGUMENT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_reads_its_own_form() {
        for provider in Provider::ALL {
            let error = GatewayError::TooLarge { limit: 5 };
            let answer = error.answer(provider, RequestId(7));
            assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
            assert_eq!(answer.headers()[REQUEST_ID], "apk_0000000000000007");
        }
        assert_eq!(anthropic_type(StatusCode::BAD_GATEWAY), "api_error");
        assert_eq!(gemini_status(StatusCode::BAD_REQUEST), "INVALID_ARGUMENT");
    }
}
