//! Reads a streamed reply: text as it comes, usage and stop reason when it is over.

use crate::dialect::Dialect;
use crate::error::WireError;
use crate::reply::Reply;
use crate::sse::EventScanner;
use crate::{anthropic, gemini, openai_chat};

/// A streamed reply on the way.
#[derive(Debug)]
pub struct StreamReader {
    dialect: Dialect,
    events: EventScanner,
    reply: Reply,
}

impl StreamReader {
    /// A reader of one stream.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            events: EventScanner::default(),
            reply: Reply::default(),
        }
    }

    /// Takes the next bytes, cut wherever the network cut them.
    ///
    /// # Errors
    /// [`WireError`] for an event that cannot be read, or one by which the provider ends the stream.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        let Self {
            dialect,
            events,
            reply,
        } = self;
        events.push(bytes, |data| apply(*dialect, data, reply))
    }

    /// What has come so far; all of it that counts, where the stream broke off.
    #[must_use]
    pub const fn so_far(&self) -> &Reply {
        &self.reply
    }

    /// The stream is over.
    ///
    /// # Errors
    /// [`WireError`] for a last event that was cut short.
    pub fn finish(mut self) -> Result<Reply, WireError> {
        let Self {
            dialect,
            events,
            reply,
        } = &mut self;
        events.finish(|data| apply(*dialect, data, reply))?;
        Ok(self.reply)
    }
}

fn apply(dialect: Dialect, data: &[u8], reply: &mut Reply) -> Result<(), WireError> {
    match dialect {
        Dialect::AnthropicMessages => anthropic::stream::apply(data, reply),
        Dialect::OpenAiChat => openai_chat::stream::apply(data, reply),
        Dialect::GeminiGenerateContent => gemini::stream::apply(data, reply),
    }
}
