//! What matters of a request's body. Like every JSON form of a protocol buffer it may be written
//! in camel case or in snake case (protobuf.dev/programming-guides/json, "Field names").

use autopack_core::Tokens;
use serde::Deserialize;
use serde_json::Value;

use crate::ceiling;
use crate::prompt::{self, Part};

use super::refusal::Refusal;

/// A request body; fields that do not change the reply are passed over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    contents: Option<Vec<Content<'a>>>,
    #[serde(borrow, alias = "system_instruction")]
    system_instruction: Option<Content<'a>>,
    #[serde(alias = "generation_config")]
    generation_config: Option<GenerationConfig>,
}

#[derive(Debug, Deserialize)]
struct Content<'a> {
    #[serde(borrow, default)]
    parts: Vec<Part<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GenerationConfig {
    #[serde(alias = "max_output_tokens")]
    max_output_tokens: Option<Value>,
}

impl<'a> Request<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(body).map_err(|error| {
            let fault = prompt::fault(&error);
            Refusal::invalid(format!("Invalid JSON payload received. {fault}"))
        })
    }

    /// The ceiling: the request's, or the model's limit.
    pub(super) fn ceiling(&self, limit: Tokens) -> Result<Tokens, Refusal> {
        let config = self.generation_config.as_ref();
        match config.and_then(|config| config.max_output_tokens.as_ref()) {
            None => Ok(limit),
            Some(written) => {
                ceiling::check(written, limit).map_err(|bad| Refusal::ceiling(bad, written, limit))
            }
        }
    }

    /// The text of the prompt, the system's first.
    pub(super) fn texts(&self) -> Result<impl Iterator<Item = &str>, Refusal> {
        let contents = self.contents.as_deref().unwrap_or_default();
        if contents.is_empty() {
            return Err(Refusal::invalid(
                "* GenerateContentRequest.contents: contents is not specified\n".to_owned(),
            ));
        }
        let all = self.system_instruction.iter().chain(contents);
        Ok(all.flat_map(|content| content.parts.iter().filter_map(Part::text)))
    }
}
