//! Whole replies and errors that are read.

use autopack_wire::Dialect::{
    self, AnthropicMessages, GeminiGenerateContent, OpenAiChat, OpenAiResponses,
};

use crate::{ALL, told};

const WHOLE_REPLIES: &[(Dialect, &str, &str)] = &[
    (
        AnthropicMessages,
        r#"{"id":"msg_1","type":"message","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"hi "},{"type":"text","text":"there"}],"stop_reason":"end_turn","usage":{"input_tokens":10,"cache_read_input_tokens":90,"output_tokens":12,"output_tokens_details":{"thinking_tokens":5}}}"#,
        r#""hi there" in 100 cached 90 out 12 reasoning 5 stop end_turn (end_turn)"#,
    ),
    (
        AnthropicMessages,
        r#"{"content":[],"stop_reason":"model_context_window_exceeded","usage":{"output_tokens":7}}"#,
        r#""" in ? cached ? out 7 reasoning ? stop context_window (model_context_window_exceeded)"#,
    ),
    (
        OpenAiChat,
        r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"prompt_tokens_details":{"cached_tokens":2},"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":8}}}"#,
        r#""hi" in 3 cached 2 out 9 reasoning 8 stop max_tokens (length)"#,
    ),
    (
        OpenAiChat,
        r#"{"choices":[{"message":{"content":null},"finish_reason":"novel"}],"usage":null}"#,
        r#""" in ? cached ? out ? reasoning ? stop unknown (novel)"#,
    ),
    (
        OpenAiChat,
        r"{}",
        r#""" in ? cached ? out ? reasoning ? stop unknown (-)"#,
    ),
    (
        OpenAiChat,
        r#"{"choices":[{"finish_reason":"stop","message":{"content":[{"type":"text","text":"h"},{"type":"text","text":"\u00e9"}]},"index":0},{"index":1,"message":{"content":"no"}}]}"#,
        r#""hé" in ? cached ? out ? reasoning ? stop end_turn (stop)"#,
    ),
    (
        OpenAiResponses,
        r#"{"id":"resp_1","status":"completed","error":null,"incomplete_details":null,"output":[{"type":"reasoning","content":[{"type":"reasoning_text","text":"hm"}]},{"type":"message","content":[{"type":"output_text","text":"hi ","annotations":[]},{"type":"output_text","text":"there"}]}],"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":8},"output_tokens":12,"output_tokens_details":{"reasoning_tokens":5}}}"#,
        r#""hi there" in 10 cached 8 out 12 reasoning 5 stop end_turn (completed)"#,
    ),
    (
        OpenAiResponses,
        r#"{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[],"usage":{"output_tokens":16}}"#,
        r#""" in ? cached ? out 16 reasoning ? stop max_tokens (max_output_tokens)"#,
    ),
    (
        OpenAiResponses,
        r#"{"incomplete_details":{"reason":"content_filter"},"status":"incomplete"}"#,
        r#""" in ? cached ? out ? reasoning ? stop refusal (content_filter)"#,
    ),
    (
        OpenAiResponses,
        r#"{"output":[{"type":"function_call","name":"f","arguments":"{}"}],"status":"completed"}"#,
        r#""" in ? cached ? out ? reasoning ? stop tool_use (completed)"#,
    ),
    (
        OpenAiResponses,
        r#"{"status":"queued","usage":null}"#,
        r#""" in ? cached ? out ? reasoning ? stop unknown (queued)"#,
    ),
    (
        GeminiGenerateContent,
        r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"plan","thought":true},{"text":"hi"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":4,"cachedContentTokenCount":3,"candidatesTokenCount":6,"thoughtsTokenCount":2}}"#,
        r#""hi" in 4 cached 3 out 8 reasoning 2 stop end_turn (STOP)"#,
    ),
    (
        GeminiGenerateContent,
        r#"{"candidates":[{"finishReason":"MAX_TOKENS"}],"usageMetadata":{"thoughtsTokenCount":4096}}"#,
        r#""" in ? cached ? out 4096 reasoning 4096 stop max_tokens (MAX_TOKENS)"#,
    ),
    (
        GeminiGenerateContent,
        r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"candidatesTokenCount":-1}}"#,
        r#""" in ? cached ? out ? reasoning ? stop refusal (SAFETY)"#,
    ),
];

#[test]
fn whole_replies_are_read() {
    for (dialect, body, expected) in WHOLE_REPLIES {
        assert_eq!(
            told(&dialect.read(body.as_bytes()).expect(body)),
            *expected,
            "{body}"
        );
    }
}

#[test]
fn an_error_in_place_of_a_reply_is_told() {
    for (dialect, body) in [
        (
            AnthropicMessages,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
        ),
        (
            OpenAiChat,
            r#"{"error":{"code":"overloaded_error","message":"Overloaded"}}"#,
        ),
        (
            OpenAiResponses,
            r#"{"status":"failed","error":{"code":"overloaded_error","message":"Overloaded"},"output":[]}"#,
        ),
        (
            GeminiGenerateContent,
            r#"{"error":{"status":"overloaded_error","message":"Overloaded"}}"#,
        ),
    ] {
        let error = dialect.read(body.as_bytes()).expect_err("an error");
        assert_eq!(
            error.to_string(),
            "the provider sent an error instead of a reply: overloaded_error: Overloaded"
        );
    }
}

#[test]
fn what_is_no_reply_is_an_error_without_its_text() {
    for dialect in ALL {
        for body in ["secret", "{\"usage\": 3", "[\"secret\"]", ""] {
            let error = dialect.read(body.as_bytes()).expect_err(body).to_string();
            assert!(
                error.starts_with("reply is not readable at line"),
                "{error}"
            );
            assert!(!error.contains("secret"), "{error}");
        }
    }
}

#[test]
fn half_a_character_in_an_error_is_read_and_not_a_panic() {
    // Found by fuzzing: a lone surrogate in front of a number.
    let body = include_bytes!("../../../../fuzz/seeds/wire_error/half-character.json");
    for dialect in [AnthropicMessages, OpenAiChat, GeminiGenerateContent] {
        let refusal = dialect.read_error(body);
        assert!(refusal.to_string().len() < 1000, "{refusal}");
    }
}
