//! Anthropic Messages, API version 2023-06-01. Facts: anthropic-sdk-python 0.121, types of messages.

pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;

use autopack_core::{Count, Stop, StopReason, Usage};
use serde::Deserialize;

use crate::lenient;

/// `usage`; thinking is inside `output_tokens`. Cached input is counted beside `input_tokens`.
#[derive(Deserialize, Default)]
struct UsageBody {
    #[serde(default, deserialize_with = "lenient::count")]
    input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    cache_creation_input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    cache_read_input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    output_tokens: Option<u64>,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Deserialize)]
struct OutputDetails {
    #[serde(default, deserialize_with = "lenient::count")]
    thinking_tokens: Option<u64>,
}

impl UsageBody {
    fn usage(&self) -> Usage {
        let cached = self
            .cache_creation_input_tokens
            .unwrap_or(0)
            .saturating_add(self.cache_read_input_tokens.unwrap_or(0));
        let details = self.output_tokens_details.as_ref();
        Usage {
            input: Count::from(self.input_tokens.map(|fresh| fresh.saturating_add(cached))),
            output: Count::from(self.output_tokens),
            reasoning: Count::from(details.and_then(|details| details.thinking_tokens)),
        }
    }
}

fn stop(native: String) -> Stop {
    let reason = match native.as_str() {
        "end_turn" => StopReason::EndTurn,
        "max_tokens" => StopReason::MaxTokens,
        "model_context_window_exceeded" => StopReason::ContextWindow,
        "stop_sequence" => StopReason::StopSequence,
        "tool_use" => StopReason::ToolUse,
        "pause_turn" => StopReason::Pause,
        "refusal" => StopReason::Refusal,
        _ => StopReason::Unknown,
    };
    Stop {
        reason,
        native: Some(native),
    }
}
