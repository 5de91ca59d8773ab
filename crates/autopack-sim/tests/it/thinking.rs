//! Thinking: what is shown, what is counted, what is refused.

use serde_json::{Value, json};

use super::{Answer, n_words, post, router};

const SCENARIO: &str = "output_tokens = 40\nreasoning_tokens = 20";

async fn anthropic(model: &str, more: &Value, headers: &[(&str, &str)]) -> Answer {
    let mut body = json!({
        "model": model, "max_tokens": 2000, "messages": [{"role": "user", "content": "Hello"}],
    });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    let headers = [&[("x-api-key", "k")], headers].concat();
    post(
        &router(SCENARIO),
        "/v1/messages",
        &headers,
        body.to_string(),
    )
    .await
}

fn manual(budget_tokens: &Value) -> Value {
    json!({"thinking": {"type": "enabled", "budget_tokens": budget_tokens}})
}

#[tokio::test]
async fn anthropic_shows_thoughts_where_they_are_asked_for() {
    for (model, thinking) in [
        ("claude-sonnet-4-5", manual(&json!(1024))),
        ("claude-sonnet-5", json!({"thinking": {"type": "adaptive"}})),
    ] {
        let reply = anthropic(model, &thinking, &[]).await.json();
        let [thought, text] = &reply["content"].as_array().unwrap()[..] else {
            panic!("{reply}");
        };
        assert_eq!(
            (&thought["type"], &text["type"]),
            (&json!("thinking"), &json!("text"))
        );
        assert_eq!(n_words(thought["thinking"].as_str().unwrap()), 20);
        assert!(!thought["signature"].as_str().unwrap().is_empty());
        assert_eq!(reply["usage"]["output_tokens"], 60);
        assert_eq!(
            reply["usage"]["output_tokens_details"]["thinking_tokens"],
            20
        );

        let mut streamed = thinking.clone();
        streamed["stream"] = json!(true);
        let events = anthropic(model, &streamed, &[]).await.data();
        let kinds: Vec<&str> = events
            .iter()
            .map(|event| event["type"].as_str().unwrap())
            .collect();
        let (start, delta, stop) = (
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
        );
        assert_eq!(
            kinds,
            [
                "message_start",
                start,
                "ping",
                delta,
                delta,
                delta,
                stop,
                start,
                delta,
                delta,
                delta,
                stop,
                "message_delta",
                "message_stop",
            ]
        );
        let empty = json!({"type": "thinking", "thinking": "", "signature": ""});
        assert_eq!(events[1]["content_block"], empty);
        let pieces = events
            .iter()
            .filter_map(|event| event["delta"]["thinking"].as_str());
        assert_eq!(thought["thinking"], pieces.collect::<String>());
        assert_eq!(events[5]["delta"]["signature"], thought["signature"]);
        assert_eq!(
            (&events[6]["index"], &events[7]["index"]),
            (&json!(0), &json!(1))
        );
    }
}

#[tokio::test]
async fn anthropic_hides_thoughts_or_has_none() {
    let hidden = json!({"thinking": {"type": "adaptive", "display": "omitted"}});
    let reply = anthropic("claude-sonnet-5", &hidden, &[]).await.json();
    assert_eq!(reply["content"][0]["thinking"], "");
    assert_eq!(reply["usage"]["output_tokens"], 60);
    let off = json!({"thinking": {"type": "disabled"}});
    let reply = anthropic("claude-sonnet-5", &off, &[]).await.json();
    assert_eq!(reply["content"][0]["type"], "text");
    assert_eq!(reply["usage"]["output_tokens"], 40);
    // Cut in the middle of a thought: there is nothing else.
    let mut cut = json!({"thinking": {"type": "adaptive"}});
    cut["max_tokens"] = json!(10);
    let reply = anthropic("claude-sonnet-5", &cut, &[]).await.json();
    assert_eq!(reply["content"].as_array().unwrap().len(), 1);
    assert_eq!(
        n_words(reply["content"][0]["thinking"].as_str().unwrap()),
        10
    );
    assert_eq!(reply["stop_reason"], "max_tokens");
}

#[tokio::test]
async fn a_bad_budget_is_refused() {
    let name = "thinking.enabled.budget_tokens";
    let too_small = format!("{name}: Input should be greater than or equal to 1024");
    let no_integer = format!("{name}: Input should be a valid integer");
    let missing = format!("{name}: Field required");
    let too_large = "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our \
                     documentation at https://docs.claude.com/en/docs/build-with-claude/\
                     extended-thinking#max-tokens-and-context-window-size";
    for (budget, message) in [
        (json!(1023), too_small.as_str()),
        (json!(0), &too_small),
        (json!(-5), &too_small),
        (json!("2000"), &no_integer),
        (json!(1500.5), &no_integer),
        (Value::Null, &missing),
        (json!(2000), too_large),
        (json!(u64::MAX), too_large),
    ] {
        let refused = anthropic("claude-sonnet-4-5", &manual(&budget), &[]).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["error"]["message"]),
            (400, &json!(message))
        );
        assert_eq!(refused.json()["error"]["type"], "invalid_request_error");
    }
    let good = anthropic("claude-sonnet-4-5", &manual(&json!(1999)), &[]).await;
    assert_eq!(good.status, 200);
    let beta = [("anthropic-beta", "a-1, interleaved-thinking-2025-05-14")];
    let interleaved = anthropic("claude-sonnet-4-5", &manual(&json!(9000)), &beta).await;
    assert_eq!(interleaved.status, 200);

    let adaptive_only = anthropic("claude-opus-4-7", &manual(&json!(1024)), &[]).await;
    let message = adaptive_only.json()["error"]["message"].clone();
    assert!(
        message
            .as_str()
            .unwrap()
            .starts_with("\"thinking.type.enabled\" is not supported")
    );
    let odd = anthropic(
        "claude-opus-4-7",
        &json!({"thinking": {"type": "deep"}}),
        &[],
    )
    .await;
    assert_eq!(odd.status, 400);
    let mut forced = json!({"thinking": {"type": "adaptive"}, "tool_choice": {"type": "any"}});
    forced["tools"] = json!([{"name": "f", "input_schema": {}}]);
    let forced = anthropic("claude-sonnet-5", &forced, &[]).await;
    assert_eq!(forced.status, 400);
}

#[tokio::test]
async fn gemini_shows_thoughts_where_they_are_asked_for() {
    let ask = async |config: Value, method: &str| {
        let body = json!({
            "contents": [{"parts": [{"text": "Hello"}]}],
            "generationConfig": {"thinkingConfig": config},
        });
        let path = format!("/v1beta/models/gemini-2.5-pro:{method}");
        post(
            &router(SCENARIO),
            &path,
            &[("x-goog-api-key", "k")],
            body.to_string(),
        )
        .await
    };
    let whole = ask(json!({"includeThoughts": true}), "generateContent")
        .await
        .json();
    let parts = &whole["candidates"][0]["content"]["parts"];
    assert_eq!(parts[0]["thought"], true);
    assert_eq!(n_words(parts[0]["text"].as_str().unwrap()), 20);
    assert_eq!(
        (
            &parts[1]["thought"],
            n_words(parts[1]["text"].as_str().unwrap())
        ),
        (&Value::Null, 40)
    );
    let usage = &whole["usageMetadata"];
    assert_eq!(
        (&usage["thoughtsTokenCount"], &usage["candidatesTokenCount"]),
        (&json!(20), &json!(40))
    );

    let method = "streamGenerateContent?alt=sse";
    let chunks = ask(json!({"include_thoughts": true}), method).await.data();
    let thoughts: String = chunks
        .iter()
        .map(|chunk| &chunk["candidates"][0]["content"]["parts"][0])
        .filter(|part| part["thought"] == true)
        .map(|part| part["text"].as_str().unwrap())
        .collect();
    assert_eq!(parts[0]["text"], thoughts);
    let counts: Vec<&Value> = chunks
        .iter()
        .map(|chunk| &chunk["usageMetadata"]["thoughtsTokenCount"])
        .collect();
    assert_eq!(counts, [16, 20, 20, 20, 20]);

    for (budget, thoughts) in [
        (json!(-1), json!(20)),
        (json!(5), json!(20)),
        (json!(0), Value::Null),
    ] {
        let reply = ask(json!({"thinkingBudget": budget}), "generateContent")
            .await
            .json();
        assert_eq!(reply["usageMetadata"]["thoughtsTokenCount"], thoughts);
    }
    for budget in [json!(-2), json!("5"), json!(1.5)] {
        let refused = ask(json!({"thinkingBudget": budget}), "generateContent")
            .await
            .json();
        assert_eq!(refused["error"]["status"], "INVALID_ARGUMENT");
    }
}

#[tokio::test]
async fn chat_may_refuse_what_reasoning_exhausted() {
    let body = json!({
        "model": "gpt-5", "max_completion_tokens": 100,
        "messages": [{"role": "user", "content": "Hello"}],
    });
    let ask = async |scenario: &str| {
        let key = ("authorization", "Bearer k");
        post(
            &router(scenario),
            "/v1/chat/completions",
            &[key],
            body.to_string(),
        )
        .await
    };
    let switch = "refuse_exhausted_reasoning = true\n";
    let message = "Could not finish the message because max_tokens or model output limit was \
                   reached. Please try again with higher max_tokens.";
    let expected = json!({"error": {
        "message": message, "type": "invalid_request_error", "param": null, "code": null,
    }});
    let refused = ask(&format!("{switch}reasoning_tokens = 100")).await;
    assert_eq!(refused.status_and_json(), (400, expected));
    let cut = ask(&format!("{switch}reasoning_tokens = 99")).await;
    assert_eq!(cut.json()["choices"][0]["finish_reason"], "length");
    let silent = ask(&format!(
        "{switch}reasoning_tokens = 100\noutput_tokens = 0"
    ))
    .await;
    assert_eq!(silent.status, 200);
}
