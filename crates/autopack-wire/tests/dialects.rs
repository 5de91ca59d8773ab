//! Each dialect on bodies shaped as its provider documents them: what is written, what is read.

use autopack_core::{CeilingParameter, Count, StopReason, Tokens};
use autopack_wire::{Dialect, Reply, Request, StreamReader, WireError};
use proptest::prelude::*;

use Dialect::{AnthropicMessages, GeminiGenerateContent, OpenAiChat};

fn written(dialect: Dialect, parameter: CeilingParameter, stream: bool) -> String {
    let request = Request {
        model: "a-model",
        system: "be brief",
        user: "say \"hi\"",
        ceiling: Tokens::new(4096),
        parameter,
        stream,
    };
    String::from_utf8(dialect.write(&request)).expect("JSON is UTF-8")
}

#[test]
fn the_ceiling_goes_under_its_right_name() {
    assert_eq!(
        written(AnthropicMessages, CeilingParameter::MaxTokens, false),
        r#"{"model":"a-model","max_tokens":4096,"system":"be brief","messages":[{"role":"user","content":"say \"hi\""}]}"#
    );
    assert_eq!(
        written(OpenAiChat, CeilingParameter::MaxCompletionTokens, true),
        r#"{"model":"a-model","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"say \"hi\""}],"max_completion_tokens":4096,"stream":true,"stream_options":{"include_usage":true}}"#
    );
    assert!(
        written(OpenAiChat, CeilingParameter::MaxTokens, false).contains(r#""max_tokens":4096"#)
    );
    assert_eq!(
        written(
            GeminiGenerateContent,
            CeilingParameter::MaxOutputTokens,
            false
        ),
        r#"{"systemInstruction":{"parts":[{"text":"be brief"}]},"contents":[{"role":"user","parts":[{"text":"say \"hi\""}]}],"generationConfig":{"maxOutputTokens":4096}}"#
    );
}

/// What a reply says, on one line.
fn told(reply: &Reply) -> String {
    let count = |count: Count| {
        count
            .reported()
            .map_or("?".to_owned(), |tokens| tokens.to_string())
    };
    format!(
        "{:?} in {} out {} reasoning {} stop {} ({})",
        reply.text,
        count(reply.usage.input),
        count(reply.usage.output),
        count(reply.usage.reasoning),
        reply.stop.reason.as_str(),
        reply.stop.native.as_deref().unwrap_or("-"),
    )
}

#[test]
fn whole_replies_are_read() {
    for (dialect, body, expected) in [
        (
            AnthropicMessages,
            r#"{"id":"msg_1","type":"message","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"hi "},{"type":"text","text":"there"}],"stop_reason":"end_turn","usage":{"input_tokens":10,"cache_read_input_tokens":90,"output_tokens":12,"output_tokens_details":{"thinking_tokens":5}}}"#,
            r#""hi there" in 100 out 12 reasoning 5 stop end_turn (end_turn)"#,
        ),
        (
            AnthropicMessages,
            r#"{"content":[],"stop_reason":"model_context_window_exceeded","usage":{"output_tokens":7}}"#,
            r#""" in ? out 7 reasoning ? stop context_window (model_context_window_exceeded)"#,
        ),
        (
            OpenAiChat,
            r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":8}}}"#,
            r#""hi" in 3 out 9 reasoning 8 stop max_tokens (length)"#,
        ),
        (
            OpenAiChat,
            r#"{"choices":[{"message":{"content":null},"finish_reason":"novel"}],"usage":null}"#,
            r#""" in ? out ? reasoning ? stop unknown (novel)"#,
        ),
        (
            OpenAiChat,
            r"{}",
            r#""" in ? out ? reasoning ? stop unknown (-)"#,
        ),
        (
            GeminiGenerateContent,
            r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"plan","thought":true},{"text":"hi"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":6,"thoughtsTokenCount":2}}"#,
            r#""hi" in 4 out 8 reasoning 2 stop end_turn (STOP)"#,
        ),
        (
            GeminiGenerateContent,
            r#"{"candidates":[{"finishReason":"MAX_TOKENS"}],"usageMetadata":{"thoughtsTokenCount":4096}}"#,
            r#""" in ? out 4096 reasoning 4096 stop max_tokens (MAX_TOKENS)"#,
        ),
        (
            GeminiGenerateContent,
            r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"candidatesTokenCount":-1}}"#,
            r#""" in ? out ? reasoning ? stop refusal (SAFETY)"#,
        ),
    ] {
        assert_eq!(
            told(&dialect.read(body.as_bytes()).expect(body)),
            expected,
            "{body}"
        );
    }
}

const ANTHROPIC_STREAM: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}}\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"h\u{e9}\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"no\"}}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"},\"usage\":{\"output_tokens\":64}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
const OPENAI_STREAM: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"h\u{e9}\"}},{\"index\":1,\"delta\":{\"content\":\"other\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":64}}\n\ndata: [DONE]\n\n";
const GEMINI_STREAM: &str = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"h\"}]}}],\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":1}}\r\n\r\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\u{e9}\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":60,\"thoughtsTokenCount\":4}}\r\n\r\n";

fn streamed(dialect: Dialect, pieces: &[&[u8]]) -> Result<Reply, WireError> {
    let mut reader = StreamReader::new(dialect);
    for piece in pieces {
        reader.push(piece)?;
    }
    reader.finish()
}

#[test]
fn streams_are_read_to_their_end() {
    for (dialect, stream, expected) in [
        (
            AnthropicMessages,
            ANTHROPIC_STREAM,
            "\"hé\" in 10 out 64 reasoning ? stop max_tokens (max_tokens)",
        ),
        (
            OpenAiChat,
            OPENAI_STREAM,
            "\"hé\" in 3 out 64 reasoning ? stop end_turn (stop)",
        ),
        (
            GeminiGenerateContent,
            GEMINI_STREAM,
            "\"hé\" in 3 out 64 reasoning 4 stop end_turn (STOP)",
        ),
    ] {
        let reply = streamed(dialect, &[stream.as_bytes()]).expect("a stream");
        assert_eq!(told(&reply), expected);
    }
}

#[test]
fn a_stream_that_breaks_off_has_reported_no_output() {
    let started = ANTHROPIC_STREAM
        .split("event: message_delta")
        .next()
        .expect("a start");
    let reply = streamed(AnthropicMessages, &[started.as_bytes()]).expect("whole events");
    assert_eq!(
        reply.usage.output,
        Count::Unreported,
        "the placeholder is no count"
    );
    assert_eq!(reply.stop.reason, StopReason::Unknown);
}

#[test]
fn an_error_inside_a_stream_is_told() {
    for (dialect, event) in [
        (
            AnthropicMessages,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
        ),
        (
            OpenAiChat,
            r#"{"error":{"code":"overloaded_error","message":"Overloaded"}}"#,
        ),
        (
            GeminiGenerateContent,
            r#"{"error":{"status":"overloaded_error","message":"Overloaded"}}"#,
        ),
    ] {
        let stream = format!("data: {event}\n\n");
        let error = streamed(dialect, &[stream.as_bytes()]).expect_err("an error event");
        assert_eq!(
            error.to_string(),
            "the stream ended with an error: overloaded_error: Overloaded"
        );
    }
}

#[test]
fn what_is_no_reply_is_an_error_without_its_text() {
    for dialect in [AnthropicMessages, OpenAiChat, GeminiGenerateContent] {
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

proptest! {
    #[test]
    fn streams_may_be_cut_anywhere(cuts in prop::collection::vec(0_usize..700, 0..30)) {
        for (dialect, stream) in [
            (AnthropicMessages, ANTHROPIC_STREAM), (OpenAiChat, OPENAI_STREAM),
            (GeminiGenerateContent, GEMINI_STREAM),
        ] {
            let bytes = stream.as_bytes();
            let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % bytes.len()).collect();
            ends.extend([0, bytes.len()]);
            ends.sort_unstable();
            let pieces: Vec<&[u8]> = ends.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(streamed(dialect, &pieces), streamed(dialect, &[bytes]));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        for dialect in [AnthropicMessages, OpenAiChat, GeminiGenerateContent] {
            let _ = dialect.read(&bytes);
            let _ = dialect.read_error(&bytes);
            let _ = streamed(dialect, &[&bytes]);
        }
    }
}
