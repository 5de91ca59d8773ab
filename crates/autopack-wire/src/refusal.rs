//! What a provider says when it refuses: its error reply, read into one vocabulary with the numbers
//! and names it gives.
//!
//! The texts are those of 2026-11: `providers.md`, section 4, and the issues it cites. A text that
//! nobody knows is [`ErrorKind::Other`] with the provider's own word and message kept.

mod body;
mod ceiling;
mod kind;
mod phrase;

use std::time::Duration;

use autopack_core::{CeilingParameter, Tokens};

use crate::dialect::Dialect;
use crate::truncation::Truncation;
use body::Body;

/// The longest text of a provider's error message that is kept, in characters: all real ones are
/// shorter, and a page of HTML from a proxy helps nobody.
const MAX_MESSAGE_CHARS: usize = 300;

/// What a provider says when it refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorReply {
    /// What it comes to.
    pub kind: ErrorKind,
    /// The provider's word for it: Gemini's `status`, `OpenAI`'s `code`, Anthropic's `type`.
    pub word: Option<String>,
    /// The provider's message, cut to 300 characters.
    pub message: Option<String>,
    /// How long the provider asks to wait, where the body says so.
    pub retry_after: Option<Duration>,
}

/// What an error reply comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The ceiling is above what the prompt leaves of the window. Another prompt leaves another room.
    NoRoom {
        /// What this prompt leaves.
        left: Tokens,
    },
    /// The ceiling is above what the model can write.
    CeilingTooHigh {
        /// The largest ceiling that is allowed, where it is said.
        limit: Option<Tokens>,
    },
    /// The ceiling is below the smallest one.
    CeilingTooLow {
        /// The smallest ceiling that is allowed, where it is said.
        minimum: Option<Tokens>,
    },
    /// There is no ceiling, and there has to be one.
    MissingCeiling,
    /// A parameter that this model or server does not take.
    WrongParameter {
        /// The parameter, in the provider's words.
        parameter: String,
        /// Where it is a ceiling: what the ceiling is called here.
        instead: Option<CeilingParameter>,
    },
    /// The thinking budget leaves no room below the ceiling, or is above the model's own limit.
    ThinkingBudgetTooHigh,
    /// The ceiling was spent before there was anything to say: a truncation in the form of an error.
    OutputLimitReached,
    /// The prompt does not fit into the window, whatever the ceiling.
    ContextTooLong,
    /// There is no money left for this request.
    CreditTooLow {
        /// The largest ceiling that the credit affords, where it is said.
        affordable: Option<Tokens>,
    },
    /// Too much at once.
    RateLimited,
    /// The provider has more to do than it can.
    Overloaded,
    /// The key is missing, wrong, or not allowed to do this.
    Unauthorized,
    /// There is no such model, or not for this key.
    UnknownModel,
    /// Something else.
    #[default]
    Other,
}

impl ErrorReply {
    /// Reads an error reply of `dialect`; what it does not say stays empty.
    pub(crate) fn read(dialect: Dialect, body: &[u8]) -> Self {
        let Some(body) = Body::read(body) else {
            return Self::default();
        };
        Self {
            kind: kind::of(dialect, &body),
            retry_after: body.retry_after(),
            word: body.word,
            message: body
                .message
                .map(|text| text.chars().take(MAX_MESSAGE_CHARS).collect()),
        }
    }

    /// The truncation that this error stands for, if it does.
    #[must_use]
    pub fn truncation(&self) -> Option<Truncation> {
        (self.kind == ErrorKind::OutputLimitReached).then_some(Truncation::EmptyByReasoning)
    }
}

impl std::fmt::Display for ErrorReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.word, &self.message) {
            (Some(word), Some(message)) => write!(f, "{word}: {message}"),
            (Some(text), None) | (None, Some(text)) => f.write_str(text),
            (None, None) => f.write_str("no reason given"),
        }
    }
}

#[cfg(test)]
mod tests;
