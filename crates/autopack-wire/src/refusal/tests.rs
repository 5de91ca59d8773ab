//! The providers' texts, and what each comes to.

use super::*;
use Dialect::{AnthropicMessages, GeminiGenerateContent, OpenAiChat, OpenAiResponses};

/// What an error comes to, in words.
fn told(dialect: Dialect, body: &str) -> String {
    let said = |tokens: Option<Tokens>| tokens.map_or("nothing said".to_owned(), |n| n.to_string());
    match dialect.read_error(body.as_bytes()).kind {
        ErrorKind::NoRoom { left } => format!("no room, left {left}"),
        ErrorKind::CeilingTooHigh { limit } => format!("ceiling too high, limit {}", said(limit)),
        ErrorKind::CeilingTooLow { minimum } => {
            format!("ceiling too low, minimum {}", said(minimum))
        }
        ErrorKind::CreditTooLow { affordable } => {
            format!("credit too low, affords {}", said(affordable))
        }
        ErrorKind::WrongParameter { parameter, instead } => {
            let instead = instead.map_or("nothing", CeilingParameter::as_str);
            format!("wrong parameter {parameter}, instead {instead}")
        }
        ErrorKind::MissingCeiling => "missing ceiling".to_owned(),
        ErrorKind::ThinkingBudgetTooHigh => "thinking budget too high".to_owned(),
        ErrorKind::OutputLimitReached => "output limit reached".to_owned(),
        ErrorKind::ContextTooLong => "context too long".to_owned(),
        ErrorKind::RateLimited => "rate limited".to_owned(),
        ErrorKind::Overloaded => "overloaded".to_owned(),
        ErrorKind::Unauthorized => "unauthorized".to_owned(),
        ErrorKind::UnknownModel => "unknown model".to_owned(),
        ErrorKind::Other => "other".to_owned(),
    }
}

const ANTHROPIC: &[(&str, &str, &str)] = &[
    (
        "invalid_request_error",
        "max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens for claude-sonnet-4-5-20250929",
        "ceiling too high, limit 64000",
    ),
    (
        "invalid_request_error",
        "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again",
        "no room, left 11760",
    ),
    (
        "invalid_request_error",
        "input length and `max_tokens` exceed context limit: 200100 + 21333 > 200000, decrease input length or `max_tokens` and try again",
        "context too long",
    ),
    (
        "invalid_request_error",
        "prompt is too long: 208310 tokens > 200000 maximum",
        "context too long",
    ),
    (
        "invalid_request_error",
        "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size",
        "thinking budget too high",
    ),
    (
        "invalid_request_error",
        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        "other",
    ),
    (
        "invalid_request_error",
        "max_tokens: Field required",
        "missing ceiling",
    ),
    (
        "invalid_request_error",
        "max_tokens: Input should be greater than or equal to 1",
        "ceiling too low, minimum 1",
    ),
    (
        "invalid_request_error",
        "max_completion_tokens: Extra inputs are not permitted",
        "wrong parameter max_completion_tokens, instead max_tokens",
    ),
    (
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
        "credit too low, affords nothing said",
    ),
    ("invalid_request_error", "messages: Field required", "other"),
    ("authentication_error", "invalid x-api-key", "unauthorized"),
    (
        "authentication_error",
        "x-api-key header is required",
        "unauthorized",
    ),
    ("permission_error", "no", "unauthorized"),
    ("not_found_error", "model: claude-9", "unknown model"),
    ("not_found_error", "Not found", "other"),
    (
        "rate_limit_error",
        "This request would exceed your organization's rate limit of 8,000 output tokens per minute. Please reduce the prompt length or the maximum tokens requested, or try again later.",
        "rate limited",
    ),
    ("overloaded_error", "Overloaded", "overloaded"),
    ("api_error", "Internal server error", "other"),
];

const OPENAI: &[(Option<&str>, Option<&str>, &str, &str)] = &[
    (
        Some("invalid_value"),
        Some("max_tokens"),
        "max_tokens is too large: 100000. This model supports at most 16384 completion tokens, whereas you provided 100000.",
        "ceiling too high, limit 16384",
    ),
    (
        Some("integer_above_max_value"),
        Some("max_tokens"),
        "Invalid 'max_tokens': integer above maximum value. Expected a value <= 4096, but got 5000 instead.",
        "ceiling too high, limit 4096",
    ),
    (
        Some("integer_below_min_value"),
        Some("max_output_tokens"),
        "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 1 instead.",
        "ceiling too low, minimum 16",
    ),
    (
        Some("unsupported_parameter"),
        Some("max_tokens"),
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        "wrong parameter max_tokens, instead max_completion_tokens",
    ),
    (
        Some("invalid_parameter_combination"),
        Some("max_tokens"),
        "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
        "wrong parameter max_tokens, instead max_completion_tokens",
    ),
    (
        None,
        None,
        "Unrecognized request argument supplied: max_completion_tokens",
        "wrong parameter max_completion_tokens, instead max_tokens",
    ),
    (
        Some("unsupported_parameter"),
        Some("temperature"),
        "Unsupported parameter: 'temperature' is not supported with this model.",
        "wrong parameter temperature, instead nothing",
    ),
    (
        None,
        None,
        "Could not finish the message because max_tokens or model output limit was reached. Please try again with higher max_tokens.",
        "output limit reached",
    ),
    (
        Some("context_length_exceeded"),
        Some("messages"),
        "This model's maximum context length is 8192 tokens. However, you requested 10000 tokens (2000 in the messages, 8000 in the completion). Please reduce the length of the messages or completion.",
        "no room, left 6192",
    ),
    (
        Some("context_length_exceeded"),
        Some("messages"),
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 204308 tokens. Please reduce the length of the messages.",
        "context too long",
    ),
    (
        Some("rate_limit_exceeded"),
        None,
        "Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Used 29000, Requested 4000. Please try again in 6s.",
        "rate limited",
    ),
    (
        Some("insufficient_quota"),
        None,
        "You exceeded your current quota, please check your plan and billing details.",
        "credit too low, affords nothing said",
    ),
    (
        Some("invalid_api_key"),
        None,
        "Incorrect API key provided: invalid.",
        "unauthorized",
    ),
    (
        None,
        None,
        "You didn't provide an API key. You need to provide your API key in an Authorization header",
        "unauthorized",
    ),
    (
        Some("model_not_found"),
        None,
        "The model `gpt-9` does not exist or you do not have access to it.",
        "unknown model",
    ),
    (
        None,
        None,
        "That model is currently overloaded with other requests.",
        "overloaded",
    ),
    (
        Some("invalid_type"),
        Some("max_tokens"),
        "Invalid type for 'max_tokens': expected an integer, but got a string instead.",
        "other",
    ),
];

const GEMINI: &[(&str, &str, &str)] = &[
    (
        "INVALID_ARGUMENT",
        "Unable to submit request because it has a maxOutputTokens value of 65536 but the supported range is from 1 (inclusive) to 65536 (exclusive). Update the value and try again.",
        "ceiling too high, limit 65535",
    ),
    (
        "INVALID_ARGUMENT",
        "Unable to submit request because it has a maxOutputTokens value of 0 but the supported range is from 1 (inclusive) to 65537 (exclusive). Update the value and try again.",
        "ceiling too low, minimum 1",
    ),
    (
        "INVALID_ARGUMENT",
        "Unable to submit request because it has a maxOutputTokens value of -5 but the supported range is from 1 (inclusive) to 8193 (exclusive). Update the value and try again.",
        "ceiling too low, minimum 1",
    ),
    (
        "INVALID_ARGUMENT",
        "max_output_tokens must be positive.",
        "ceiling too low, minimum 1",
    ),
    (
        "INVALID_ARGUMENT",
        "Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32), \"x\"",
        "other",
    ),
    (
        "INVALID_ARGUMENT",
        "Invalid JSON payload received. Unknown name \"max_tokens\" at 'generation_config': Cannot find field.",
        "wrong parameter max_tokens, instead generationConfig.maxOutputTokens",
    ),
    (
        "INVALID_ARGUMENT",
        "The thinking budget (52428) is invalid.",
        "thinking budget too high",
    ),
    (
        "INVALID_ARGUMENT",
        "The thinking budget 50000 is invalid. Please choose a value between 512 and 24576.",
        "thinking budget too high",
    ),
    (
        "INVALID_ARGUMENT",
        "thinking_budget is out of range; supported values are integers from 1 to 24576.",
        "thinking budget too high",
    ),
    (
        "INVALID_ARGUMENT",
        "The thinking budget 100 is invalid. Please choose a value between 512 and 24576.",
        "other",
    ),
    (
        "INVALID_ARGUMENT",
        "Budget 0 is invalid. This model only works in thinking mode.",
        "other",
    ),
    (
        "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        "context too long",
    ),
    (
        "INVALID_ARGUMENT",
        "API key not valid. Please pass a valid API key.",
        "unauthorized",
    ),
    (
        "PERMISSION_DENIED",
        "Method doesn't allow unregistered callers",
        "unauthorized",
    ),
    (
        "NOT_FOUND",
        "models/gemini-9 is not found for API version v1beta, or is not supported for generateContent.",
        "unknown model",
    ),
    (
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
        "rate limited",
    ),
    (
        "UNAVAILABLE",
        "The model is overloaded. Please try again later.",
        "overloaded",
    ),
    ("INTERNAL", "An internal error has occurred.", "other"),
];

const OTHERS: &[(&str, &str)] = &[
    (
        r#"{"error":{"message":"This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 10114. To increase, visit https://openrouter.ai/settings/credits","code":402,"metadata":{"provider_name":null}},"user_id":"user_1"}"#,
        "credit too low, affords 10114",
    ),
    (
        r#"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"max_tokens: 21333 > 4096, which is the maximum allowed number of output tokens for claude-3-opus\"}}"}}}"#,
        "ceiling too high, limit 4096",
    ),
    (
        r#"{"object":"error","message":"'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 16384 tokens and your request has 1000 input tokens (32000 > 16384 - 1000).","type":"BadRequestError","param":null,"code":400}"#,
        "no room, left 15384",
    ),
    (
        r#"{"object":"error","message":"max_tokens must be at least 1, got 0.","type":"BadRequestError","code":400}"#,
        "ceiling too low, minimum 1",
    ),
    (
        r#"{"error":{"message":"`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model","type":"invalid_request_error"}}"#,
        "ceiling too high, limit 8192",
    ),
    (
        r#"{"error":{"message":"Invalid max_tokens value, the valid range of max_tokens is [1, 8192]","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}"#,
        "ceiling too high, limit 8192",
    ),
    (
        r#"{"__type":"ValidationException","message":"The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096."}"#,
        "ceiling too high, limit 4096",
    ),
    (
        r#"{"__type":"ThrottlingException","message":"Too many tokens"}"#,
        "rate limited",
    ),
    (
        r#"{"detail":"Unsupported parameter: max_output_tokens"}"#,
        "wrong parameter max_output_tokens, instead max_completion_tokens",
    ),
    (r#"{"error":"model 'llama9' not found"}"#, "unknown model"),
    (
        r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#,
        "unknown model",
    ),
    (
        r#"{"error":{"code":"429","message":"Requests have exceeded call rate limit. Please retry after 6 seconds."}}"#,
        "rate limited",
    ),
    ("<html>bad gateway</html>", "other"),
    (r#"{"error": null}"#, "other"),
    ("", "other"),
];

#[test]
fn anthropic() {
    let body = |kind: &str, message: &str| {
        serde_json::json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"})
            .to_string()
    };
    for (kind, message, expected) in ANTHROPIC {
        assert_eq!(
            told(AnthropicMessages, &body(kind, message)),
            *expected,
            "{message}"
        );
    }
}

#[test]
fn openai() {
    let body = |code: Option<&str>, param: Option<&str>, message: &str| {
        serde_json::json!({"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}})
            .to_string()
    };
    for &(code, param, message, expected) in OPENAI {
        assert_eq!(
            told(OpenAiChat, &body(code, param, message)),
            expected,
            "{message}"
        );
    }
    let moved = "Unsupported parameter: 'max_tokens'. In the Responses API, this parameter has moved to 'max_output_tokens'.";
    let unknown = "Unknown parameter: 'max_tokens'.";
    for (param, message) in [(None, moved), (Some("max_tokens"), unknown)] {
        assert_eq!(
            told(OpenAiResponses, &body(None, param, message)),
            "wrong parameter max_tokens, instead max_output_tokens"
        );
    }
}

#[test]
fn gemini() {
    let body = |status: &str, message: &str| {
        serde_json::json!({"error": {"code": 400, "message": message, "status": status}})
            .to_string()
    };
    for (status, message, expected) in GEMINI {
        assert_eq!(
            told(GeminiGenerateContent, &body(status, message)),
            *expected,
            "{message}"
        );
    }
}

#[test]
fn servers_like_them() {
    for (body, expected) in OTHERS {
        assert_eq!(told(OpenAiChat, body), *expected, "{body}");
    }
}

#[test]
fn waiting_times_are_read() {
    for (body, ms) in [
        (
            r#"{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure"},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}"#,
            Some(34_500),
        ),
        (
            r#"[{"error":{"code":429,"message":"x","details":[{"retryDelay":"7s"}]}}]"#,
            Some(7000),
        ),
        (
            r#"{"error":{"message":"Please try again in 1m26.4s. Visit https://x"}}"#,
            Some(86_400),
        ),
        (
            r#"{"error":{"message":"Please try again in 20ms."}}"#,
            Some(20),
        ),
        (
            r#"{"error":{"message":"Please retry after 6 seconds."}}"#,
            Some(6000),
        ),
        (
            r#"{"error":{"message":"Please try again in a while."}}"#,
            None,
        ),
    ] {
        let read = OpenAiChat.read_error(body.as_bytes());
        assert_eq!(read.retry_after, ms.map(Duration::from_millis), "{body}");
    }
}

#[test]
fn the_providers_own_words_are_kept() {
    for (body, expected) in [
        (
            r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
            "authentication_error: invalid x-api-key",
        ),
        (
            r#"{"error":{"message":"Unsupported parameter","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#,
            "unsupported_parameter: Unsupported parameter",
        ),
        (
            r#"{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}"#,
            "INVALID_ARGUMENT: API key not valid.",
        ),
        (r#"{"error":{"code":402,"message":"no"}}"#, "402: no"),
        (r#"{"type":"error","code":null,"message":"no"}"#, "no"),
        ("<html>bad gateway</html>", "no reason given"),
        (r#"{"error": null}"#, "no reason given"),
    ] {
        assert_eq!(
            OpenAiChat.read_error(body.as_bytes()).to_string(),
            expected,
            "{body}"
        );
    }
    let long = format!(r#"{{"error":{{"message":"{}"}}}}"#, "é".repeat(10_000));
    let message = OpenAiChat
        .read_error(long.as_bytes())
        .message
        .expect("a message");
    assert_eq!(message.chars().count(), MAX_MESSAGE_CHARS);
}

#[test]
fn one_error_is_a_truncation() {
    let body = br#"{"error":{"message":"Could not finish the message because max_tokens or model output limit was reached."}}"#;
    let truncation = OpenAiChat.read_error(body).truncation();
    assert_eq!(truncation, Some(Truncation::EmptyByReasoning));
    assert_eq!(ErrorReply::default().truncation(), None);
}
