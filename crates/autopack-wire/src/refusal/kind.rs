//! What an error reply comes to: first what its message names, then its word.

use autopack_core::CeilingParameter;

use super::body::Body;
use super::phrase::{name_after, number_after};
use super::{ErrorKind, ceiling};
use crate::dialect::Dialect;

pub(super) fn of(dialect: Dialect, body: &Body) -> ErrorKind {
    parameter(dialect, body)
        .or_else(|| credit(body))
        .or_else(|| by_word(body))
        .or_else(|| ceiling::read(&body.text))
        .or_else(|| by_text(body))
        .unwrap_or_default()
}

/// What a name that should not have been there follows.
const WRONG_NAME_FOLLOWS: [&str; 6] = [
    "unsupported parameter: ",
    "unsupported parameter(s): ",
    "unknown parameter: ",
    "unrecognized request argument supplied: ",
    "unknown name ",
    "setting ",
];

fn parameter(dialect: Dialect, body: &Body) -> Option<ErrorKind> {
    let text = &body.text;
    let is_both = text.contains("at the same time");
    let is_wrong = is_both || has_word(body, &["unsupported_parameter", "unknown_parameter"]);
    let in_text = WRONG_NAME_FOLLOWS[..5]
        .iter()
        .any(|phrase| text.contains(phrase));
    // Anthropic's parser: `max_completion_tokens: Extra inputs are not permitted`.
    let extra = text
        .split_once(": extra inputs are not permitted")
        .and_then(|(before, _)| before.split_whitespace().last());
    if !is_wrong && !in_text && extra.is_none() {
        return None;
    }
    let said = || extra.or_else(|| name_after(text, &WRONG_NAME_FOLLOWS));
    let parameter = body.parameter.as_deref().or_else(said)?.to_owned();
    let named = name_after(text, &["use '", "moved to '", "use `"]).and_then(ceiling_of);
    let instead = named.or_else(|| {
        // The dialect's own name, unless it is the one that was refused.
        let wrong = ceiling_of(&parameter)?;
        let own = match wrong {
            CeilingParameter::MaxCompletionTokens => CeilingParameter::MaxTokens,
            _ => CeilingParameter::MaxCompletionTokens,
        };
        Some(dialect.own_ceiling(own)).filter(|own| *own != wrong)
    });
    Some(ErrorKind::WrongParameter { parameter, instead })
}

fn ceiling_of(name: &str) -> Option<CeilingParameter> {
    match name.rsplit('.').next()? {
        "max_tokens" => Some(CeilingParameter::MaxTokens),
        "max_completion_tokens" => Some(CeilingParameter::MaxCompletionTokens),
        "max_output_tokens" => Some(CeilingParameter::ResponsesMaxOutputTokens),
        "maxoutputtokens" => Some(CeilingParameter::MaxOutputTokens),
        _ => None,
    }
}

fn credit(body: &Body) -> Option<ErrorKind> {
    let affordable = number_after(&body.text, "can only afford ");
    let is_told = affordable.is_some()
        || has_word(body, &["insufficient_quota", "billing_error", "402"])
        || body.text.contains("credit balance is too low")
        || body.text.contains("insufficient balance");
    is_told.then_some(ErrorKind::CreditTooLow { affordable })
}

fn by_word(body: &Body) -> Option<ErrorKind> {
    let words = [&body.word, &body.second_word];
    words.into_iter().flatten().find_map(|word| match &**word {
        "rate_limit_error"
        | "rate_limit_exceeded"
        | "RESOURCE_EXHAUSTED"
        | "429"
        | "too_many_requests"
        | "ThrottlingException" => Some(ErrorKind::RateLimited),
        "overloaded_error"
        | "UNAVAILABLE"
        | "503"
        | "529"
        | "slow_down"
        | "server_overloaded"
        | "engine_overloaded"
        | "ServiceUnavailableException"
        | "ModelNotReadyException" => Some(ErrorKind::Overloaded),
        "authentication_error"
        | "permission_error"
        | "invalid_api_key"
        | "API_KEY_INVALID"
        | "UNAUTHENTICATED"
        | "PERMISSION_DENIED"
        | "401"
        | "403"
        | "AccessDeniedException" => Some(ErrorKind::Unauthorized),
        "model_not_found" | "DeploymentNotFound" => Some(ErrorKind::UnknownModel),
        "not_found_error" | "NOT_FOUND" | "404" | "ResourceNotFoundException"
            if body.text.contains("model") =>
        {
            Some(ErrorKind::UnknownModel)
        }
        _ => None,
    })
}

/// What a message says by itself.
fn by_text(body: &Body) -> Option<ErrorKind> {
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| body.text.contains(phrase));
    let context = [
        "prompt is too long",
        "exceeds the maximum number of tokens allowed",
        "maximum context length",
        "exceed context limit",
        "exceeds the context window",
        "input is too long",
    ];
    let key = [
        "api key not valid",
        "incorrect api key",
        "didn't provide an api key",
        "invalid api key",
        "invalid x-api-key",
    ];
    if has(&context) || has_word(body, &["context_length_exceeded"]) {
        Some(ErrorKind::ContextTooLong)
    } else if has(&key) {
        Some(ErrorKind::Unauthorized)
    } else if has(&["overloaded"]) {
        Some(ErrorKind::Overloaded)
    } else if has(&["rate limit", "too many requests"]) {
        Some(ErrorKind::RateLimited)
    } else if has(&["model"]) && has(&["does not exist", "not found"]) {
        Some(ErrorKind::UnknownModel)
    } else {
        None
    }
}

fn has_word(body: &Body, words: &[&str]) -> bool {
    [&body.word, &body.second_word]
        .into_iter()
        .flatten()
        .any(|word| words.contains(&word.as_str()))
}
