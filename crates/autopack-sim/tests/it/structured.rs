//! Text of a given form, and several replies side by side.

use serde_json::{Value, json};

use super::{Answer, n_words, post, router};

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"name": {"type": "string"}, "n": {"type": "integer", "minimum": 1}},
        "required": ["name", "n"],
    })
}

/// What the schema allows least.
const LEAST: &str = r#"{"n":1,"name":""}"#;

async fn anthropic(scenario: &str, more: Value) -> Answer {
    let mut body = json!({
        "model": "claude-sonnet-5", "max_tokens": 2000,
        "messages": [{"role": "user", "content": "Hello"}],
    });
    merge(&mut body, more);
    post(
        &router(scenario),
        "/v1/messages",
        &[("x-api-key", "k")],
        body.to_string(),
    )
    .await
}

async fn openai(scenario: &str, path: &str, more: Value) -> Answer {
    let mut body = json!({"model": "gpt-5"});
    merge(
        &mut body,
        match path {
            "/v1/responses" => json!({"input": "Hello"}),
            _ => json!({"messages": [{"role": "user", "content": "Hello"}]}),
        },
    );
    merge(&mut body, more);
    let key = ("authorization", "Bearer k");
    post(&router(scenario), path, &[key], body.to_string()).await
}

async fn gemini(scenario: &str, method: &str, config: Value) -> Answer {
    let body = json!({
        "contents": [{"parts": [{"text": "Hello"}]}], "generationConfig": config,
    });
    let path = format!("/v1beta/models/gemini-2.5-pro:{method}");
    post(
        &router(scenario),
        &path,
        &[("x-goog-api-key", "k")],
        body.to_string(),
    )
    .await
}

fn merge(body: &mut Value, more: Value) {
    let Value::Object(more) = more else {
        panic!("no object");
    };
    for (key, value) in more {
        body[key] = value;
    }
}

#[tokio::test]
async fn text_is_what_the_schema_allows_least() {
    let format = json!({"type": "json_schema", "schema": schema()});
    for more in [
        json!({"output_config": {"format": format}}),
        json!({"output_format": format}),
    ] {
        let reply = anthropic("", more).await.json();
        assert_eq!(reply["content"][0]["text"], LEAST);
        assert_eq!(reply["usage"]["output_tokens"], 5);
    }
    for (kind, expected) in [("json_schema", LEAST), ("json_object", "{}")] {
        let chat = json!({"response_format": {"type": kind, "json_schema": {"name": "s", "schema": schema()}}});
        let chat = if kind == "json_object" {
            json!({"response_format": {"type": kind}})
        } else {
            chat
        };
        let reply = openai("", "/v1/chat/completions", chat).await.json();
        assert_eq!(reply["choices"][0]["message"]["content"], expected);
        let format = if kind == "json_object" {
            json!({"type": kind})
        } else {
            json!({"type": kind, "name": "s", "schema": schema()})
        };
        let reply = openai("", "/v1/responses", json!({"text": {"format": format}}))
            .await
            .json();
        assert_eq!(reply["output"][0]["content"][0]["text"], expected);
        assert_eq!(reply["text"]["format"], format);
    }
    for (config, expected) in [
        (
            json!({"responseMimeType": "application/json", "responseSchema": schema()}),
            LEAST,
        ),
        (
            json!({"response_mime_type": "application/json", "response_json_schema": schema()}),
            LEAST,
        ),
        (json!({"responseMimeType": "application/json"}), "{}"),
    ] {
        let reply = gemini("", "generateContent", config).await.json();
        assert_eq!(
            reply["candidates"][0]["content"]["parts"][0]["text"],
            expected
        );
    }
}

#[tokio::test]
async fn a_scenario_says_how_long_and_what_instead() {
    let format = json!({"output_format": {"type": "json_schema", "schema": schema()}});
    let reply = anthropic("output_tokens = 100", format.clone())
        .await
        .json();
    assert_eq!(reply["content"][0]["text"], LEAST);
    assert_eq!(reply["usage"]["output_tokens"], 100);
    let mut cut = format.clone();
    merge(&mut cut, json!({"max_tokens": 50}));
    let reply = anthropic("output_tokens = 100", cut).await.json();
    assert_eq!(
        (&reply["content"][0]["text"], &reply["stop_reason"]),
        (&json!(&LEAST[..8]), &json!("max_tokens"))
    );
    let reply = anthropic("text = '[]'", format).await.json();
    assert_eq!(reply["content"][0]["text"], "[]");
}

#[tokio::test]
async fn a_form_that_is_none_is_refused() {
    for answer in [
        anthropic("", json!({"output_format": {"type": "json_schema"}})).await,
        anthropic("", json!({"output_config": {"format": "json"}})).await,
        openai(
            "",
            "/v1/chat/completions",
            json!({"response_format": {"type": "xml"}}),
        )
        .await,
        openai("", "/v1/chat/completions", json!({"response_format": {}})).await,
        openai(
            "",
            "/v1/responses",
            json!({"text": {"format": {"type": "xml"}}}),
        )
        .await,
        gemini("", "generateContent", json!({"responseMimeType": 5})).await,
    ] {
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
}

#[tokio::test]
async fn several_choices_say_different_things_and_are_added_up() {
    let path = "/v1/chat/completions";
    let scenario = "output_tokens = 40\nreasoning_tokens = 2";
    let whole = openai(scenario, path, json!({"n": 3})).await.json();
    let choices = whole["choices"].as_array().unwrap();
    let texts: Vec<&str> = choices
        .iter()
        .map(|choice| choice["message"]["content"].as_str().unwrap())
        .collect();
    assert!(texts.iter().all(|text| n_words(text) == 40));
    assert!(texts[0] != texts[1] && texts[1] != texts[2]);
    assert_eq!(whole["usage"]["completion_tokens"], 126);
    assert_eq!(
        whole["usage"]["completion_tokens_details"]["reasoning_tokens"],
        6
    );
    // The first is what one alone would be.
    let alone = openai(scenario, path, json!({})).await.json();
    assert_eq!(alone["choices"][0], choices[0]);

    let stream = json!({"n": 3, "stream": true, "stream_options": {"include_usage": true}});
    let chunks = openai(scenario, path, stream).await.data();
    for (index, text) in texts.iter().enumerate() {
        let said: String = chunks
            .iter()
            .filter(|chunk| chunk["choices"][0]["index"] == index)
            .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
            .collect();
        assert_eq!(&said, text);
    }
    assert_eq!(chunks.last().unwrap()["usage"], whole["usage"]);

    let config = json!({"candidateCount": 2});
    let whole = gemini(scenario, "generateContent", config.clone())
        .await
        .json();
    assert_eq!(whole["candidates"].as_array().unwrap().len(), 2);
    assert_eq!(whole["usageMetadata"]["candidatesTokenCount"], 80);
    assert_eq!(whole["usageMetadata"]["thoughtsTokenCount"], 4);
    let array = gemini(scenario, "streamGenerateContent", config)
        .await
        .json();
    let chunks = array.as_array().unwrap();
    assert_eq!(
        chunks.last().unwrap()["usageMetadata"],
        whole["usageMetadata"]
    );
    let finished = chunks
        .iter()
        .filter(|chunk| chunk["candidates"][0]["finishReason"] == "STOP");
    assert_eq!(finished.count(), 2);
}

#[tokio::test]
async fn too_many_choices_are_refused() {
    for n in [json!(0), json!(-1), json!(129), json!("2"), json!(1.5)] {
        let refused = openai("", "/v1/chat/completions", json!({"n": n})).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["error"]["param"]),
            (400, &json!("n"))
        );
    }
    let message = "Invalid 'n': integer above maximum value. Expected a value <= 128, but got 129 \
                   instead.";
    let refused = openai("", "/v1/chat/completions", json!({"n": 129}))
        .await
        .json();
    assert_eq!(refused["error"]["message"], message);
    for n in [json!(0), json!(9), json!("2")] {
        let refused = gemini("", "generateContent", json!({"candidateCount": n})).await;
        assert_eq!(refused.json()["error"]["status"], "INVALID_ARGUMENT");
    }
}
