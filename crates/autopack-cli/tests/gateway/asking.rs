//! Calls of every dialect, of every kind.

use super::support::Ask;

const TURN: &str = "what will the weather be";
const SCHEMA: &str = r#"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city","days"],"additionalProperties":false}"#;

/// What a call has beside its messages.
pub(crate) const KINDS: [&str; 4] = ["plain", "tools", "structured", "thinking"];

/// The dialects, by what stands in their name.
pub(crate) const DIALECTS: [&str; 4] = ["anthropic", "chat", "responses", "gemini"];

/// A call; `ceiling` is what a client would set.
pub(crate) fn call(dialect: &str, kind: &str, is_stream: bool, ceiling: Option<u64>) -> Ask {
    match dialect {
        "anthropic" => anthropic(kind, is_stream, ceiling),
        "chat" => chat(kind, is_stream, ceiling),
        "responses" => responses(kind, is_stream, ceiling),
        _ => gemini(kind, is_stream, ceiling),
    }
}

fn member(name: &str, value: Option<u64>) -> String {
    value.map_or_else(String::new, |value| format!(r#","{name}":{value}"#))
}

fn anthropic(kind: &str, is_stream: bool, ceiling: Option<u64>) -> Ask {
    let extra = match kind {
        "tools" => format!(
            r#","tools":[{{"name":"forecast","input_schema":{SCHEMA}}}],"tool_choice":{{"type":"tool","name":"forecast"}}"#
        ),
        "structured" => {
            format!(r#","output_config":{{"format":{{"type":"json_schema","schema":{SCHEMA}}}}}"#)
        }
        "thinking" => r#","thinking":{"type":"enabled","budget_tokens":1024}"#.to_owned(),
        _ => String::new(),
    };
    let ceiling = member("max_tokens", Some(ceiling.unwrap_or(8192)));
    Ask::new(
        "/v1/messages",
        format!(
            r#"{{"model":"claude-sonnet-4-5"{ceiling},"stream":{is_stream},"messages":[{{"role":"user","content":"{TURN}"}}]{extra}}}"#
        ),
    )
}

fn chat(kind: &str, is_stream: bool, ceiling: Option<u64>) -> Ask {
    let extra = match kind {
        "tools" => format!(
            r#","tools":[{{"type":"function","function":{{"name":"forecast","parameters":{SCHEMA}}}}}],"tool_choice":"required""#
        ),
        "structured" => format!(
            r#","response_format":{{"type":"json_schema","json_schema":{{"name":"w","strict":true,"schema":{SCHEMA}}}}}"#
        ),
        "thinking" => r#","reasoning_effort":"low""#.to_owned(),
        _ => String::new(),
    };
    let ceiling = member("max_completion_tokens", ceiling);
    Ask::new(
        "/v1/chat/completions",
        format!(
            r#"{{"model":"gpt-5"{ceiling},"stream":{is_stream},"messages":[{{"role":"user","content":"{TURN}"}}]{extra}}}"#
        ),
    )
}

fn responses(kind: &str, is_stream: bool, ceiling: Option<u64>) -> Ask {
    let extra = match kind {
        "tools" => format!(
            r#","tools":[{{"type":"function","name":"forecast","strict":true,"parameters":{SCHEMA}}}],"tool_choice":"required""#
        ),
        "structured" => format!(
            r#","text":{{"format":{{"type":"json_schema","name":"w","strict":true,"schema":{SCHEMA}}}}}"#
        ),
        "thinking" => r#","reasoning":{"effort":"low"}"#.to_owned(),
        _ => String::new(),
    };
    let ceiling = member("max_output_tokens", ceiling);
    Ask::new(
        "/v1/responses",
        format!(r#"{{"model":"gpt-5"{ceiling},"stream":{is_stream},"input":"{TURN}"{extra}}}"#),
    )
}

fn gemini(kind: &str, is_stream: bool, ceiling: Option<u64>) -> Ask {
    let ceiling = member("maxOutputTokens", ceiling);
    let (config, extra) = match kind {
        "tools" => (
            String::new(),
            r#","tools":[{"functionDeclarations":[{"name":"forecast","parameters":{"type":"OBJECT","properties":{"city":{"type":"STRING"}},"required":["city"]}}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}"#,
        ),
        "structured" => (
            r#","responseMimeType":"application/json","responseSchema":{"type":"OBJECT","properties":{"city":{"type":"STRING"}},"required":["city"]}"#.to_owned(),
            "",
        ),
        "thinking" => (r#","thinkingConfig":{"thinkingBudget":1024}"#.to_owned(), ""),
        _ => (String::new(), ""),
    };
    let method = if is_stream {
        "streamGenerateContent?alt=sse"
    } else {
        "generateContent"
    };
    Ask::new(
        &format!("/v1beta/models/gemini-2.5-flash:{method}"),
        format!(
            r#"{{"contents":[{{"role":"user","parts":[{{"text":"{TURN}"}}]}}],"generationConfig":{{"temperature":1{ceiling}{config}}}{extra}}}"#
        ),
    )
}
