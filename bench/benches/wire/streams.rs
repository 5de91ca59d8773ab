//! Long streams, event by event as the providers send them: thoughts, text, the arguments of a tool's
//! call, and the end with its usage.

use autopack_wire::Dialect;

use Dialect::{AnthropicMessages, GeminiGenerateContent, OpenAiResponses};

/// A long stream: forty thousand tokens or so.
const STREAM_BYTES: usize = 8_000_000;

/// Tokens as they stand in JSON.
const TOKENS: [&str; 16] = [
    " the",
    "\\n",
    " documentation",
    ".",
    " \\\"",
    "    ",
    " é",
    "()",
    "\\n\\n",
    " quick",
    ",",
    " caf\\u00e9",
    "s",
    " return",
    " {\\n\\t",
    " of",
];

/// Tokens in an event of Gemini, which sends some words at a time; the others send each by itself.
const GEMINI_TOKENS: usize = 12;

/// What the deltas carry.
#[derive(Clone, Copy)]
enum Part {
    Thoughts,
    Text,
    Arguments,
}

/// The parts of a stream, each with its share in tenths.
const PARTS: [(Part, usize); 3] = [(Part::Thoughts, 1), (Part::Text, 7), (Part::Arguments, 2)];

/// A stream of [`STREAM_BYTES`] and its end.
pub(crate) fn stream(dialect: Dialect) -> Vec<u8> {
    let mut stream = String::new();
    let mut state = 1;
    for (part, tenths) in PARTS {
        stream.push_str(opening(dialect, part));
        let end = stream.len() + STREAM_BYTES / 10 * tenths;
        while stream.len() < end {
            let text = match dialect {
                GeminiGenerateContent => (0..GEMINI_TOKENS).map(|_| token(&mut state)).collect(),
                _ => token(&mut state).to_owned(),
            };
            stream.push_str(&delta(dialect, part, &text));
        }
    }
    stream.push_str(end(dialect));
    stream.into_bytes()
}

/// The next token, in no order that a processor could learn: a step of Knuth's MMIX generator.
fn token(state: &mut u64) -> &'static str {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    TOKENS[(*state >> 60) as usize]
}

/// What stands before the deltas of a part.
fn opening(dialect: Dialect, part: Part) -> &'static str {
    match (dialect, part) {
        (AnthropicMessages, Part::Thoughts) => {
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"claude-sonnet-5\",\"id\":\"msg_01XFDUDYJgAACzvnptvVoYEL\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":812,\"output_tokens\":1}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\nevent: ping\ndata: {\"type\": \"ping\"}\n\n"
        }
        (AnthropicMessages, Part::Text) => {
            "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
        }
        (AnthropicMessages, Part::Arguments) => {
            "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"tool_use\",\"id\":\"toolu_01A\",\"name\":\"write\",\"input\":{}}}\n\n"
        }
        (OpenAiResponses, Part::Arguments) => {
            "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\",\"sequence_number\":7,\"output_index\":2,\"item\":{\"id\":\"fc_1\",\"type\":\"function_call\",\"status\":\"in_progress\",\"call_id\":\"call_1\",\"name\":\"write\",\"arguments\":\"\"}}\n\n"
        }
        (Dialect::OpenAiChat, Part::Arguments) => {
            "data: {\"id\":\"chatcmpl-C8xvZ2ebUeZ0J1k4iXb9hY3pQwErT\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"write\",\"arguments\":\"\"}}]},\"finish_reason\":null}]}\n\n"
        }
        _ => "",
    }
}

/// One event that carries `text`.
fn delta(dialect: Dialect, part: Part, text: &str) -> String {
    match dialect {
        AnthropicMessages => {
            let (index, delta) = match part {
                Part::Thoughts => (0, "{\"type\":\"thinking_delta\",\"thinking\":"),
                Part::Text => (1, "{\"type\":\"text_delta\",\"text\":"),
                Part::Arguments => (2, "{\"type\":\"input_json_delta\",\"partial_json\":"),
            };
            format!(
                "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":{index},\"delta\":{delta}\"{text}\"}}}}\n\n"
            )
        }
        OpenAiResponses => {
            let (kind, index, more) = match part {
                Part::Thoughts => (
                    "response.reasoning_summary_text.delta",
                    0,
                    "\"summary_index\":0",
                ),
                Part::Text => (
                    "response.output_text.delta",
                    1,
                    "\"content_index\":0,\"logprobs\":[]",
                ),
                Part::Arguments => (
                    "response.function_call_arguments.delta",
                    2,
                    "\"status\":null",
                ),
            };
            format!(
                "event: {kind}\ndata: {{\"type\":\"{kind}\",\"sequence_number\":1042,\"item_id\":\"msg_68af0c1b2d3c8190a1b2c3d4e5f60718293a4b5c6d7e8f90\",\"output_index\":{index},{more},\"delta\":\"{text}\",\"obfuscation\":\"h3fK9xQ2\"}}\n\n"
            )
        }
        GeminiGenerateContent => {
            let content = match part {
                Part::Thoughts => format!("{{\"text\": \"{text}\",\"thought\": true}}"),
                Part::Text | Part::Arguments => format!("{{\"text\": \"{text}\"}}"),
            };
            format!(
                "data: {{\"candidates\": [{{\"content\": {{\"parts\": [{content}],\"role\": \"model\"}},\"index\": 0}}],\"usageMetadata\": {{\"promptTokenCount\": 812,\"candidatesTokenCount\": 120,\"totalTokenCount\": 1232,\"promptTokensDetails\": [{{\"modality\": \"TEXT\",\"tokenCount\": 812}}],\"thoughtsTokenCount\": 300}},\"modelVersion\": \"gemini-2.5-pro\",\"responseId\": \"eE8aaID_HJXj-O4PifyReA\"}}\r\n\r\n"
            )
        }
        _ => {
            let delta = match part {
                // Not OpenAI's own, but what servers of its dialect send.
                Part::Thoughts => format!("{{\"reasoning_content\":\"{text}\"}}"),
                Part::Text => format!("{{\"content\":\"{text}\"}}"),
                Part::Arguments => format!(
                    "{{\"tool_calls\":[{{\"index\":0,\"function\":{{\"arguments\":\"{text}\"}}}}]}}"
                ),
            };
            format!(
                "data: {{\"id\":\"chatcmpl-C8xvZ2ebUeZ0J1k4iXb9hY3pQwErT\",\"object\":\"chat.completion.chunk\",\"created\":1795435200,\"model\":\"gpt-5.2-2026-08-07\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_a1b2c3d4e5\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":null}}],\"usage\":null,\"obfuscation\":\"h3fK9xQ2\"}}\n\n"
            )
        }
    }
}

/// The stop reason and the usage: a call of a tool, 40,000 tokens.
fn end(dialect: Dialect) -> &'static str {
    match dialect {
        AnthropicMessages => {
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":40000}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
        }
        OpenAiResponses => {
            "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":1043,\"response\":{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"completed\",\"error\":null,\"output\":[],\"usage\":{\"input_tokens\":812,\"output_tokens\":40000,\"total_tokens\":40812}}}\n\n"
        }
        GeminiGenerateContent => {
            "data: {\"candidates\": [{\"content\": {\"parts\": [{\"functionCall\": {\"name\": \"write\",\"args\": {\"path\": \"a\"}}}],\"role\": \"model\"},\"finishReason\": \"STOP\",\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 812,\"candidatesTokenCount\": 40000,\"totalTokenCount\": 40812}}\r\n\r\n"
        }
        _ => {
            "data: {\"id\":\"chatcmpl-C8xvZ2ebUeZ0J1k4iXb9hY3pQwErT\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: {\"id\":\"chatcmpl-C8xvZ2ebUeZ0J1k4iXb9hY3pQwErT\",\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{\"prompt_tokens\":812,\"completion_tokens\":40000,\"total_tokens\":40812}}\n\ndata: [DONE]\n\n"
        }
    }
}
