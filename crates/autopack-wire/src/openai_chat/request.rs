//! Writes a Chat Completions request. Older models call the ceiling `max_tokens`, reasoning and
//! newer ones refuse that name.

use autopack_core::{CeilingParameter, ThinkingSetting};
use serde::Serialize;

use crate::request::Request;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<Reasoning>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

/// A budget is OpenRouter's way; OpenAI itself takes an effort alone.
#[derive(Serialize)]
struct Reasoning {
    max_tokens: u64,
}

/// Without this a stream reports no usage.
#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

pub(crate) fn write(request: &Request<'_>) -> Vec<u8> {
    let ceiling = Some(request.ceiling.get());
    let (max_tokens, max_completion_tokens) = match request.parameter {
        CeilingParameter::MaxTokens => (ceiling, None),
        _ => (None, ceiling),
    };
    let system = Message {
        role: "system",
        content: request.system,
    };
    let user = Message {
        role: "user",
        content: request.user,
    };
    let body = Body {
        model: request.model,
        messages: [system, user]
            .into_iter()
            .filter(|said| !said.content.is_empty())
            .collect(),
        max_tokens,
        max_completion_tokens,
        reasoning_effort: match request.thinking {
            Some(ThinkingSetting::Effort(effort)) => Some(effort.as_str()),
            _ => None,
        },
        reasoning: request
            .thinking
            .and_then(ThinkingSetting::budget)
            .map(|budget| Reasoning {
                max_tokens: budget.get(),
            }),
        stream: request.stream,
        stream_options: request.stream.then_some(StreamOptions {
            include_usage: true,
        }),
    };
    serde_json::to_vec(&body).expect("texts and numbers always serialise")
}
