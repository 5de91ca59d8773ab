//! What is wrong with a request, as RFC 9457 has it.

use axum::body::Body;
use axum::response::IntoResponse;
use http::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

/// What is wrong with a request (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The words for the status.
    title: &'static str,
    /// The status.
    status: u16,
    /// What is wrong, what is allowed, and what to do.
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: String) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail,
        }
    }
}

impl From<Problem> for Response<Body> {
    fn from(problem: Problem) -> Self {
        // A struct of numbers and texts can always be written.
        let text = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = Self::new(Body::from(text));
        if let Ok(status) = StatusCode::from_u16(problem.status) {
            *response.status_mut() = status;
        }
        let headers = response.headers_mut();
        let media_type = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, media_type);
        if problem.status == StatusCode::UNAUTHORIZED.as_u16() {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        self.into()
    }
}
