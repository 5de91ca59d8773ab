//! Streams that are read, in pieces of any size.

use autopack_core::{Count, StopReason};
use autopack_wire::Dialect::{
    self, AnthropicMessages, GeminiGenerateContent, OpenAiChat, OpenAiResponses,
};
use autopack_wire::{MAX_TOOL_CALLS, Reply, StreamReader, WireError};
use proptest::prelude::*;

use crate::{ALL, called, told};

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
