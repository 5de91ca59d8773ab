//! Calls of tools, in every dialect.

use serde_json::{Value, json};

use super::{Answer, post, router};

const SCRIPT: &str = r#"
    [phases.call]
    tool_call = { name = "forecast", arguments = { city = "Zürich", days = 3 } }
    [phases.long]
    tool_call = { name = "forecast", arguments = { city = "Zürich", days = 3 } }
    output_tokens = 40
    reasoning_tokens = 2
"#;

/// The arguments of the script.
fn arguments() -> Value {
    json!({"city": "Zürich", "days": 3})
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city"],
    })
}

async fn ask(path: &str, key: (&str, &str), phase: &str, body: &Value) -> Answer {
    let headers = [key, ("x-autopack-phase", phase)];
    post(&router(SCRIPT), path, &headers, body.to_string()).await
}

fn with(mut body: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

async fn anthropic(phase: &str, more: Value) -> Answer {
    let body = json!({
        "model": "claude-sonnet-5",
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": "Hello"}],
        "tools": [
            {"type": "web_search_20250305", "name": "web_search"},
            {"name": "forecast", "input_schema": schema()},
        ],
    });
    ask(
        "/v1/messages",
        ("x-api-key", "k"),
        phase,
        &with(body, &more),
    )
    .await
}

async fn chat(phase: &str, more: Value) -> Answer {
    let function = json!({"name": "forecast", "parameters": schema()});
    let body = json!({
        "model": "gpt-5",
        "messages": [{"role": "user", "content": "Hello"}],
        "tools": [{"type": "function", "function": function}],
    });
    let key = ("authorization", "Bearer k");
    ask("/v1/chat/completions", key, phase, &with(body, &more)).await
}

async fn responses(phase: &str, more: Value) -> Answer {
    let body = json!({
        "model": "gpt-5",
        "input": "Hello",
        "tools": [
            {"type": "web_search"},
            {"type": "function", "name": "forecast", "parameters": schema()},
        ],
    });
    let key = ("authorization", "Bearer k");
    ask("/v1/responses", key, phase, &with(body, &more)).await
}

async fn gemini(phase: &str, method: &str, more: Value) -> Answer {
    let body = json!({
        "contents": [{"parts": [{"text": "Hello"}]}],
        "tools": [
            {"googleSearch": {}},
            {"functionDeclarations": [{"name": "forecast", "parameters": schema()}]},
        ],
    });
    let path = format!("/v1beta/models/gemini-2.5-pro:{method}");
    ask(&path, ("x-goog-api-key", "k"), phase, &with(body, &more)).await
}

/// The text that was made into JSON.
fn parsed(text: &Value) -> Value {
    serde_json::from_str(text.as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn anthropic_calls() {
    let whole = anthropic("call", json!({})).await.json();
    let call = &whole["content"][0];
    assert_eq!(
        (&whole["stop_reason"], &call["type"]),
        (&json!("tool_use"), &json!("tool_use"))
    );
    assert_eq!(
        (&call["name"], &call["input"]),
        (&json!("forecast"), &arguments())
    );
    assert_eq!(whole["usage"]["output_tokens"], 7);

    let events = anthropic("long", json!({"stream": true})).await.data();
    let start = events
        .iter()
        .find(|event| event["type"] == "content_block_start")
        .unwrap();
    assert_eq!(start["content_block"]["input"], json!({}));
    let pieces: Vec<&str> = events
        .iter()
        .filter_map(|event| event["delta"]["partial_json"].as_str())
        .collect();
    assert_eq!(pieces.len(), 3);
    assert_eq!(parsed(&json!(pieces.concat())), arguments());

    for choice in [
        json!({"type": "any"}),
        json!({"type": "tool", "name": "forecast"}),
    ] {
        let forced = anthropic("", json!({"tool_choice": choice})).await.json();
        assert_eq!(forced["content"][0]["input"], json!({"city": ""}));
    }
    let cut = anthropic("long", json!({"max_tokens": 22})).await.json();
    assert_eq!(cut["stop_reason"], "max_tokens");
    assert_eq!(cut["content"][0]["input"], json!({}));
    let cut = anthropic("long", json!({"max_tokens": 22, "stream": true}))
        .await
        .data();
    let pieces = cut
        .iter()
        .filter_map(|event| event["delta"]["partial_json"].as_str());
    assert_eq!(pieces.collect::<String>(), r#"{"city":"Zür"#);
}

#[tokio::test]
async fn chat_calls() {
    let whole = chat("call", json!({})).await.json();
    let choice = &whole["choices"][0];
    assert_eq!(
        (&choice["finish_reason"], &choice["message"]["content"]),
        (&json!("tool_calls"), &Value::Null)
    );
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!(
        (&call["type"], &call["function"]["name"]),
        (&json!("function"), &json!("forecast"))
    );
    assert_eq!(parsed(&call["function"]["arguments"]), arguments());

    let chunks = chat("long", json!({"stream": true})).await.data();
    let calls: Vec<&Value> = chunks
        .iter()
        .map(|chunk| &chunk["choices"][0]["delta"]["tool_calls"][0])
        .filter(|call| call.is_object())
        .collect();
    let id = calls[0]["id"].as_str().unwrap();
    assert_eq!(
        calls[0],
        &json!({"index": 0, "id": id, "type": "function", "function": {"name": "forecast", "arguments": ""}})
    );
    assert_eq!(calls[1].as_object().unwrap().len(), 2);
    let pieces = calls
        .iter()
        .map(|call| call["function"]["arguments"].as_str().unwrap());
    assert_eq!(parsed(&json!(pieces.collect::<String>())), arguments());

    let named = json!({"type": "function", "function": {"name": "forecast"}});
    for choice in [json!("required"), named] {
        let forced = chat("", json!({"tool_choice": choice})).await.json();
        let call = &forced["choices"][0]["message"]["tool_calls"][0]["function"];
        assert_eq!(call["arguments"], r#"{"city":""}"#);
    }
    let cut = chat("long", json!({"max_completion_tokens": 22}))
        .await
        .json();
    let choice = &cut["choices"][0];
    assert_eq!(choice["finish_reason"], "length");
    let call = &choice["message"]["tool_calls"][0]["function"];
    assert_eq!(call["arguments"], r#"{"city":"Zür"#);
}

#[tokio::test]
async fn responses_calls() {
    let whole = responses("call", json!({})).await.json();
    let call = &whole["output"][0];
    assert_eq!(
        (&call["type"], &call["status"]),
        (&json!("function_call"), &json!("completed"))
    );
    assert_eq!(
        (&call["name"], parsed(&call["arguments"])),
        (&json!("forecast"), arguments())
    );
    assert!(call["call_id"].as_str().unwrap().starts_with("call_"));

    let events = responses("long", json!({"stream": true})).await.data();
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    let delta = "response.function_call_arguments.delta";
    assert_eq!(
        kinds[4..],
        [
            "response.output_item.added",
            delta,
            delta,
            delta,
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    assert_eq!(events[4]["item"]["arguments"], "");
    assert_eq!(parsed(&events[8]["arguments"]), arguments());
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
    }

    for choice in [
        json!("required"),
        json!({"type": "function", "name": "forecast"}),
    ] {
        let forced = responses("", json!({"tool_choice": choice})).await.json();
        assert_eq!(forced["output"][0]["arguments"], r#"{"city":""}"#);
    }
    let cut = responses("long", json!({"max_output_tokens": 22}))
        .await
        .json();
    assert_eq!(
        (&cut["status"], &cut["output"][1]["status"]),
        (&json!("incomplete"), &json!("incomplete"))
    );
    assert_eq!(cut["output"][1]["arguments"], r#"{"city":"Zür"#);
}

#[tokio::test]
async fn gemini_calls() {
    let (whole, stream) = ("generateContent", "streamGenerateContent?alt=sse");
    let reply = gemini("call", whole, json!({})).await.json();
    let parts = json!([{"functionCall": {"name": "forecast", "args": arguments()}}]);
    assert_eq!(reply["candidates"][0]["content"]["parts"], parts);
    assert_eq!(reply["candidates"][0]["finishReason"], "STOP");
    let chunks = gemini("call", stream, json!({})).await.data();
    assert_eq!(chunks, [reply]);

    for config in [
        json!({"mode": "ANY"}),
        json!({"mode": "ANY", "allowedFunctionNames": ["forecast"]}),
    ] {
        let config = json!({"toolConfig": {"functionCallingConfig": config}});
        let forced = gemini("", whole, config).await.json();
        let call = &forced["candidates"][0]["content"]["parts"][0]["functionCall"];
        assert_eq!(call["args"], json!({"city": ""}));
    }
    let cut = json!({"generationConfig": {"maxOutputTokens": 22}});
    for answer in [
        gemini("long", whole, cut.clone()).await.json(),
        gemini("long", stream, cut).await.data()[0].clone(),
    ] {
        let candidate = &answer["candidates"][0];
        assert_eq!(candidate["finishReason"], "MAX_TOKENS");
        assert_eq!(candidate["content"], json!({"role": "model"}));
        assert_eq!(answer["usageMetadata"]["candidatesTokenCount"], 20);
    }
}

#[tokio::test]
async fn a_choice_that_cannot_be_made_is_refused() {
    let nobody = json!({"type": "function", "function": {"name": "nobody"}});
    let gemini_any = json!({"tools": [], "toolConfig": {"functionCallingConfig": {"mode": "ANY"}}});
    for answer in [
        anthropic(
            "",
            json!({"tool_choice": {"type": "tool", "name": "nobody"}}),
        )
        .await,
        anthropic("", json!({"tool_choice": {"type": "tool"}})).await,
        anthropic("", json!({"tool_choice": {"type": "any"}, "tools": null})).await,
        anthropic("", json!({"tool_choice": {"type": "some"}})).await,
        chat("", json!({"tool_choice": nobody})).await,
        chat("", json!({"tool_choice": "required", "tools": []})).await,
        chat("", json!({"tool_choice": "some"})).await,
        responses(
            "",
            json!({"tool_choice": {"type": "function", "name": "nobody"}}),
        )
        .await,
        gemini("", "generateContent", gemini_any).await,
    ] {
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    // What forbids a call is obeyed, whatever the scenario says.
    let whole = anthropic("call", json!({"tool_choice": {"type": "none"}}))
        .await
        .json();
    assert_eq!(whole["content"][0]["type"], "text");
    let whole = chat("call", json!({"tool_choice": "none"})).await.json();
    assert_eq!(whole["choices"][0]["finish_reason"], "stop");
}
