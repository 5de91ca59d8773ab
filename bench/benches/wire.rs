//! What a call costs on the wire: facts of a request, the ceiling spliced in, a stream scanned.
//!
//! Goals, on one core: splicing into a request of 1 MB at 1 GB/s or more, scanning a stream that comes
//! in pieces of 4 KiB at 500 MB/s or more.

use autopack_core::{CeilingParameter, Tokens};
use autopack_wire::{Dialect, StreamReader};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

use Dialect::{AnthropicMessages, GeminiGenerateContent, OpenAiChat, OpenAiResponses};

const DIALECTS: [Dialect; 4] = [
    AnthropicMessages,
    OpenAiChat,
    OpenAiResponses,
    GeminiGenerateContent,
];

/// A large request: a long conversation about code.
const REQUEST_BYTES: usize = 1_000_000;

/// A long stream: forty thousand tokens or so.
const STREAM_BYTES: usize = 8_000_000;

/// What a read from a socket often gives.
const PIECE_BYTES: usize = 4096;

/// Code as it stands in JSON: a line end, a quote or a tab every thirty bytes.
const CODE: &str = r#"fn greet(name: &str) -> String {\n    let greeting = \"hello\";\n    // caf\u00e9 naïve\n\tformat!(\"{greeting}, {name}\")\n}\n"#;

fn main() {
    divan::main();
}

/// A turn of about four kilobytes, in the dialect's form.
fn turn(dialect: Dialect, n: usize) -> String {
    let code = CODE.repeat(30);
    let is_user = n.is_multiple_of(2);
    match dialect {
        GeminiGenerateContent => {
            let role = if is_user { "user" } else { "model" };
            format!(r#"{{"role":"{role}","parts":[{{"text":"{code}"}}]}}"#)
        }
        OpenAiResponses => {
            let (role, kind) = if is_user {
                ("user", "input_text")
            } else {
                ("assistant", "output_text")
            };
            format!(r#"{{"role":"{role}","content":[{{"type":"{kind}","text":"{code}"}}]}}"#)
        }
        _ => {
            let role = if is_user { "user" } else { "assistant" };
            format!(r#"{{"role":"{role}","content":[{{"type":"text","text":"{code}"}}]}}"#)
        }
    }
}

/// A request of [`REQUEST_BYTES`] whose ceiling is its last member.
fn request(dialect: Dialect) -> Vec<u8> {
    let schema = r#"{"type":"object","properties":{"path":{"type":"string","description":"Where the file is"},"lines":{"type":"array","items":{"type":"integer"}}},"required":["path"]}"#;
    let (before, after) = match dialect {
        AnthropicMessages => (
            format!(
                r#"{{"model":"claude-sonnet-5","system":"{CODE}","tools":[{{"name":"read","input_schema":{schema}}}],"messages":["#
            ),
            r#"],"stream":true,"max_tokens":4096}"#,
        ),
        OpenAiResponses => (
            format!(
                r#"{{"model":"gpt-5.2","instructions":"{CODE}","tools":[{{"type":"function","name":"read","parameters":{schema}}}],"input":["#
            ),
            r#"],"stream":true,"max_output_tokens":4096}"#,
        ),
        GeminiGenerateContent => (
            format!(
                r#"{{"systemInstruction":{{"parts":[{{"text":"{CODE}"}}]}},"tools":[{{"functionDeclarations":[{{"name":"read","parameters":{schema}}}]}}],"contents":["#
            ),
            r#"],"generationConfig":{"temperature":0.2,"maxOutputTokens":4096}}"#,
        ),
        _ => (
            format!(
                r#"{{"model":"gpt-5.2","tools":[{{"type":"function","function":{{"name":"read","parameters":{schema}}}}}],"messages":[{{"role":"system","content":"{CODE}"}},"#
            ),
            r#"],"stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":4096}"#,
        ),
    };
    let mut body = before;
    let mut n = 0;
    while body.len() < REQUEST_BYTES {
        if n > 0 {
            body.push(',');
        }
        body.push_str(&turn(dialect, n));
        n += 1;
    }
    body.push_str(after);
    body.into_bytes()
}

/// Tool descriptions only: short texts and many brackets, the worst a real request has.
fn dense_request() -> Vec<u8> {
    let tool = r#"{"name":"read","description":"Reads.","input_schema":{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"array","items":{"type":"integer","minimum":0}}},"required":["a","b"]}},"#;
    let tools = tool.repeat(REQUEST_BYTES / tool.len());
    format!(
        r#"{{"model":"m","tools":[{}],"messages":[],"max_tokens":4096}}"#,
        tools.trim_end_matches(',')
    )
    .into_bytes()
}

/// One event with a token of text, as the provider sends it.
fn event(dialect: Dialect) -> &'static str {
    match dialect {
        AnthropicMessages => {
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" the\\n\"}}\n\n"
        }
        OpenAiResponses => {
            "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":1042,\"item_id\":\"msg_68af0c1b2d3c8190a1b2c3d4e5f60718293a4b5c6d7e8f90\",\"output_index\":0,\"content_index\":0,\"delta\":\" the\\n\",\"logprobs\":[],\"obfuscation\":\"h3fK9xQ2\"}\n\n"
        }
        GeminiGenerateContent => {
            "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \" the quick brown fox jumps over the lazy dog,\\nand the\"}],\"role\": \"model\"},\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 812,\"candidatesTokenCount\": 120,\"totalTokenCount\": 1232,\"promptTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": 812}],\"thoughtsTokenCount\": 300},\"modelVersion\": \"gemini-2.5-pro\",\"responseId\": \"eE8aaID_HJXj-O4PifyReA\"}\r\n\r\n"
        }
        _ => {
            "data: {\"id\":\"chatcmpl-C8xvZ2ebUeZ0J1k4iXb9hY3pQwErT\",\"object\":\"chat.completion.chunk\",\"created\":1795435200,\"model\":\"gpt-5.2-2026-08-07\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_a1b2c3d4e5\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" the\\n\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"h3fK9xQ2\"}\n\n"
        }
    }
}

fn stream(dialect: Dialect) -> Vec<u8> {
    let event = event(dialect);
    event.repeat(STREAM_BYTES / event.len()).into_bytes()
}

/// The ceiling into a buffer that is used again and again, as a gateway does.
#[divan::bench(args = DIALECTS)]
fn splice(bencher: Bencher, dialect: Dialect) {
    spliced(bencher, dialect, &request(dialect));
}

#[divan::bench]
fn splice_dense(bencher: Bencher) {
    spliced(bencher, AnthropicMessages, &dense_request());
}

fn spliced(bencher: Bencher, dialect: Dialect, body: &[u8]) {
    let mut into = Vec::with_capacity(2 * body.len());
    bencher
        .counter(BytesCount::new(body.len()))
        .bench_local(|| {
            dialect
                .set_ceiling_into(
                    black_box(body),
                    CeilingParameter::MaxTokens,
                    Tokens::new(2048),
                    &mut into,
                )
                .expect("a body");
        });
}

#[divan::bench(args = DIALECTS)]
fn facts(bencher: Bencher, dialect: Dialect) {
    let body = request(dialect);
    bencher.counter(BytesCount::new(body.len())).bench(|| {
        dialect
            .read_request(black_box(&body))
            .expect("a body")
            .sizes
    });
}

#[divan::bench]
fn facts_dense(bencher: Bencher) {
    let body = dense_request();
    bencher.counter(BytesCount::new(body.len())).bench(|| {
        AnthropicMessages
            .read_request(black_box(&body))
            .expect("a body")
            .sizes
    });
}

/// Usage and stop reason alone, as a gateway reads what it passes on.
#[divan::bench(args = DIALECTS)]
fn stream_outcome(bencher: Bencher, dialect: Dialect) {
    scanned(bencher, dialect, StreamReader::without_text);
}

/// The text too.
#[divan::bench(args = DIALECTS)]
fn stream_text(bencher: Bencher, dialect: Dialect) {
    scanned(bencher, dialect, StreamReader::new);
}

fn scanned(bencher: Bencher, dialect: Dialect, reader: fn(Dialect) -> StreamReader) {
    let stream = stream(dialect);
    bencher.counter(BytesCount::new(stream.len())).bench(|| {
        let mut reader = reader(dialect);
        for piece in stream.chunks(PIECE_BYTES) {
            reader.push(black_box(piece)).expect("a stream");
        }
        reader.finish().expect("a stream").text_bytes
    });
}
