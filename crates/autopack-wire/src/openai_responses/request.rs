//! Writes a Responses request.

use autopack_core::ThinkingSetting;
use serde::Serialize;

use crate::request::Request;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    instructions: &'a str,
    input: &'a str,
    max_output_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<Reasoning>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
}

/// An effort; a budget is OpenRouter's way.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Reasoning {
    Effort(&'static str),
    MaxTokens(u64),
}

pub(crate) fn write(request: &Request<'_>) -> Vec<u8> {
    let body = Body {
        model: request.model,
        instructions: request.system,
        input: request.user,
        max_output_tokens: request.ceiling.get(),
        reasoning: request.thinking.map(|thinking| match thinking {
            ThinkingSetting::Effort(effort) => Reasoning::Effort(effort.as_str()),
            ThinkingSetting::Budget(budget) => Reasoning::MaxTokens(budget.get()),
        }),
        stream: request.stream,
    };
    serde_json::to_vec(&body).expect("texts and numbers always serialise")
}
