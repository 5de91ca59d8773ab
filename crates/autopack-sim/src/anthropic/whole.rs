//! The reply in one piece (`types/message.py` and `types/usage.py` of the SDK).

use autopack_core::Tokens;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::answer::{Answer, End};
use crate::delivery::Outgoing;
use crate::fault::{Flaw, UNKNOWN_REASON};
use crate::reply::{Choice, Reply, Said};
use crate::text::VisibleText;

use super::thinking::Thinking;

/// A message; a stream begins with one that has nothing to say yet.
#[derive(Serialize)]
pub(super) struct Message<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    role: &'static str,
    model: &'a str,
    content: Option<Vec<Block<'a>>>,
    stop_reason: Option<&'static str>,
    stop_sequence: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

/// A block of content.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block<'a> {
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    Text {
        text: &'a str,
    },
    ToolUse {
        id: &'a str,
        name: &'a str,
        input: &'a RawValue,
    },
}

/// Tokens used. Thinking is part of the output tokens.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Usage {
    input_tokens: Tokens,
    cache_creation_input_tokens: Tokens,
    cache_read_input_tokens: Tokens,
    output_tokens: Tokens,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Clone, Copy, Serialize)]
struct OutputDetails {
    thinking_tokens: Tokens,
}

/// Writes the reply.
pub(super) fn message(model: &str, reply: &Reply, thinking: Thinking) -> Outgoing {
    let choice = reply.choice(0);
    let thoughts = thinking.thoughts(&choice).map(VisibleText::whole);
    let signature = signature(&choice);
    let call_id = call_id(&choice);
    let thought = thoughts.as_ref().map(|thinking| Block::Thinking {
        thinking,
        signature: &signature,
    });
    let (text, input);
    let words = match &choice.said {
        // Nothing visible is no block, not an empty one.
        _ if choice.answer.visible == Tokens::new(0) => None,
        Said::Text(said) => {
            text = said.clone().whole();
            Some(Block::Text { text: &text })
        }
        Said::ToolCall { name, arguments } => {
            // Arguments that were cut are no JSON, and stand for nothing.
            input = RawValue::from_string(arguments.clone().whole()).ok();
            Some(Block::ToolUse {
                id: &call_id,
                name,
                input: match &input {
                    Some(input) => input,
                    None => no_input(),
                },
            })
        }
    };
    let blocks = thought.into_iter().chain(words);
    let message = Message {
        content: (!reply.has(Flaw::NullContent)).then(|| blocks.collect()),
        stop_reason: Some(stop_reason(reply, &choice)),
        usage: Usage::of(reply, choice.answer),
        ..Message::begun(model, reply)
    };
    reply.delivery.whole(&message, choice.answer.output())
}

/// The input of a call that has none yet.
pub(super) fn no_input() -> &'static RawValue {
    serde_json::from_str("{}").expect("an object without members is JSON")
}

pub(super) fn call_id(choice: &Choice) -> String {
    format!("toolu_{:016x}", choice.id)
}

/// What proves that thoughts are the model's own; here it only looks the part (base64).
pub(super) fn signature(choice: &Choice) -> String {
    format!("Eq{:016x}==", choice.id)
}

/// Why the reply ends, in this API's words (`types/stop_reason.py`).
pub(super) fn stop_reason(reply: &Reply, choice: &Choice) -> &'static str {
    match (choice.answer.end, &choice.said) {
        _ if reply.has(Flaw::UnknownStopReason) => UNKNOWN_REASON,
        (End::Ceiling, _) => "max_tokens",
        (End::Window, _) => "model_context_window_exceeded",
        (End::Natural, Said::Text(_)) => "end_turn",
        (End::Natural, Said::ToolCall { .. }) => "tool_use",
    }
}

impl<'a> Message<'a> {
    /// A message without content.
    pub(super) fn begun(model: &'a str, reply: &Reply) -> Self {
        Self {
            id: format!("msg_{:016x}", reply.id),
            kind: "message",
            role: "assistant",
            model,
            content: (!reply.has(Flaw::NullContent)).then(Vec::new),
            stop_reason: None,
            stop_sequence: None,
            usage: Usage::begun(reply),
        }
    }
}

impl Usage {
    /// The usage of a finished reply, unless it is to be missing.
    pub(super) fn of(reply: &Reply, answer: Answer) -> Option<Self> {
        let thinking_tokens = answer.reasoning;
        Some(Self {
            output_tokens: answer.output(),
            output_tokens_details: (thinking_tokens > Tokens::new(0))
                .then_some(OutputDetails { thinking_tokens }),
            ..Self::begun(reply)?
        })
    }

    /// The usage at the beginning of a stream, where the output is a placeholder of 1 token.
    fn begun(reply: &Reply) -> Option<Self> {
        (!reply.has(Flaw::MissingUsage)).then_some(Self {
            input_tokens: reply.input,
            cache_creation_input_tokens: Tokens::new(0),
            cache_read_input_tokens: Tokens::new(0),
            output_tokens: Tokens::new(1),
            output_tokens_details: None,
        })
    }
}
