//! Writes a generateContent request; model and streaming are in the path.

use autopack_core::ThinkingSetting;
use serde::Serialize;

use crate::request::Request;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Content<'a>>,
    contents: [Content<'a>; 1],
    generation_config: GenerationConfig,
}

#[derive(Serialize)]
struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: [Part<'a>; 1],
}

#[derive(Serialize)]
struct Part<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GenerationConfig {
    max_output_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_config: Option<ThinkingConfig>,
}

/// A budget up to models of generation 3.0, a level from there on (provider facts, section 2).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum ThinkingConfig {
    ThinkingBudget(u64),
    ThinkingLevel(&'static str),
}

pub(crate) fn write(request: &Request<'_>) -> Vec<u8> {
    let content = |role, text| Content {
        role,
        parts: [Part { text }],
    };
    let body = Body {
        system_instruction: (!request.system.is_empty()).then(|| content(None, request.system)),
        contents: [content(Some("user"), request.user)],
        generation_config: GenerationConfig {
            max_output_tokens: request.ceiling.get(),
            thinking_config: request.thinking.map(|thinking| match thinking {
                ThinkingSetting::Budget(budget) => ThinkingConfig::ThinkingBudget(budget.get()),
                ThinkingSetting::Effort(effort) => ThinkingConfig::ThinkingLevel(effort.as_str()),
            }),
        },
    };
    serde_json::to_vec(&body).expect("texts and numbers always serialise")
}
