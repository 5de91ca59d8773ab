//! Writes a Messages request. `max_tokens` is required there.

use autopack_core::ThinkingSetting;
use serde::Serialize;

use crate::request::Request;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    system: &'a str,
    messages: [Message<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<ThinkingParam>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
}

/// Models take either a budget, or an effort and think as they find fit.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ThinkingParam {
    Enabled { budget_tokens: u64 },
    Adaptive,
}

#[derive(Serialize)]
struct OutputConfig {
    effort: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

pub(crate) fn write(request: &Request<'_>) -> Vec<u8> {
    let (thinking, effort) = match request.thinking {
        Some(ThinkingSetting::Budget(budget)) => {
            let budget_tokens = budget.get();
            (Some(ThinkingParam::Enabled { budget_tokens }), None)
        }
        Some(ThinkingSetting::Effort(effort)) => {
            (Some(ThinkingParam::Adaptive), Some(effort.as_str()))
        }
        None => (None, None),
    };
    let body = Body {
        model: request.model,
        max_tokens: request.ceiling.get(),
        system: request.system,
        messages: [Message {
            role: "user",
            content: request.user,
        }],
        thinking,
        output_config: effort.map(|effort| OutputConfig { effort }),
        stream: request.stream,
    };
    serde_json::to_vec(&body).expect("texts and numbers always serialise")
}
