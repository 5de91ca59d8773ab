//! Requests of a megabyte.

use autopack_wire::Dialect;

use Dialect::{AnthropicMessages, GeminiGenerateContent, OpenAiResponses};

/// A large request: a long conversation about code.
const REQUEST_BYTES: usize = 1_000_000;

/// Code as it stands in JSON: a line end, a quote or a tab every thirty bytes.
const CODE: &str = r#"fn greet(name: &str) -> String {\n    let greeting = \"hello\";\n    // caf\u00e9 naïve\n\tformat!(\"{greeting}, {name}\")\n}\n"#;

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
pub(crate) fn conversation(dialect: Dialect) -> Vec<u8> {
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
pub(crate) fn tools() -> Vec<u8> {
    let tool = r#"{"name":"read","description":"Reads.","input_schema":{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"array","items":{"type":"integer","minimum":0}}},"required":["a","b"]}},"#;
    let tools = tool.repeat(REQUEST_BYTES / tool.len());
    format!(
        r#"{{"model":"m","tools":[{}],"messages":[],"max_tokens":4096}}"#,
        tools.trim_end_matches(',')
    )
    .into_bytes()
}
