//! Which API a call speaks.

use autopack_core::Provider;

use crate::error::{ErrorReply, WireError};
use crate::reply::Reply;
use crate::request::Request;
use crate::{anthropic, gemini, openai_chat};

/// An API with its own names for the ceiling, usage and stop reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Anthropic Messages, `POST /v1/messages`.
    AnthropicMessages,
    /// `OpenAI` Chat Completions, `POST /v1/chat/completions`.
    OpenAiChat,
    /// Gemini, `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`.
    GeminiGenerateContent,
}

impl Dialect {
    /// The dialect Autopack speaks to `provider` in.
    #[must_use]
    pub const fn of(provider: Provider) -> Self {
        match provider {
            Provider::Anthropic => Self::AnthropicMessages,
            Provider::OpenAi => Self::OpenAiChat,
            Provider::Gemini => Self::GeminiGenerateContent,
        }
    }

    /// Path and query of a call, from the host on.
    #[must_use]
    pub fn path(self, model: &str, stream: bool) -> String {
        match (self, stream) {
            (Self::AnthropicMessages, _) => "/v1/messages".to_owned(),
            (Self::OpenAiChat, _) => "/v1/chat/completions".to_owned(),
            (Self::GeminiGenerateContent, false) => {
                format!("/v1beta/models/{}:generateContent", path_segment(model))
            }
            (Self::GeminiGenerateContent, true) => {
                format!(
                    "/v1beta/models/{}:streamGenerateContent?alt=sse",
                    path_segment(model)
                )
            }
        }
    }

    /// The body of a call, as JSON.
    #[must_use]
    pub fn write(self, request: &Request<'_>) -> Vec<u8> {
        match self {
            Self::AnthropicMessages => anthropic::request::write(request),
            Self::OpenAiChat => openai_chat::request::write(request),
            Self::GeminiGenerateContent => gemini::request::write(request),
        }
    }

    /// Reads a whole reply.
    ///
    /// # Errors
    /// [`WireError`] where the body is no JSON object of this dialect.
    pub fn read(self, body: &[u8]) -> Result<Reply, WireError> {
        match self {
            Self::AnthropicMessages => anthropic::reply::read(body),
            Self::OpenAiChat => openai_chat::reply::read(body),
            Self::GeminiGenerateContent => gemini::reply::read(body),
        }
    }

    /// Reads an error reply; what it does not say stays empty.
    #[must_use]
    pub fn read_error(self, body: &[u8]) -> ErrorReply {
        ErrorReply::read(body)
    }
}

/// `model` with everything escaped that would end a path segment.
fn path_segment(model: &str) -> String {
    let mut escaped = String::with_capacity(model.len());
    for byte in model.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            escaped.push('%');
            escaped.push(char::from(HEX[usize::from(byte >> 4)]));
            escaped.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_cannot_leave_its_path_segment() {
        let path = Dialect::GeminiGenerateContent.path("../x?y#z é", false);
        assert_eq!(
            path,
            "/v1beta/models/..%2Fx%3Fy%23z%20%C3%A9:generateContent"
        );
    }
}
