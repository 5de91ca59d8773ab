//! What matters of a request's body.

use autopack_core::{CeilingParameter, ModelEntry, Tokens};
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
    max_tokens: Option<Value>,
    max_completion_tokens: Option<Value>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
}

#[derive(Debug, Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    content: Content<'a>,
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

impl<'a> Request<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(body).map_err(|error| {
            let fault = prompt::fault(&error);
            Refusal::invalid(format!(
                "We could not parse the JSON body of your request. ({fault})"
            ))
        })
    }

    pub(super) fn model(&self) -> Result<&str, Refusal> {
        let model = self.model.as_ref().map(Text::as_str);
        model.ok_or_else(|| Refusal::invalid("you must provide a model parameter".to_owned()))
    }

    /// The ceiling: the request's, under the one name that the model knows, or the model's limit.
    pub(super) fn ceiling(&self, entry: &ModelEntry) -> Result<Tokens, Refusal> {
        let is_renamed = entry.ceiling_parameter == CeilingParameter::MaxCompletionTokens;
        let (parameter, written) = match (&self.max_tokens, &self.max_completion_tokens) {
            (None, None) => return Ok(entry.max_output_tokens),
            (Some(_), _) if is_renamed => return Err(Refusal::renamed_ceiling()),
            (Some(_), Some(_)) => return Err(Refusal::two_ceilings()),
            (Some(written), None) => (CeilingParameter::MaxTokens, written),
            (None, Some(written)) => (CeilingParameter::MaxCompletionTokens, written),
        };
        let limit = entry.max_output_tokens;
        ceiling::check(written, limit)
            .map_err(|bad| Refusal::ceiling(bad, parameter.as_str(), limit))
    }

    /// The text of the prompt.
    pub(super) fn texts(&self) -> Result<impl Iterator<Item = &str>, Refusal> {
        let Some(messages) = &self.messages else {
            return Err(Refusal::missing_messages());
        };
        if messages.is_empty() {
            return Err(Refusal::no_messages());
        }
        Ok(messages.iter().flat_map(|message| message.content.texts()))
    }

    pub(super) fn is_streamed(&self) -> bool {
        self.stream == Some(true)
    }

    /// Whether a stream is to end with its usage.
    pub(super) fn wants_usage(&self) -> bool {
        let options = self.stream_options.as_ref();
        options.and_then(|options| options.include_usage) == Some(true)
    }
}
