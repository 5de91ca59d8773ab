//! What a client's request says, in each dialect, as SDKs and people write it.

use autopack_core::{CeilingParameter, Tokens};
use autopack_wire::{
    Ceiling, Dialect, Footprint, RequestError, RequestFacts, ResponseFormat, Thinking, ThinkingMode,
};

use Dialect::{AnthropicMessages, GeminiGenerateContent, OpenAiChat, OpenAiResponses};

const ALL: [Dialect; 4] = [
    AnthropicMessages,
    OpenAiChat,
    OpenAiResponses,
    GeminiGenerateContent,
];

fn facts(dialect: Dialect, body: &str) -> RequestFacts<'_> {
    dialect.read_request(body.as_bytes()).expect(body)
}

fn system<'a>(facts: &RequestFacts<'a>) -> Option<&'a str> {
    facts
        .system
        .map(|text| std::str::from_utf8(text).expect("UTF-8"))
}

#[test]
fn an_anthropic_request() {
    let body = r#"{
        "model": "claude-sonnet-5",
        "max_tokens": 4096,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": "Hi \u00e9\n"},
            {"role": "assistant", "content": [
                {"type": "text", "text": "Look:"},
                {"type": "tool_use", "id": "toolu_1", "name": "find", "input": {"query": "abc", "deep": [1, "de"]}}
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "none"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
                {"type": "document", "source": {"type": "file", "file_id": "file_1"}}
            ]}
        ],
        "tools": [{"name": "find", "description": "Finds.", "input_schema": {"type": "object"}},
                  {"type": "web_search_20250305", "name": "web_search"}],
        "tool_choice": {"type": "auto"},
        "thinking": {"type": "enabled", "budget_tokens": 2048},
        "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": {}}},
        "stream": true
    }"#;
    let facts = facts(AnthropicMessages, body);
    assert_eq!(facts.model.as_deref(), Some("claude-sonnet-5"));
    assert_eq!(facts.ceiling, Ceiling::Given(Tokens::new(4096)));
    assert_eq!(facts.ceiling_parameter, Some(CeilingParameter::MaxTokens));
    assert_eq!(
        facts.thinking,
        Thinking {
            mode: ThinkingMode::On(Some(Tokens::new(2048))),
            effort: Some("high".into()),
        }
    );
    assert!(facts.stream && facts.tool_choice && !facts.include_usage);
    assert_eq!(facts.tool_names, ["find", "web_search"]);
    assert_eq!(facts.n_tools, 2);
    assert_eq!(facts.response_format, ResponseFormat::JsonSchema);
    assert_eq!(
        system(&facts),
        Some(r#"[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]"#)
    );
    let texts = ["Be brief.", "Hi é\n", "Look:", "abc", "de", "none"];
    assert_eq!(facts.sizes.text_bytes, texts.concat().len());
    assert_eq!(facts.sizes.n_messages, 3);
    assert_eq!(facts.sizes.n_media, 2);
    assert_eq!(facts.sizes.body_bytes, body.len());
    assert!(facts.sizes.tools_bytes > 100);
}

#[test]
fn a_chat_request() {
    let body = r#"{"model":"gpt-5.2","messages":[
        {"role":"developer","content":"Be brief."},
        {"role":"user","content":[{"type":"text","text":"What is this?"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}},
            {"type":"file","file":{"file_data":"AAAA","filename":"a.pdf"}}]},
        {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},
        {"role":"tool","tool_call_id":"c","content":"two"}],
        "tools":[{"type":"function","function":{"name":"f","parameters":{}}},{"type":"custom","custom":{"name":"g"}},{"type":"web_search"}],
        "tool_choice":null,"max_completion_tokens":512,"reasoning_effort":"none","n":3,
        "response_format":{"type":"json_object"},"stream":true,"stream_options":{"include_usage":true}}"#;
    let facts = facts(OpenAiChat, body);
    assert_eq!(facts.model.as_deref(), Some("gpt-5.2"));
    assert_eq!(facts.ceiling, Ceiling::Given(Tokens::new(512)));
    assert_eq!(
        facts.ceiling_parameter,
        Some(CeilingParameter::MaxCompletionTokens)
    );
    assert_eq!(facts.thinking.mode, ThinkingMode::Off);
    assert!(facts.stream && facts.include_usage && !facts.tool_choice);
    assert_eq!(facts.tool_names, ["f", "g", "web_search"]);
    assert_eq!(facts.response_format, ResponseFormat::Json);
    assert_eq!(facts.n_candidates, Some(3));
    assert_eq!(system(&facts), Some(r#""Be brief.""#));
    let texts = ["Be brief.", "What is this?", r#"{"a":1}"#, "two"];
    assert_eq!(facts.sizes.text_bytes, texts.concat().len());
    assert_eq!(facts.sizes.n_messages, 4);
    assert_eq!(facts.sizes.n_media, 2);
}

#[test]
fn a_responses_request() {
    let body = r#"{"model":"gpt-5.2","instructions":"Be brief.","max_output_tokens":16,
        "input":[{"role":"user","content":[{"type":"input_text","text":"Hi"},{"type":"input_image","image_url":"data:x"}]},
                 {"type":"function_call_output","call_id":"c","output":"two"}],
        "reasoning":{"effort":"high","summary":"auto"},"text":{"format":{"type":"json_schema","name":"x","schema":{}}},
        "tools":[{"type":"function","name":"f"},{"type":"web_search"}],"tool_choice":"auto","stream":false}"#;
    let read = facts(OpenAiResponses, body);
    assert_eq!(read.ceiling, Ceiling::Given(Tokens::new(16)));
    assert_eq!(
        read.ceiling_parameter,
        Some(CeilingParameter::ResponsesMaxOutputTokens)
    );
    assert_eq!(read.thinking.mode, ThinkingMode::On(None));
    assert_eq!(read.thinking.effort.as_deref(), Some("high"));
    assert!(!read.stream && read.tool_choice);
    assert_eq!(read.tool_names, ["f", "web_search"]);
    assert_eq!(read.response_format, ResponseFormat::JsonSchema);
    assert_eq!(system(&read), Some(r#""Be brief.""#));
    assert_eq!(read.sizes.text_bytes, "Be brief.Hitwo".len());
    assert_eq!((read.sizes.n_messages, read.sizes.n_media), (2, 1));

    let short = facts(
        OpenAiResponses,
        r#"{"input":"Hi","instructions":null,"max_tokens":5}"#,
    );
    assert_eq!(short.ceiling, Ceiling::Absent);
    assert_eq!((short.sizes.n_messages, short.sizes.text_bytes), (1, 2));
    assert_eq!(short.system, None);

    let inside = facts(
        OpenAiResponses,
        r#"{"input":[{"role":"system","content":"S"},{"role":"user","content":"Hi"}]}"#,
    );
    assert_eq!(system(&inside), Some(r#""S""#));
}

#[test]
fn a_gemini_request_in_both_spellings() {
    let camel = r#"{"systemInstruction":{"parts":[{"text":"Be brief."}]},
        "contents":[{"role":"user","parts":[{"text":"Hi"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]},
                    {"role":"model","parts":[{"functionCall":{"name":"f","args":{"q":"abc"}},"thoughtSignature":"x"}]}],
        "tools":[{"functionDeclarations":[{"name":"f"},{"name":"g"}]},{"googleSearch":{}}],
        "toolConfig":{"functionCallingConfig":{"mode":"ANY"}},
        "generationConfig":{"maxOutputTokens":512,"candidateCount":2,"responseMimeType":"application/json",
            "responseSchema":{"type":"OBJECT"},"thinkingConfig":{"thinkingBudget":-1}}}"#;
    let snake = camel
        .replace("systemInstruction", "system_instruction")
        .replace("inlineData", "inline_data")
        .replace("mimeType", "mime_type")
        .replace("functionDeclarations", "function_declarations")
        .replace("toolConfig", "tool_config")
        .replace("generationConfig", "generation_config")
        .replace("maxOutputTokens", "max_output_tokens")
        .replace("candidateCount", "candidate_count")
        .replace("responseMimeType", "response_mime_type")
        .replace("responseSchema", "response_schema")
        .replace("thinkingConfig", "thinking_config")
        .replace("thinkingBudget", "thinking_budget")
        .replace("thoughtSignature", "thought_signature");
    for body in [camel, &snake] {
        let facts = facts(GeminiGenerateContent, body);
        assert_eq!(facts.model, None);
        assert_eq!(facts.ceiling, Ceiling::Given(Tokens::new(512)));
        assert_eq!(
            facts.ceiling_parameter,
            Some(CeilingParameter::MaxOutputTokens)
        );
        assert_eq!(facts.thinking.mode, ThinkingMode::Adaptive);
        assert_eq!(facts.tool_names, ["f", "g", "googleSearch"]);
        assert!(facts.tool_choice);
        assert_eq!(facts.response_format, ResponseFormat::JsonSchema);
        assert_eq!(facts.n_candidates, Some(2));
        assert_eq!(system(&facts), Some(r#"{"parts":[{"text":"Be brief."}]}"#));
        assert_eq!(facts.sizes.text_bytes, "Be brief.Hiabc".len());
        assert_eq!((facts.sizes.n_messages, facts.sizes.n_media), (2, 1));
    }
}

const fn given(tokens: u64) -> Ceiling {
    Ceiling::Given(Tokens::new(tokens))
}

const CEILINGS: &[(Dialect, &str, Ceiling)] = &[
    (AnthropicMessages, r#"{"max_tokens":0}"#, given(0)),
    (
        AnthropicMessages,
        r#"{"max_tokens":5,"max_tokens":6}"#,
        given(6),
    ),
    (
        AnthropicMessages,
        r#"{"max_tokens":5,"max_tokens":null}"#,
        Ceiling::Absent,
    ),
    (AnthropicMessages, r#"{"max\u005ftokens":5}"#, given(5)),
    (
        AnthropicMessages,
        r#"{"max_tokens":"5"}"#,
        Ceiling::Unusable,
    ),
    (AnthropicMessages, r#"{"max_tokens":-5}"#, Ceiling::Unusable),
    (
        AnthropicMessages,
        r#"{"max_tokens":5.0}"#,
        Ceiling::Unusable,
    ),
    (
        AnthropicMessages,
        r#"{"max_tokens":1e3}"#,
        Ceiling::Unusable,
    ),
    (
        AnthropicMessages,
        r#"{"max_tokens":99999999999999999999999}"#,
        Ceiling::Unusable,
    ),
    (
        AnthropicMessages,
        r#"{"max_tokens":{"max_tokens":5}}"#,
        Ceiling::Unusable,
    ),
    (
        AnthropicMessages,
        r#"{"max_completion_tokens":5,"metadata":{"max_tokens":6}}"#,
        Ceiling::Absent,
    ),
    (OpenAiChat, r#"{"max_tokens":5}"#, given(5)),
    (
        OpenAiChat,
        r#"{"max_completion_tokens":6,"max_tokens":1}"#,
        given(6),
    ),
    (
        OpenAiChat,
        r#"{"max_completion_tokens":null,"max_tokens":1}"#,
        given(1),
    ),
    (
        OpenAiChat,
        r#"{"max_completion_tokens":"x","max_tokens":1}"#,
        Ceiling::Unusable,
    ),
    (OpenAiChat, r#"{"max_output_tokens":6}"#, Ceiling::Absent),
    (
        OpenAiResponses,
        r#"{"max_output_tokens":6,"max_tokens":1}"#,
        given(6),
    ),
    (
        GeminiGenerateContent,
        r#"{"generationConfig":{"max_output_tokens":6}}"#,
        given(6),
    ),
    (
        GeminiGenerateContent,
        r#"{"generation_config":{"maxOutputTokens":6}}"#,
        given(6),
    ),
    (
        GeminiGenerateContent,
        r#"{"generationConfig":{"topK":1},"generation_config":{"maxOutputTokens":6}}"#,
        given(6),
    ),
    (
        GeminiGenerateContent,
        r#"{"generationConfig":{"maxOutputTokens":5,"max_output_tokens":null}}"#,
        given(5),
    ),
    (
        GeminiGenerateContent,
        r#"{"generationConfig":null}"#,
        Ceiling::Absent,
    ),
    (
        GeminiGenerateContent,
        r#"{"generationConfig":"x"}"#,
        Ceiling::Unusable,
    ),
    (
        GeminiGenerateContent,
        r#"{"maxOutputTokens":6}"#,
        Ceiling::Absent,
    ),
];

#[test]
fn the_ceiling_under_every_name() {
    for &(dialect, body, expected) in CEILINGS {
        assert_eq!(facts(dialect, body).ceiling, expected, "{body}");
    }
}

#[test]
fn thinking_in_every_form() {
    use ThinkingMode::{Adaptive, Off, On, Unset};
    for (dialect, body, mode, effort) in [
        (AnthropicMessages, r"{}", Unset, None),
        (
            AnthropicMessages,
            r#"{"thinking":{"type":"disabled"}}"#,
            Off,
            None,
        ),
        (
            AnthropicMessages,
            r#"{"thinking":{"type":"adaptive"}}"#,
            Adaptive,
            None,
        ),
        (
            AnthropicMessages,
            r#"{"thinking":{"type":"enabled"}}"#,
            On(None),
            None,
        ),
        (AnthropicMessages, r#"{"thinking":"enabled"}"#, Unset, None),
        (
            OpenAiChat,
            r#"{"reasoning_effort":"low"}"#,
            On(None),
            Some("low"),
        ),
        (OpenAiChat, r#"{"reasoning_effort":null}"#, Unset, None),
        (
            OpenAiChat,
            r#"{"reasoning":{"max_tokens":2000}}"#,
            On(Some(Tokens::new(2000))),
            None,
        ),
        (OpenAiChat, r#"{"reasoning":{"enabled":false}}"#, Off, None),
        (
            OpenAiResponses,
            r#"{"reasoning":{"effort":"none"}}"#,
            Off,
            Some("none"),
        ),
        (
            GeminiGenerateContent,
            r#"{"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}}"#,
            Off,
            None,
        ),
        (
            GeminiGenerateContent,
            r#"{"generationConfig":{"thinkingConfig":{"thinkingBudget":1024,"includeThoughts":true}}}"#,
            On(Some(Tokens::new(1024))),
            None,
        ),
        (
            GeminiGenerateContent,
            r#"{"generation_config":{"thinking_config":{"thinking_level":"LOW"}}}"#,
            On(None),
            Some("LOW"),
        ),
    ] {
        let thinking = facts(dialect, body).thinking;
        assert_eq!(thinking.mode, mode, "{body}");
        assert_eq!(thinking.effort.as_deref(), effort, "{body}");
    }
}

#[test]
fn odd_types_are_not_understood_and_not_refused() {
    let odd = r#"{"model":5,"messages":{},"contents":"x","input":7,"system":3,"tools":"no","stream":"true",
        "stream_options":[],"n":"2","thinking":[],"reasoning":1,"response_format":"json","tool_choice":null}"#;
    for dialect in ALL {
        let facts = facts(dialect, odd);
        assert_eq!(facts.model, None);
        assert!(!facts.stream && !facts.include_usage && !facts.tool_choice);
        assert_eq!((facts.n_tools, facts.n_candidates), (0, None));
        assert_eq!((facts.sizes.n_messages, facts.sizes.tools_bytes), (0, 0));
    }
}

#[test]
fn neither_debug_nor_errors_repeat_a_prompt() {
    let body = r#"{"model":"m","system":"secret","instructions":"secret","messages":[{"role":"system","content":"secret"}],"tools":[{"name":"secret"}]}"#;
    for dialect in ALL {
        let shown = format!("{:?}", facts(dialect, body));
        assert!(!shown.contains("secret"), "{shown}");
        let cut = &body[..body.len() - 4];
        let error = dialect.read_request(cut.as_bytes()).expect_err(cut);
        assert_eq!(error, RequestError::CutShort { at: cut.len() });
    }
    let bytes = b"{\"model\":\"\xff\"}";
    assert_eq!(
        AnthropicMessages.read_request(bytes),
        Err(RequestError::NotUtf8 { at: 10 })
    );
}

#[test]
fn what_leaves_something_behind_is_known() {
    for (body, footprint) in [
        (r#"{"input":"hi"}"#, Footprint::Nothing),
        (
            r#"{"conversation":null,"background":false}"#,
            Footprint::Nothing,
        ),
        (r#"{"previous_response_id":"resp_1"}"#, Footprint::Nothing),
        (r#"{"conversation":"conv_1"}"#, Footprint::State),
        (r#"{"conversation":{"id":"conv_1"}}"#, Footprint::State),
        (r#"{"background":true}"#, Footprint::State),
    ] {
        assert_eq!(facts(OpenAiResponses, body).footprint, footprint, "{body}");
    }
}
