//! What the hot paths allocate: nothing for an event of a stream, nothing for a splice into a buffer
//! that is large enough, nothing for the facts of a request but the list of its tools.

use allocation_counter::measure;
use autopack_core::{CeilingParameter, Tokens};
use autopack_wire::{Dialect, StreamReader};

use Dialect::{AnthropicMessages, GeminiGenerateContent, OpenAiChat, OpenAiResponses};

/// What a stream repeats, for each dialect: an event with a token of text, and those that come by the
/// hundred beside it (thoughts, arguments of a tool, signs of life).
const EVENTS: [(Dialect, &[&str]); 4] = [
    (
        AnthropicMessages,
        &[
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\" the\\n\"}}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"h\\u00e9\"}}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":2,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\"}}\n\n",
            "event: ping\ndata: {\"type\": \"ping\"}\n\n",
        ],
    ),
    (
        OpenAiChat,
        &[
            "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" the\\n\"},\"finish_reason\":null}],\"usage\":null}\n\n",
            "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"h\\u00e9\"}}]}\n\n",
            "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\"}}]}}]}\n\n",
            ": keep-alive\n\n",
            "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\n",
        ],
    ),
    (
        OpenAiResponses,
        &[
            "event: response.output_text.delta\r\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\" the\\n\",\"logprobs\":[]}\r\n\r\n",
            "event: response.reasoning_summary_text.delta\ndata: {\"type\":\"response.reasoning_summary_text.delta\",\"delta\":\"h\\u00e9\"}\n\n",
            "event: response.function_call_arguments.delta\ndata: {\"type\":\"response.function_call_arguments.delta\",\"output_index\":2,\"delta\":\"{\\\"a\"}\n\n",
            ": keep-alive\n\n",
        ],
    ),
    (
        GeminiGenerateContent,
        &[
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\" the\\n\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"candidatesTokenCount\":2}}\r\n\r\n",
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"h\\u00e9\",\"thought\":true}]}}],\"usageMetadata\":{\"thoughtsTokenCount\":2}}\r\n\r\n",
        ],
    ),
];

/// Enough for every place where a piece can cut an event.
const N_ROUNDS: usize = 1000;

/// A length that goes into no event's.
const PIECE_BYTES: usize = 509;

fn push_all(reader: &mut StreamReader, stream: &str) {
    for piece in stream.as_bytes().chunks(PIECE_BYTES) {
        reader.push(piece).expect("a stream");
    }
}

#[test]
fn an_event_allocates_nothing() {
    for (dialect, events) in EVENTS {
        let stream = events.concat().repeat(N_ROUNDS);
        let mut reader = StreamReader::without_text(dialect);
        push_all(&mut reader, &stream);
        let counted = measure(|| push_all(&mut reader, &stream));
        assert_eq!(counted.count_total, 0, "{dialect:?}");
        assert_eq!(reader.so_far().text_bytes, 2 * N_ROUNDS * " the\n".len());
    }
}

#[test]
fn text_and_arguments_allocate_only_to_grow() {
    for (dialect, events) in EVENTS {
        let stream = events.concat().repeat(N_ROUNDS);
        let mut reader = StreamReader::new(dialect);
        push_all(&mut reader, &stream);
        let counted = measure(|| push_all(&mut reader, &stream));
        // Twice as much of each is one doubling of each, and one more where it came close before.
        assert!(counted.count_total <= 4, "{dialect:?}: {counted:?}");
    }
}

#[test]
fn a_splice_and_facts_allocate_nothing() {
    let body = format!(
        r#"{{"model":"m","max_tokens":5,"max_completion_tokens":6,"max_output_tokens":7,"generationConfig":{{"topK":1}},"messages":[{{"role":"user","content":"{}"}}]}}"#,
        r"some text\n".repeat(10_000)
    );
    let mut into = Vec::with_capacity(2 * body.len());
    for (dialect, _) in EVENTS {
        let counted = measure(|| {
            let spliced = dialect.set_ceiling_into(
                body.as_bytes(),
                CeilingParameter::MaxTokens,
                Tokens::new(123_456),
                &mut into,
            );
            spliced.expect("a body");
            let facts = dialect.read_request(&into).expect("a body");
            assert_eq!(facts.ceiling.given(), Some(Tokens::new(123_456)));
        });
        assert_eq!(counted.count_total, 0, "{dialect:?}");
    }
}
