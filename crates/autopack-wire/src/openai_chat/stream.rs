//! Reads one event of a Chat Completions stream: deltas of the first choice, then a chunk with
//! usage and no choices, then `[DONE]`.

use serde::Deserialize;

use super::{UsageBody, stop};
use crate::error::{ErrorReply, WireError};
use crate::lenient;
use crate::reply::Reply;

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    usage: Option<UsageBody>,
    error: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default, deserialize_with = "lenient::count")]
    index: Option<u64>,
    delta: Option<Delta>,
    #[serde(default, deserialize_with = "lenient::text")]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    #[serde(default, deserialize_with = "lenient::text")]
    content: Option<String>,
}

pub(crate) fn apply(data: &[u8], reply: &mut Reply) -> Result<(), WireError> {
    if data == b"[DONE]" {
        return Ok(());
    }
    let chunk: Chunk = serde_json::from_slice(data)?;
    if chunk.error.is_some() {
        return Err(WireError::InStream(ErrorReply::read(data)));
    }
    if let Some(usage) = &chunk.usage {
        reply.usage = usage.usage();
    }
    let choices = chunk.choices.unwrap_or_default();
    for choice in choices
        .into_iter()
        .filter(|choice| choice.index.unwrap_or(0) == 0)
    {
        if let Some(text) = choice.delta.and_then(|delta| delta.content) {
            reply.text.push_str(&text);
        }
        if let Some(native) = choice.finish_reason {
            reply.stop = stop(native);
        }
    }
    Ok(())
}
