//! The reply in one piece (schemas `CreateChatCompletionResponse` and `CompletionUsage`).

use autopack_core::Tokens;
use serde::Serialize;

use crate::answer::{Answer, End};
use crate::delivery::Outgoing;
use crate::fault::{Flaw, UNKNOWN_REASON};
use crate::reply::{CREATED_S, Choice, Reply, Said};

#[derive(Serialize)]
struct Completion<'a> {
    id: String,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: Vec<ChoiceBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

#[derive(Serialize)]
struct ChoiceBody {
    index: u32,
    message: Message,
    logprobs: Option<()>,
    finish_reason: &'static str,
}

#[derive(Serialize)]
struct Message {
    role: &'static str,
    content: Option<String>,
    refusal: Option<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[ToolCall; 1]>,
}

#[derive(Serialize)]
struct ToolCall {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function,
}

#[derive(Serialize)]
struct Function {
    name: String,
    arguments: String,
}

/// Tokens used, by all choices. Reasoning is part of the completion tokens.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Usage {
    prompt_tokens: Tokens,
    completion_tokens: Tokens,
    total_tokens: Tokens,
    prompt_tokens_details: PromptDetails,
    completion_tokens_details: CompletionDetails,
}

#[derive(Clone, Copy, Serialize)]
struct PromptDetails {
    cached_tokens: Tokens,
}

#[derive(Clone, Copy, Serialize)]
struct CompletionDetails {
    reasoning_tokens: Tokens,
}

/// Writes the reply.
pub(super) fn completion(model: &str, reply: &Reply) -> Outgoing {
    let usage = Usage::of(reply);
    let completion = Completion {
        id: completion_id(reply),
        object: "chat.completion",
        created: CREATED_S,
        model,
        choices: reply.choices().map(|choice| body(reply, choice)).collect(),
        usage: (!reply.has(Flaw::MissingUsage)).then_some(usage),
    };
    reply.delivery.whole(&completion, reply.longest())
}

fn body(reply: &Reply, choice: Choice) -> ChoiceBody {
    let finish_reason = finish_reason(reply, &choice);
    let (content, tool_calls) = match choice.said {
        _ if reply.has(Flaw::NullContent) => (None, None),
        Said::Text(text) => (Some(text.whole()), None),
        Said::ToolCall { name, arguments } => {
            let function = Function {
                name: name.to_string(),
                arguments: arguments.whole(),
            };
            let call = ToolCall {
                id: call_id(choice.id),
                kind: "function",
                function,
            };
            (None, Some([call]))
        }
    };
    ChoiceBody {
        index: choice.index,
        message: Message {
            role: "assistant",
            content,
            refusal: None,
            tool_calls,
        },
        logprobs: None,
        finish_reason,
    }
}

pub(super) fn completion_id(reply: &Reply) -> String {
    format!("chatcmpl-{:016x}", reply.id)
}

pub(super) fn call_id(id: u64) -> String {
    format!("call_{id:016x}")
}

/// Why a choice ends, in this API's words.
pub(super) fn finish_reason(reply: &Reply, choice: &Choice) -> &'static str {
    match (choice.answer.end, &choice.said) {
        _ if reply.has(Flaw::UnknownStopReason) => UNKNOWN_REASON,
        (End::Ceiling | End::Window, _) => "length",
        (End::Natural, Said::Text(_)) => "stop",
        (End::Natural, Said::ToolCall { .. }) => "tool_calls",
    }
}

impl Usage {
    pub(super) fn of(reply: &Reply) -> Self {
        let sum = |tokens: fn(Answer) -> Tokens| -> Tokens {
            reply.choices().map(|choice| tokens(choice.answer)).sum()
        };
        let completion_tokens = sum(Answer::output);
        Self {
            prompt_tokens: reply.input,
            completion_tokens,
            total_tokens: reply.input.plus(completion_tokens),
            prompt_tokens_details: PromptDetails {
                cached_tokens: Tokens::new(0),
            },
            completion_tokens_details: CompletionDetails {
                reasoning_tokens: sum(|answer| answer.reasoning),
            },
        }
    }
}
