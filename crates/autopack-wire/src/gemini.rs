//! Gemini generateContent, v1beta. Facts: python-genai of 2026-08-21.

pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;

use autopack_core::{Count, Stop, StopReason, Usage};
use serde::Deserialize;

use crate::lenient;

/// A reply, whole or one chunk of a stream: both have this form.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(default)]
    candidates: Option<Vec<Candidate>>,
    usage_metadata: Option<UsageBody>,
    prompt_feedback: Option<PromptFeedback>,
    error: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Option<Content>,
    #[serde(default, deserialize_with = "lenient::text")]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    #[serde(default)]
    parts: Option<Vec<Part>>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default, deserialize_with = "lenient::text")]
    text: Option<String>,
    /// A part of the model's thoughts, which are not the answer.
    #[serde(default)]
    thought: Option<bool>,
}

/// Why a prompt got no candidate at all.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PromptFeedback {
    #[serde(default, deserialize_with = "lenient::text")]
    block_reason: Option<String>,
}

/// `usageMetadata`; thoughts are counted beside the candidates, and either may be missing.
#[derive(Deserialize)]
struct UsageBody {
    #[serde(
        default,
        rename = "promptTokenCount",
        deserialize_with = "lenient::count"
    )]
    prompt: Option<u64>,
    #[serde(
        default,
        rename = "candidatesTokenCount",
        deserialize_with = "lenient::count"
    )]
    candidates: Option<u64>,
    #[serde(
        default,
        rename = "thoughtsTokenCount",
        deserialize_with = "lenient::count"
    )]
    thoughts: Option<u64>,
}

impl UsageBody {
    /// Output is candidates plus thoughts; where only one is there, the other was nothing.
    fn usage(&self) -> Usage {
        let (candidates, thoughts) = (self.candidates, self.thoughts);
        let reported = candidates.is_some() || thoughts.is_some();
        let output = candidates
            .unwrap_or(0)
            .saturating_add(thoughts.unwrap_or(0));
        Usage {
            input: Count::from(self.prompt),
            output: Count::from(reported.then_some(output)),
            reasoning: Count::from(thoughts),
        }
    }
}

impl Candidate {
    fn text(&self) -> impl Iterator<Item = &str> {
        let parts = self
            .content
            .as_ref()
            .and_then(|content| content.parts.as_deref());
        parts
            .unwrap_or_default()
            .iter()
            .filter(|part| part.thought != Some(true))
            .filter_map(|part| part.text.as_deref())
    }
}

fn stop(native: String) -> Stop {
    let reason = match native.as_str() {
        "STOP" => StopReason::EndTurn,
        "MAX_TOKENS" => StopReason::MaxTokens,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" => {
            StopReason::Refusal
        }
        _ => StopReason::Unknown,
    };
    Stop {
        reason,
        native: Some(native),
    }
}
