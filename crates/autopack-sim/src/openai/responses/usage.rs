//! What a response says of the tokens it took (schema `ResponseUsage`).

use autopack_core::Tokens;
use serde::Serialize;

use crate::answer::Answer;

/// Tokens used. Reasoning is part of the output tokens.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Usage {
    input_tokens: Tokens,
    input_tokens_details: InputDetails,
    output_tokens: Tokens,
    output_tokens_details: OutputDetails,
    total_tokens: Tokens,
}

#[derive(Clone, Copy, Serialize)]
struct InputDetails {
    cached_tokens: Tokens,
    cache_write_tokens: Tokens,
}

#[derive(Clone, Copy, Serialize)]
struct OutputDetails {
    reasoning_tokens: Tokens,
}

impl Usage {
    pub(super) fn of(input: Tokens, answer: Answer) -> Self {
        Self {
            input_tokens: input,
            input_tokens_details: InputDetails {
                cached_tokens: Tokens::new(0),
                cache_write_tokens: Tokens::new(0),
            },
            output_tokens: answer.output(),
            output_tokens_details: OutputDetails {
                reasoning_tokens: answer.reasoning,
            },
            total_tokens: input.plus(answer.output()),
        }
    }
}
