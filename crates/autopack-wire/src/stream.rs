//! Reads a streamed reply: text as it comes, usage and stop reason when it is over.

use crate::dialect::Dialect;
use crate::error::WireError;
use crate::reply::{Draft, Reply};
use crate::sse::EventScanner;
use crate::{anthropic, gemini, openai_chat, openai_responses};

/// A streamed reply on the way.
#[derive(Debug)]
pub struct StreamReader {
    dialect: Dialect,
    events: EventScanner,
    draft: Draft,
}

impl StreamReader {
    /// A reader of one stream.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self::with(dialect, Draft::default())
    }

    /// A reader that keeps neither text nor tool calls, for whoever only passes the stream on: usage,
    /// stop reason, how long the text is and whether a tool call came last.
    #[must_use]
    pub fn without_text(dialect: Dialect) -> Self {
        Self::with(dialect, Draft::outcome())
    }

    fn with(dialect: Dialect, draft: Draft) -> Self {
        Self {
            dialect,
            events: EventScanner::default(),
            draft,
        }
    }

    /// Takes the next bytes, cut wherever the network cut them.
    ///
    /// # Errors
    /// [`WireError`] for an event that cannot be read, or one by which the provider ends the stream.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        let (apply, draft) = (reader_of(self.dialect), &mut self.draft);
        self.events.push(bytes, |data| apply(data, draft))
    }

    /// What has come so far; all of it that counts, where the stream broke off.
    #[must_use]
    pub const fn so_far(&self) -> &Reply {
        &self.draft.reply
    }

    /// The stream is over.
    ///
    /// # Errors
    /// [`WireError`] for a last event that was cut short.
    pub fn finish(mut self) -> Result<Reply, WireError> {
        let (apply, draft) = (reader_of(self.dialect), &mut self.draft);
        self.events.finish(|data| apply(data, draft))?;
        Ok(self.draft.reply)
    }
}

/// What reads one event of a stream.
type ReadEvent = fn(&[u8], &mut Draft) -> Result<(), WireError>;

fn reader_of(dialect: Dialect) -> ReadEvent {
    match dialect {
        Dialect::AnthropicMessages => anthropic::stream::apply,
        Dialect::OpenAiChat => openai_chat::stream::apply,
        Dialect::OpenAiResponses => openai_responses::stream::apply,
        Dialect::GeminiGenerateContent => gemini::stream::apply,
    }
}
