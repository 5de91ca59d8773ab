//! How a reply was cut off, because each way needs another answer: more room, another prompt, or none
//! at all (research note on calibration, section 4).

mod runaway;

use autopack_core::{StopReason, Tokens};

use crate::reply::Reply;
pub use runaway::is_runaway;

/// How a reply was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Truncation {
    /// At the ceiling, and the stop reason says so.
    AtCeiling,
    /// As much was used as the ceiling allows, and the stop reason says something else or nothing.
    AtCeilingUnsaid,
    /// At the ceiling with nothing to see: reasoning took it all. Going on from there is pointless.
    EmptyByReasoning,
    /// Inside the call of a tool, or where the stop reason says so right behind one. Such a call is
    /// never to be made, nor continued.
    ToolCallCut,
    /// The context window was full: the ceiling is not the cause, a larger one no cure.
    WindowFull,
    /// At the ceiling, repeating itself: it spends whatever it is given.
    Runaway,
}

impl Truncation {
    /// Whether a larger ceiling may help.
    #[must_use]
    pub const fn wants_room(self) -> bool {
        !matches!(self, Self::WindowFull | Self::Runaway)
    }

    /// The word in telemetry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtCeiling => "at_ceiling",
            Self::AtCeilingUnsaid => "at_ceiling_unsaid",
            Self::EmptyByReasoning => "empty_by_reasoning",
            Self::ToolCallCut => "tool_call_cut",
            Self::WindowFull => "window_full",
            Self::Runaway => "runaway",
        }
    }
}

/// How `reply` was cut off, if it was. `ceiling` is what was sent for this one reply: leave it out
/// where several candidates were asked for, because usage counts them together. Without the text
/// ([`StreamReader::without_text`](crate::StreamReader::without_text)) a runaway is not told from any
/// other cut.
#[must_use]
pub fn truncation(reply: &Reply, ceiling: Option<Tokens>) -> Option<Truncation> {
    if reply.stop.reason == StopReason::ContextWindow {
        return Some(Truncation::WindowFull);
    }
    let is_said = reply.stop.reason == StopReason::MaxTokens;
    let is_used_up = reply
        .usage
        .output
        .reported()
        .zip(ceiling)
        .is_some_and(|(used, ceiling)| used >= ceiling);
    let cut_call = reply.tool_calls.iter().rfind(|call| call.is_cut());
    if !is_said && !is_used_up {
        // Arguments that break off need no other sign: some servers report the end of any output as
        // a call of a tool.
        return cut_call.map(|_| Truncation::ToolCallCut);
    }
    let tail = cut_call.map_or(&reply.text, |call| &call.arguments);
    Some(if is_runaway(tail) {
        Truncation::Runaway
    } else if cut_call.is_some() || is_said && reply.ends_in_tool_call {
        Truncation::ToolCallCut
    } else if is_blank(reply) {
        Truncation::EmptyByReasoning
    } else if is_said {
        Truncation::AtCeiling
    } else {
        Truncation::AtCeilingUnsaid
    })
}

/// Whether nothing is to be seen, neither a text nor a call.
fn is_blank(reply: &Reply) -> bool {
    let is_kept = reply.text.len() == reply.text_bytes;
    let says_nothing = reply.text_bytes == 0 || is_kept && reply.text.trim().is_empty();
    says_nothing && reply.tool_calls.is_empty() && !reply.ends_in_tool_call
}

#[cfg(test)]
mod tests;
