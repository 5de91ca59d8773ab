//! Anthropic Messages, API version 2023-06-01. Facts: anthropic-sdk-python 0.121, types of messages.

pub(crate) mod facts;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;

use autopack_core::{Count, StopReason, Usage};

use crate::json::{Fault, Scanner};

/// `usage`; thinking is inside `output_tokens`. Cached input is counted beside `input_tokens`, and
/// writing to the cache is fresh input.
fn usage(scanner: &mut Scanner<'_>) -> Result<Usage, Fault> {
    let (mut fresh, mut written, mut read) = (None, None, None);
    let (mut output, mut thinking) = (None, None);
    scanner.object(|scanner, name| {
        match name {
            b"input_tokens" => fresh = scanner.count()?,
            b"cache_creation_input_tokens" => written = scanner.count()?,
            b"cache_read_input_tokens" => read = scanner.count()?,
            b"output_tokens" => output = scanner.count()?,
            b"output_tokens_details" => thinking = scanner.count_in(b"thinking_tokens")?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    let beside = written.unwrap_or(0_u64).saturating_add(read.unwrap_or(0));
    Ok(Usage {
        input: Count::from(fresh.map(|fresh: u64| fresh.saturating_add(beside))),
        cached: Count::from(read),
        output: Count::from(output),
        reasoning: Count::from(thinking),
    })
}

fn stop_reason(native: &str) -> StopReason {
    match native {
        "end_turn" => StopReason::EndTurn,
        "max_tokens" => StopReason::MaxTokens,
        "model_context_window_exceeded" => StopReason::ContextWindow,
        "stop_sequence" => StopReason::StopSequence,
        "tool_use" => StopReason::ToolUse,
        "pause_turn" => StopReason::Pause,
        "refusal" => StopReason::Refusal,
        _ => StopReason::Unknown,
    }
}
