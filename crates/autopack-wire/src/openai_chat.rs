//! `OpenAI` Chat Completions. Facts: openai-openapi 2.3.0.

pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;

use autopack_core::{Count, Stop, StopReason, Usage};
use serde::Deserialize;

use crate::lenient;

/// `usage`; reasoning is inside `completion_tokens`.
#[derive(Deserialize)]
struct UsageBody {
    #[serde(default, deserialize_with = "lenient::count")]
    prompt_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    completion_tokens: Option<u64>,
    completion_tokens_details: Option<OutputDetails>,
}

#[derive(Deserialize)]
struct OutputDetails {
    #[serde(default, deserialize_with = "lenient::count")]
    reasoning_tokens: Option<u64>,
}

impl UsageBody {
    fn usage(&self) -> Usage {
        let details = self.completion_tokens_details.as_ref();
        Usage {
            input: Count::from(self.prompt_tokens),
            output: Count::from(self.completion_tokens),
            reasoning: Count::from(details.and_then(|details| details.reasoning_tokens)),
        }
    }
}

fn stop(native: String) -> Stop {
    let reason = match native.as_str() {
        "stop" => StopReason::EndTurn,
        "length" => StopReason::MaxTokens,
        "tool_calls" | "function_call" => StopReason::ToolUse,
        "content_filter" => StopReason::Refusal,
        _ => StopReason::Unknown,
    };
    Stop {
        reason,
        native: Some(native),
    }
}
