//! What matters of a request's body.

use autopack_core::Tokens;
use serde::Deserialize;
use serde_json::Value;

use crate::ceiling;
use crate::prompt::{self, Content, Text};

use super::refusal::Refusal;

/// A request body; fields that do not change the reply are passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    messages: Option<Vec<Message<'a>>>,
    #[serde(borrow)]
    system: Option<Content<'a>>,
    max_tokens: Option<Value>,
    stream: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    content: Content<'a>,
}

impl<'a> Request<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(body).map_err(|error| {
            let fault = prompt::fault(&error);
            Refusal::invalid(format!("The request body is not valid JSON: {fault}"))
        })
    }

    pub(super) fn model(&self) -> Result<&str, Refusal> {
        let model = self.model.as_ref().map(Text::as_str);
        model.ok_or_else(|| Refusal::missing("model"))
    }

    /// The ceiling, which this API requires. It takes 0 to warm its cache; nothing of Autopack
    /// sends that, so here it is a mistake like any other number below 1.
    pub(super) fn ceiling(&self, model: &str, limit: Tokens) -> Result<Tokens, Refusal> {
        let Some(written) = &self.max_tokens else {
            return Err(Refusal::missing("max_tokens"));
        };
        ceiling::check(written, limit).map_err(|bad| Refusal::ceiling(bad, model, limit))
    }

    /// The text of the prompt, the system's first.
    pub(super) fn texts(&self) -> Result<impl Iterator<Item = &str>, Refusal> {
        let Some(messages) = &self.messages else {
            return Err(Refusal::missing("messages"));
        };
        if messages.is_empty() {
            return Err(Refusal::invalid(
                "messages: at least one message is required".to_owned(),
            ));
        }
        let system = self.system.iter().flat_map(Content::texts);
        let messages = messages.iter().flat_map(|message| message.content.texts());
        Ok(system.chain(messages))
    }

    pub(super) fn is_streamed(&self) -> bool {
        self.stream == Some(true)
    }
}
