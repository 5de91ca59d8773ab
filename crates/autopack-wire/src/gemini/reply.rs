//! Reads a whole generateContent reply: the first candidate. A blocked prompt has none, and says
//! why in its feedback.

use autopack_core::{Stop, StopReason};

use super::{Body, UsageBody, stop};
use crate::error::WireError;
use crate::reply::Reply;

pub(crate) fn read(body: &[u8]) -> Result<Reply, WireError> {
    let body: Body = serde_json::from_slice(body)?;
    let mut reply = Reply::default();
    merge(body, &mut reply);
    Ok(reply)
}

/// Adds what a body says to what is known: text goes behind the text so far, usage is cumulative.
pub(super) fn merge(body: Body, reply: &mut Reply) {
    if let Some(usage) = body.usage_metadata.as_ref().map(UsageBody::usage) {
        reply.usage.input = usage.input.or(reply.usage.input);
        reply.usage.output = usage.output.or(reply.usage.output);
        reply.usage.reasoning = usage.reasoning.or(reply.usage.reasoning);
    }
    if let Some(native) = body
        .prompt_feedback
        .and_then(|feedback| feedback.block_reason)
    {
        reply.stop = Stop {
            reason: StopReason::Refusal,
            native: Some(native),
        };
    }
    if let Some(candidate) = body.candidates.unwrap_or_default().into_iter().next() {
        candidate.text().for_each(|text| reply.text.push_str(text));
        if let Some(native) = candidate.finish_reason {
            reply.stop = stop(native);
        }
    }
}
