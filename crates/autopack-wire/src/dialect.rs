//! Which API a call speaks.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use autopack_core::{CeilingParameter, Provider, Tokens};

use crate::error::{RequestError, WireError};
use crate::facts::RequestFacts;
use crate::refusal::ErrorReply;
use crate::reply::Reply;
use crate::request::Request;
use crate::{anthropic, gemini, openai_chat, openai_responses, splice};

/// An API with its own names for the ceiling, usage and stop reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Anthropic Messages, `POST /v1/messages`.
    AnthropicMessages,
    /// `OpenAI` Chat Completions, `POST /v1/chat/completions`.
    OpenAiChat,
    /// `OpenAI` Responses, `POST /v1/responses`.
    OpenAiResponses,
    /// Gemini, `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`.
    GeminiGenerateContent,
}

impl Dialect {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 4] = [
        Self::AnthropicMessages,
        Self::OpenAiChat,
        Self::OpenAiResponses,
        Self::GeminiGenerateContent,
    ];

    /// The name in settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AnthropicMessages => "anthropic-messages",
            Self::OpenAiChat => "openai-chat",
            Self::OpenAiResponses => "openai-responses",
            Self::GeminiGenerateContent => "gemini",
        }
    }

    /// The provider whose dialect it is: whose rules of ceilings apply to those who speak it.
    #[must_use]
    pub const fn provider(self) -> Provider {
        match self {
            Self::AnthropicMessages => Provider::Anthropic,
            Self::OpenAiChat | Self::OpenAiResponses => Provider::OpenAi,
            Self::GeminiGenerateContent => Provider::Gemini,
        }
    }

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
            (Self::OpenAiResponses, _) => "/v1/responses".to_owned(),
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
            Self::OpenAiResponses => openai_responses::request::write(request),
            Self::GeminiGenerateContent => gemini::request::write(request),
        }
    }

    /// Reads a whole reply.
    ///
    /// # Errors
    /// [`WireError`] where the body is no JSON object of this dialect, or an error.
    pub fn read(self, body: &[u8]) -> Result<Reply, WireError> {
        match self {
            Self::AnthropicMessages => anthropic::reply::read(body),
            Self::OpenAiChat => openai_chat::reply::read(body),
            Self::OpenAiResponses => openai_responses::reply::read(body),
            Self::GeminiGenerateContent => gemini::reply::read(body),
        }
    }

    /// Reads an error reply; what it does not say stays empty.
    #[must_use]
    pub fn read_error(self, body: &[u8]) -> ErrorReply {
        ErrorReply::read(self, body)
    }

    /// Reads what a client's request says, without changing it.
    ///
    /// # Errors
    /// [`RequestError`] where the body is no JSON object as far as it is looked at.
    pub fn read_request(self, body: &[u8]) -> Result<RequestFacts<'_>, RequestError> {
        let mut facts = RequestFacts::default();
        facts.sizes.body_bytes = body.len();
        let read = match self {
            Self::AnthropicMessages => anthropic::facts::read(body, &mut facts),
            Self::OpenAiChat => openai_chat::facts::read(body, &mut facts),
            Self::OpenAiResponses => openai_responses::facts::read(body, &mut facts),
            Self::GeminiGenerateContent => gemini::facts::read(body, &mut facts),
        };
        read?;
        Ok(facts)
    }

    /// A client's request with `ceiling` as its ceiling and every other byte as it was; the body
    /// itself where that is its ceiling already. A ceiling that is there keeps its name. `parameter`
    /// counts where the dialect has several names: for a ceiling that is missing, and for which of
    /// two stays.
    ///
    /// # Errors
    /// [`RequestError`] where the body is no JSON object as far as it is looked at, or has no place
    /// for a ceiling.
    pub fn set_ceiling(
        self,
        body: &[u8],
        parameter: CeilingParameter,
        ceiling: Tokens,
    ) -> Result<Cow<'_, [u8]>, RequestError> {
        splice::set(self, body, parameter, ceiling)
    }

    /// The same into a buffer, in place of what is there: nothing is allocated where it is large
    /// enough (a kilobyte more than the body).
    ///
    /// # Errors
    /// As [`set_ceiling`](Self::set_ceiling), and the buffer is as before.
    pub fn set_ceiling_into(
        self,
        body: &[u8],
        parameter: CeilingParameter,
        ceiling: Tokens,
        into: &mut Vec<u8>,
    ) -> Result<(), RequestError> {
        splice::set_into(self, body, parameter, ceiling, into)
    }

    /// A client's request with usage asked for at the end of its stream and every other byte as it was; the
    /// body itself where that needs no asking. What the client then gets too much of,
    /// [`UsageFilter`](crate::UsageFilter) takes out.
    ///
    /// # Errors
    /// [`RequestError`] where the body is no JSON object as far as it is looked at.
    pub fn ask_for_usage(self, body: &[u8]) -> Result<Cow<'_, [u8]>, RequestError> {
        match self {
            Self::OpenAiChat => openai_chat::usage::ask(body),
            _ => Ok(Cow::Borrowed(body)),
        }
    }

    /// What this dialect calls the ceiling: `parameter` where it knows that name.
    #[must_use]
    pub const fn own_ceiling(self, parameter: CeilingParameter) -> CeilingParameter {
        match self {
            Self::AnthropicMessages => CeilingParameter::MaxTokens,
            Self::OpenAiChat => match parameter {
                CeilingParameter::MaxTokens => CeilingParameter::MaxTokens,
                _ => CeilingParameter::MaxCompletionTokens,
            },
            Self::OpenAiResponses => CeilingParameter::ResponsesMaxOutputTokens,
            Self::GeminiGenerateContent => CeilingParameter::MaxOutputTokens,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no dialect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown dialect `{0}`: allowed are `anthropic-messages`, `openai-chat`, `openai-responses` and `gemini`"
)]
pub struct UnknownDialect(String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(text: &str) -> Result<Self, UnknownDialect> {
        Self::ALL
            .into_iter()
            .find(|dialect| dialect.as_str() == text)
            .ok_or_else(|| UnknownDialect(text.to_owned()))
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
    fn names_are_read_back_and_others_refused() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.as_str().parse(), Ok(dialect));
        }
        for provider in Provider::ALL {
            assert_eq!(Dialect::of(provider).provider(), provider);
        }
        let unknown = "openai".parse::<Dialect>().expect_err("no dialect");
        let allowed = unknown.to_string();
        assert!(
            Dialect::ALL
                .iter()
                .all(|dialect| allowed.contains(dialect.as_str()))
        );
    }

    #[test]
    fn a_model_cannot_leave_its_path_segment() {
        let path = Dialect::GeminiGenerateContent.path("../x?y#z é", false);
        assert_eq!(
            path,
            "/v1beta/models/..%2Fx%3Fy%23z%20%C3%A9:generateContent"
        );
    }
}
