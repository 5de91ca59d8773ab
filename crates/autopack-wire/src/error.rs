//! What cannot be read, and what a provider says when it refuses.

use serde::Deserialize;

use crate::lenient;

/// A reply that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The body or an event is not JSON of the dialect. The text of the body is not repeated here:
    /// replies enter no message.
    #[error("reply is not readable at line {line} column {column}: {what}")]
    Unreadable {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// Which kind of mistake it is.
        what: &'static str,
    },
    /// One event of a stream is larger than any real one.
    #[error(
        "an event of the stream is longer than {limit} bytes: the server does not speak this dialect"
    )]
    EventTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The provider broke the stream off with an error event.
    #[error("the stream ended with an error: {0}")]
    InStream(ErrorReply),
}

impl From<serde_json::Error> for WireError {
    fn from(error: serde_json::Error) -> Self {
        use serde_json::error::Category;
        let what = match error.classify() {
            Category::Io => "it could not be read",
            Category::Syntax => "it is not JSON",
            Category::Data => "a field has an unexpected type",
            Category::Eof => "it ends too early",
        };
        Self::Unreadable {
            line: error.line(),
            column: error.column(),
            what,
        }
    }
}

/// The longest text of a provider's error message that is kept, in characters: all real ones are
/// shorter, and a page of HTML from a proxy helps nobody.
const MAX_MESSAGE_CHARS: usize = 300;

/// What a provider says when it refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorReply {
    /// The provider's word for the kind of error: Anthropic's `type`, `OpenAI`'s `code` or `type`,
    /// Gemini's `status`.
    pub kind: Option<String>,
    /// The provider's message, cut to 300 characters.
    pub message: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    error: Option<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default, rename = "type", deserialize_with = "lenient::text")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    status: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    message: Option<String>,
}

impl ErrorReply {
    /// Reads the error object that all three dialects keep under `error`.
    pub(crate) fn read(body: &[u8]) -> Self {
        let detail = serde_json::from_slice::<Body>(body)
            .ok()
            .and_then(|body| body.error);
        let Some(detail) = detail else {
            return Self::default();
        };
        Self {
            kind: detail.status.or(detail.code).or(detail.kind),
            message: detail
                .message
                .map(|text| text.chars().take(MAX_MESSAGE_CHARS).collect()),
        }
    }
}

impl std::fmt::Display for ErrorReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.kind, &self.message) {
            (Some(kind), Some(message)) => write!(f, "{kind}: {message}"),
            (Some(text), None) | (None, Some(text)) => f.write_str(text),
            (None, None) => f.write_str("no reason given"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_providers_error_is_read() {
        for (body, expected) in [
            (
                r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
                "authentication_error: invalid x-api-key",
            ),
            (
                r#"{"error":{"message":"Unsupported parameter","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#,
                "unsupported_parameter: Unsupported parameter",
            ),
            (
                r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}"#,
                "INVALID_ARGUMENT: API key not valid.",
            ),
            ("<html>bad gateway</html>", "no reason given"),
            (r#"{"error": null}"#, "no reason given"),
        ] {
            assert_eq!(
                ErrorReply::read(body.as_bytes()).to_string(),
                expected,
                "{body}"
            );
        }
    }
}
