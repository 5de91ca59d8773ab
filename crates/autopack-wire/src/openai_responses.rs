//! OpenAI Responses, `POST /v1/responses`. Facts: openai-openapi 2.3.0.

pub(crate) mod facts;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;

use autopack_core::{Count, StopReason, Usage};

use crate::json::{Fault, Scanner};

/// `usage`; reasoning is inside `output_tokens`, cached input inside `input_tokens`.
fn usage(scanner: &mut Scanner<'_>) -> Result<Usage, Fault> {
    let mut usage = Usage::default();
    scanner.object(|scanner, name| {
        match name {
            b"input_tokens" => usage.input = Count::from(scanner.count()?),
            b"output_tokens" => usage.output = Count::from(scanner.count()?),
            b"input_tokens_details" => {
                usage.cached = Count::from(scanner.count_in(b"cached_tokens")?);
            }
            b"output_tokens_details" => {
                usage.reasoning = Count::from(scanner.count_in(b"reasoning_tokens")?);
            }
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    Ok(usage)
}

/// What a status says, or for a reply that is `incomplete` its reason.
fn stop_reason(native: &str) -> StopReason {
    match native {
        "completed" => StopReason::EndTurn,
        "max_output_tokens" => StopReason::MaxTokens,
        "content_filter" => StopReason::Refusal,
        _ => StopReason::Unknown,
    }
}
