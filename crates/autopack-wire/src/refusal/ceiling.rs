//! Refusals that are about the ceiling or the thinking budget, from the words of the message.

use autopack_core::Tokens;

use super::ErrorKind;
use super::phrase::{after, leading_number, number_after, number_before};

/// What the ceiling is called in messages.
const NAMES: [&str; 6] = [
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "maxoutputtokens",
    "maximum tokens",
    "max tokens",
];

/// What a thinking budget is called in messages.
const BUDGET_NAMES: [&str; 5] = [
    "budget_tokens",
    "thinking budget",
    "thinking_budget",
    "thinkingbudget",
    "reasoning budget",
];

/// What `text` says about the ceiling, if it does.
pub(super) fn read(text: &str) -> Option<ErrorKind> {
    let names = |names: &[&str]| names.iter().any(|name| text.contains(name));
    if text.contains("could not finish the message because max_tokens") {
        return Some(ErrorKind::OutputLimitReached);
    }
    if names(&BUDGET_NAMES) {
        return budget(text);
    }
    if let Some(kind) = window(text) {
        return Some(kind);
    }
    if !names(&NAMES) {
        return None;
    }
    range(text)
        .or_else(|| limit(text))
        .or_else(|| minimum(text))
}

/// `max_tokens` must be greater than `thinking.budget_tokens`; the budget N is out of a range. A
/// budget that is too small is none of ours.
fn budget(text: &str) -> Option<ErrorKind> {
    let above_ceiling = text.contains("must be greater than") && text.contains("max_tokens");
    let is_refused = [
        "is invalid",
        "out of range",
        "too high",
        "too large",
        "less than or equal",
    ]
    .iter()
    .any(|phrase| text.contains(phrase));
    let lowest = number_after(text, "between ").or_else(|| number_after(text, "from "));
    let asked = number_after(text, "budget (").or_else(|| number_after(text, "budget "));
    let is_too_small = asked == Some(Tokens::new(0))
        || matches!((asked, lowest), (Some(asked), Some(lowest)) if asked < lowest);
    (above_ceiling || is_refused && !is_too_small).then_some(ErrorKind::ThinkingBudgetTooHigh)
}

/// Prompt and ceiling together do not fit into the window: what the prompt leaves is the limit.
fn window(text: &str) -> Option<ErrorKind> {
    let left = |window: Tokens, prompt: Tokens| {
        let left = window
            .get()
            .checked_sub(prompt.get())
            .filter(|left| *left > 0);
        Some(
            left.map_or(ErrorKind::ContextTooLong, |left| ErrorKind::NoRoom {
                left: Tokens::new(left),
            }),
        )
    };
    // Anthropic: `… exceed context limit: 188240 + 21333 > 200000, …`.
    if let Some(sum) = after(text, "exceed context limit: ") {
        return left(number_after(sum, "> ")?, leading_number(sum)?);
    }
    let window = number_after(text, "maximum context length is ")?;
    // vLLM: `… and your request has 1000 input tokens …`.
    if let Some(prompt) = number_after(text, "your request has ") {
        return left(window, prompt);
    }
    // `… you requested 4203 tokens (3703 in the messages, 500 in the completion) …`.
    let requested = number_after(text, "you requested ")?;
    let completion = number_before(text, " in the completion")?;
    let prompt = requested.get().checked_sub(completion.get())?;
    left(window, Tokens::new(prompt))
}

/// Gemini: `… value of 65536 but the supported range is from 1 (inclusive) to 65536 (exclusive)`;
/// DeepSeek: `… the valid range of max_tokens is [1, 8192]`.
fn range(text: &str) -> Option<ErrorKind> {
    let (lowest, highest) = if let Some(range) = after(text, "supported range is from ") {
        let highest = number_after(range, " to ")?;
        let is_exclusive = after(range, " to ")?.contains("exclusive");
        let beyond = u64::from(is_exclusive);
        (leading_number(range)?, highest.get().saturating_sub(beyond))
    } else {
        let range = after(text, "valid range of max_tokens is ")?;
        (leading_number(range)?, number_after(range, ",")?.get())
    };
    let asked = number_after(text, "value of ");
    if asked.is_some_and(|asked| asked < lowest) || text.contains("value of -") {
        return Some(ErrorKind::CeilingTooLow {
            minimum: Some(lowest),
        });
    }
    Some(ErrorKind::CeilingTooHigh {
        limit: Some(Tokens::new(highest)),
    })
}

/// The phrases that a limit follows, most telling first.
const LIMIT_FOLLOWS: [&str; 9] = [
    "supports at most ",
    "expected a value <= ",
    "less than or equal to ",
    "less or equal to ",
    "the model limit of ",
    "cannot exceed ",
    "must not exceed ",
    "at most ",
    "<= ",
];

fn limit(text: &str) -> Option<ErrorKind> {
    // Anthropic: `max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens`.
    let limit = number_before(text, ", which is the maximum allowed").or_else(|| {
        LIMIT_FOLLOWS
            .iter()
            .find_map(|phrase| number_after(text, phrase))
    });
    let is_told = limit.is_some() || text.contains("too large") || text.contains("too high");
    is_told.then_some(ErrorKind::CeilingTooHigh { limit })
}

/// The phrases that a minimum follows.
const MINIMUM_FOLLOWS: [&str; 4] = [
    "expected a value >= ",
    "greater than or equal to ",
    "at least ",
    ">= ",
];

fn minimum(text: &str) -> Option<ErrorKind> {
    let minimum = MINIMUM_FOLLOWS
        .iter()
        .find_map(|phrase| number_after(text, phrase))
        .or_else(|| text.contains("must be positive").then_some(Tokens::new(1)))
        .or_else(|| Some(number_after(text, "must be greater than ")?.plus(Tokens::new(1))));
    let is_missing = text.contains("required") || text.contains("missing");
    match minimum {
        Some(_) => Some(ErrorKind::CeilingTooLow { minimum }),
        None if is_missing => Some(ErrorKind::MissingCeiling),
        None => None,
    }
}
