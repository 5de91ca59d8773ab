//! The reply in one piece (schemas `CreateChatCompletionResponse` and `CompletionUsage`).

use autopack_core::Tokens;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::answer::{Answer, End};
use crate::http;
use crate::reply::{CREATED_S, Reply};

#[derive(Serialize)]
struct Completion<'a> {
    id: String,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: [Choice<'a>; 1],
    usage: Usage,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    message: Message<'a>,
    logprobs: Option<()>,
    finish_reason: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
    refusal: Option<()>,
}

/// Tokens used. Reasoning is part of the completion tokens.
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
pub(super) fn completion(model: &str, reply: Reply) -> Response {
    let Reply {
        id,
        input,
        answer,
        text,
    } = reply;
    let message = Message {
        role: "assistant",
        content: &text.whole(),
        refusal: None,
    };
    let completion = Completion {
        id: completion_id(id),
        object: "chat.completion",
        created: CREATED_S,
        model,
        choices: [Choice {
            index: 0,
            message,
            logprobs: None,
            finish_reason: finish_reason(answer),
        }],
        usage: Usage::of(input, answer),
    };
    http::json(StatusCode::OK, &completion)
}

pub(super) fn completion_id(id: u64) -> String {
    format!("chatcmpl-{id:016x}")
}

/// Why the reply ends, in this API's words.
pub(super) fn finish_reason(answer: Answer) -> &'static str {
    match answer.end {
        End::Natural => "stop",
        End::Ceiling => "length",
    }
}

impl Usage {
    pub(super) fn of(input: Tokens, answer: Answer) -> Self {
        Self {
            prompt_tokens: input,
            completion_tokens: answer.output(),
            total_tokens: input.plus(answer.output()),
            prompt_tokens_details: PromptDetails {
                cached_tokens: Tokens::new(0),
            },
            completion_tokens_details: CompletionDetails {
                reasoning_tokens: answer.reasoning,
            },
        }
    }
}
