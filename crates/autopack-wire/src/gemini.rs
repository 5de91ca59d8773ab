//! Gemini generateContent, v1beta. Facts: python-genai of 2026-08-21.

pub(crate) mod facts;
pub(crate) mod path;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;

use autopack_core::{Count, StopReason, Usage};

use crate::json::{Fault, Scanner};

/// `usageMetadata`: thoughts are counted beside the candidates, and either may be missing. Output is
/// both together; where only one is there, the other was nothing.
fn usage(scanner: &mut Scanner<'_>) -> Result<Usage, Fault> {
    let (mut prompt, mut cached) = (None, None);
    let (mut candidates, mut thoughts): (Option<u64>, Option<u64>) = (None, None);
    scanner.object(|scanner, name| {
        match name {
            b"promptTokenCount" => prompt = scanner.count()?,
            b"cachedContentTokenCount" => cached = scanner.count()?,
            b"candidatesTokenCount" => candidates = scanner.count()?,
            b"thoughtsTokenCount" => thoughts = scanner.count()?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    let reported = candidates.is_some() || thoughts.is_some();
    let output = candidates
        .unwrap_or(0)
        .saturating_add(thoughts.unwrap_or(0));
    Ok(Usage {
        input: Count::from(prompt),
        cached: Count::from(cached),
        output: Count::from(reported.then_some(output)),
        reasoning: Count::from(thoughts),
    })
}

fn stop_reason(native: &str) -> StopReason {
    match native {
        "STOP" => StopReason::EndTurn,
        "MAX_TOKENS" => StopReason::MaxTokens,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" => {
            StopReason::Refusal
        }
        _ => StopReason::Unknown,
    }
}
