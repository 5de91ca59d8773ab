//! Requests that are written.

use autopack_core::{CeilingParameter, Effort, ThinkingSetting, Tokens};
use autopack_wire::Dialect::{
    self, AnthropicMessages, GeminiGenerateContent, OpenAiChat, OpenAiResponses,
};
use autopack_wire::{Continuation, Request, ThinkingMode};

use crate::ALL;

const REQUEST: Request<'_> = Request {
    model: "a-model",
    system: "be brief",
    user: "say \"hi\"",
    continuation: None,
    ceiling: Tokens::new(4096),
    above: Tokens::new(0),
    parameter: CeilingParameter::MaxTokens,
    thinking: None,
    stream: false,
};

fn body(dialect: Dialect, request: &Request<'_>) -> String {
    String::from_utf8(dialect.write(request)).expect("JSON is UTF-8")
}

fn written(dialect: Dialect, parameter: CeilingParameter, stream: bool) -> String {
    let request = Request {
        parameter,
        stream,
        ..REQUEST
    };
    body(dialect, &request)
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
fn an_answer_goes_on_in_turns_of_the_model_and_the_user() {
    let request = Request {
        continuation: Some(Continuation {
            so_far: "h",
            user: "go on",
        }),
        ..REQUEST
    };
    for (dialect, expected) in [
        (
            AnthropicMessages,
            r#""messages":[{"role":"user","content":"say \"hi\""},{"role":"assistant","content":"h"},{"role":"user","content":"go on"}]"#,
        ),
        (
            OpenAiChat,
            r#""messages":[{"role":"system","content":"be brief"},{"role":"user","content":"say \"hi\""},{"role":"assistant","content":"h"},{"role":"user","content":"go on"}]"#,
        ),
        (
            OpenAiResponses,
            r#""input":[{"role":"user","content":"say \"hi\""},{"role":"assistant","content":"h"},{"role":"user","content":"go on"}]"#,
        ),
        (
            GeminiGenerateContent,
            r#""contents":[{"role":"user","parts":[{"text":"say \"hi\""}]},{"role":"model","parts":[{"text":"h"}]},{"role":"user","parts":[{"text":"go on"}]}]"#,
        ),
    ] {
        let body = body(dialect, &request);
        assert!(body.contains(expected), "{body}");
        let facts = dialect.read_request(body.as_bytes()).expect("facts");
        let texts = ["be brief", "say \"hi\"", "h", "go on"];
        assert_eq!(facts.sizes.text_bytes, texts.concat().len(), "{dialect:?}");
    }
    assert!(!format!("{request:?}").contains("go on"), "{request:?}");
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
