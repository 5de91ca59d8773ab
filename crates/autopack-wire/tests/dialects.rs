//! Each dialect on bodies shaped as its provider documents them: what is written, what is read.

use autopack_core::{CeilingParameter, Count, Effort, StopReason, ThinkingSetting, Tokens};
use autopack_wire::{
    Dialect, MAX_TOOL_CALLS, Reply, Request, StreamReader, ThinkingMode, WireError,
};
use proptest::prelude::*;

use Dialect::{AnthropicMessages, GeminiGenerateContent, OpenAiChat, OpenAiResponses};

const ALL: [Dialect; 4] = [
    AnthropicMessages,
    OpenAiChat,
    OpenAiResponses,
    GeminiGenerateContent,
];

const REQUEST: Request<'_> = Request {
    model: "a-model",
    system: "be brief",
    user: "say \"hi\"",
    ceiling: Tokens::new(4096),
    parameter: CeilingParameter::MaxTokens,
    thinking: None,
    stream: false,
};

fn written(dialect: Dialect, parameter: CeilingParameter, stream: bool) -> String {
    let request = Request {
        parameter,
        stream,
        ..REQUEST
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

#[test]
fn a_responses_request_is_written() {
    let parameter = CeilingParameter::ResponsesMaxOutputTokens;
    assert_eq!(
        written(OpenAiResponses, parameter, true),
        r#"{"model":"a-model","instructions":"be brief","input":"say \"hi\"","max_output_tokens":4096,"stream":true}"#
    );
}

#[test]
fn thinking_is_written_as_each_dialect_wants_it() {
    for dialect in ALL {
        let body_with = |thinking| {
            dialect.write(&Request {
                thinking: Some(thinking),
                ..REQUEST
            })
        };
        let body = body_with(ThinkingSetting::Budget(Tokens::new(2048)));
        let facts = dialect.read_request(&body).expect("facts");
        let budget = ThinkingMode::On(Some(Tokens::new(2048)));
        assert_eq!(facts.thinking.mode, budget, "{dialect:?}");
        let body = body_with(ThinkingSetting::Effort(Effort::High));
        let facts = dialect.read_request(&body).expect("facts");
        assert_eq!(
            facts.thinking.effort.as_deref(),
            Some("high"),
            "{dialect:?}"
        );
    }
}

#[test]
fn what_is_written_is_read_back() {
    for dialect in ALL {
        let body = written(dialect, CeilingParameter::MaxTokens, true);
        let facts = dialect.read_request(body.as_bytes()).expect("facts");
        assert_eq!(
            facts.ceiling.given(),
            Some(Tokens::new(4096)),
            "{dialect:?}"
        );
        assert_eq!(facts.sizes.text_bytes, "be briefsay \"hi\"".len());
    }
}

/// What a reply says, on one line.
fn told(reply: &Reply) -> String {
    let count = |count: Count| {
        count
            .reported()
            .map_or("?".to_owned(), |tokens| tokens.to_string())
    };
    format!(
        "{:?} in {} cached {} out {} reasoning {} stop {} ({})",
        reply.text,
        count(reply.usage.input),
        count(reply.usage.cached),
        count(reply.usage.output),
        count(reply.usage.reasoning),
        reply.stop.reason.as_str(),
        reply.stop.native.as_deref().unwrap_or("-"),
    )
}

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

const ANTHROPIC_STREAM: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}}\n\nevent: ping\ndata: {\"type\":\"ping\"}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"h\u{e9}\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"no\"}}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"},\"usage\":{\"output_tokens\":64}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
const OPENAI_STREAM: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"h\u{e9}\"}},{\"index\":1,\"delta\":{\"content\":\"other\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":64}}\n\ndata: [DONE]\n\n";
const GEMINI_STREAM: &str = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"h\"}]}}],\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":1}}\r\n\r\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\u{e9}\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":60,\"thoughtsTokenCount\":4}}\r\n\r\n";

const RESPONSES_STREAM: &str = "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"status\":\"in_progress\",\"usage\":null}}\n\nevent: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"h\"}\n\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"\u{e9}\"}\n\ndata: {\"type\":\"response.output_text.done\",\"text\":\"h\u{e9}\"}\n\ndata: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"error\":null,\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"h\u{e9}\"}]}],\"usage\":{\"input_tokens\":3,\"output_tokens\":64}}}\n\n";

const STREAMS: [(Dialect, &str); 4] = [
    (AnthropicMessages, ANTHROPIC_STREAM),
    (OpenAiChat, OPENAI_STREAM),
    (OpenAiResponses, RESPONSES_STREAM),
    (GeminiGenerateContent, GEMINI_STREAM),
];

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
            "\"hé\" in 10 cached ? out 64 reasoning ? stop max_tokens (max_tokens)",
        ),
        (
            OpenAiChat,
            OPENAI_STREAM,
            "\"hé\" in 3 cached ? out 64 reasoning ? stop end_turn (stop)",
        ),
        (
            OpenAiResponses,
            RESPONSES_STREAM,
            "\"hé\" in 3 cached ? out 64 reasoning ? stop end_turn (completed)",
        ),
        (
            GeminiGenerateContent,
            GEMINI_STREAM,
            "\"hé\" in 3 cached ? out 64 reasoning 4 stop end_turn (STOP)",
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
            OpenAiResponses,
            r#"{"type":"error","code":"overloaded_error","message":"Overloaded","param":null}"#,
        ),
        (
            OpenAiResponses,
            r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"overloaded_error","message":"Overloaded"}}}"#,
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

/// The calls of a reply, on one line.
fn called(reply: &Reply) -> String {
    let calls = reply.tool_calls.iter();
    let calls: Vec<_> = calls
        .map(|call| format!("{}({})", call.name, call.arguments))
        .collect();
    calls.join(" ")
}

#[test]
fn calls_of_tools_are_read_whole_and_streamed() {
    let anthropic = "data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":\"}}\n\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"1}\"}}\n\n";
    let chat = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"t\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]}}]}\n\ndata: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\":\"}}]}}]}\n\ndata: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]}}]}\n\n";
    let responses = "data: {\"type\":\"response.output_item.added\",\"output_index\":1,\"item\":{\"type\":\"function_call\",\"name\":\"f\",\"arguments\":\"\"}}\n\ndata: {\"type\":\"response.function_call_arguments.delta\",\"output_index\":1,\"delta\":\"{\\\"a\\\":\"}\n\ndata: {\"type\":\"response.function_call_arguments.delta\",\"output_index\":1,\"delta\":\"1}\"}\n\n";
    let gemini = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{\"a\":1}}}]}}]}\n\n";
    for (dialect, stream) in [
        (AnthropicMessages, anthropic),
        (OpenAiChat, chat),
        (OpenAiResponses, responses),
        (GeminiGenerateContent, gemini),
    ] {
        let reply = streamed(dialect, &[stream.as_bytes()]).expect("a stream");
        assert_eq!(called(&reply), "f({\"a\":1})", "{dialect:?}");
        assert!(reply.ends_in_tool_call && reply.tool_calls[0].parses());
    }
    for (dialect, body, expected) in [
        (
            AnthropicMessages,
            r#"{"content":[{"type":"text","text":"x"},{"type":"tool_use","name":"f","input":{"a": 1}},{"name":"g","input":{},"type":"tool_use"}]}"#,
            r#"f({"a": 1}) g({})"#,
        ),
        (
            OpenAiChat,
            r#"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"t","function":{"name":"f","arguments":"{\"a\": 1}"}},{"function":{"name":"g","arguments":"{}"}}]}}]}"#,
            r#"f({"a": 1}) g({})"#,
        ),
        (
            OpenAiChat,
            r#"{"choices":[{"message":{"function_call":{"name":"f","arguments":"[1"}}}]}"#,
            "f([1)",
        ),
        (
            GeminiGenerateContent,
            r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{}}},{"functionCall":{"name":"g"}}]}}]}"#,
            "f({}) g()",
        ),
    ] {
        let reply = dialect.read(body.as_bytes()).expect(body);
        assert_eq!(called(&reply), expected, "{body}");
        assert!(reply.ends_in_tool_call);
    }
}

#[test]
fn a_flood_of_calls_is_not_kept() {
    let mut reader = StreamReader::new(OpenAiChat);
    for index in 0..2 * MAX_TOOL_CALLS {
        let call = format!(
            "data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":{index},\"function\":{{\"name\":\"f\"}}}}]}}}}]}}\n\n"
        );
        reader.push(call.as_bytes()).expect("a stream");
    }
    assert_eq!(reader.so_far().tool_calls.len(), MAX_TOOL_CALLS);
}

#[test]
fn without_text_the_outcome_is_the_same() {
    for (dialect, stream) in STREAMS {
        let whole = streamed(dialect, &[stream.as_bytes()]).expect("a stream");
        let mut reader = StreamReader::without_text(dialect);
        reader.push(stream.as_bytes()).expect("a stream");
        let outcome = reader.finish().expect("a stream");
        assert_eq!(outcome.text, "");
        assert_eq!(outcome.text_bytes, whole.text.len());
        assert_eq!((outcome.usage, outcome.stop), (whole.usage, whole.stop));
    }
}

#[test]
fn halves_of_a_character_are_replaced() {
    let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"a\\ud83d\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\\ude00b\\ud83d\\ude00\"}}]}\n\n";
    let reply = streamed(OpenAiChat, &[stream.as_bytes()]).expect("a stream");
    assert_eq!(reply.text, "a\u{fffd}\u{fffd}b\u{1f600}");
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

proptest! {
    #[test]
    fn streams_may_be_cut_anywhere(cuts in prop::collection::vec(0_usize..1000, 0..30)) {
        for (dialect, stream) in STREAMS {
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
        for dialect in ALL {
            let _ = dialect.read(&bytes);
            let _ = dialect.read_error(&bytes);
            let _ = streamed(dialect, &[&bytes]);
        }
    }
}

#[test]
fn half_a_character_in_an_error_is_read_and_not_a_panic() {
    // Found by fuzzing: a lone surrogate in front of a number.
    let body = include_bytes!("../../../fuzz/seeds/wire_error/half-character.json");
    for dialect in [AnthropicMessages, OpenAiChat, GeminiGenerateContent] {
        let refusal = dialect.read_error(body);
        assert!(refusal.to_string().len() < 1000, "{refusal}");
    }
}
