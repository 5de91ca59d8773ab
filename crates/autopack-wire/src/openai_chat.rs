//! OpenAI Chat Completions. Facts: openai-openapi 2.3.0.

pub(crate) mod facts;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;
pub(crate) mod usage;

use autopack_core::{Count, StopReason, Usage};

use crate::json::{Fault, Scanner};

/// `usage`; reasoning is inside `completion_tokens`, cached input inside `prompt_tokens`.
fn usage(scanner: &mut Scanner<'_>) -> Result<Usage, Fault> {
    let mut usage = Usage::default();
    scanner.object(|scanner, name| {
        match name {
            b"prompt_tokens" => usage.input = Count::from(scanner.count()?),
            b"completion_tokens" => usage.output = Count::from(scanner.count()?),
            b"prompt_tokens_details" => {
                usage.cached = Count::from(scanner.count_in(b"cached_tokens")?);
            }
            b"completion_tokens_details" => {
                usage.reasoning = Count::from(scanner.count_in(b"reasoning_tokens")?);
            }
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    Ok(usage)
}

fn stop_reason(native: &str) -> StopReason {
    match native {
        "stop" => StopReason::EndTurn,
        "length" => StopReason::MaxTokens,
        "tool_calls" | "function_call" => StopReason::ToolUse,
        "content_filter" => StopReason::Refusal,
        _ => StopReason::Unknown,
    }
}
