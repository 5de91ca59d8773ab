//! `OpenAI` Responses.

use serde_json::{Value, json};

use super::{Answer, n_words, post, router};

const PATH: &str = "/v1/responses";
const KEY: (&str, &str) = ("authorization", "Bearer sk-1");

async fn ask(scenario: &str, body: &Value) -> Answer {
    post(&router(scenario), PATH, &[KEY], body.to_string()).await
}

/// 10 bytes of instructions and 11 of input: 21 bytes, 6 tokens.
fn request(more: &Value) -> Value {
    let mut request = json!({
        "model": "gpt-5",
        "instructions": "Be  short.",
        "input": [
            {"role": "user", "content": "Hello,"},
            {"type": "function_call_output", "call_id": "call_1", "output": "{}"},
            {"role": "user", "content": [{"type": "input_text", "text": "world"}]},
        ],
    });
    for (key, value) in more.as_object().unwrap() {
        request[key] = value.clone();
    }
    request
}

#[tokio::test]
async fn a_whole_reply_ends_by_itself() {
    let scenario = "output_tokens = 100\nreasoning_tokens = 20";
    let answer = ask(scenario, &request(&json!({"max_output_tokens": 120}))).await;
    let (status, mut reply) = answer.status_and_json();
    assert_eq!((status, answer.media_type()), (200, "application/json"));
    assert!(answer.header("x-request-id").unwrap().starts_with("req_"));
    let text = reply["output"][1]["content"][0]["text"].take();
    assert_eq!(n_words(text.as_str().unwrap()), 100);
    let id = "268689a7fd50cb14";
    assert_eq!(
        reply,
        json!({
            "id": format!("resp_{id}"),
            "object": "response",
            "created_at": 1_767_225_600,
            "status": "completed",
            "background": false,
            "error": null,
            "incomplete_details": null,
            "instructions": "Be  short.",
            "max_output_tokens": 120,
            "model": "gpt-5",
            "output": [
                {"type": "reasoning", "id": format!("rs_{id}"), "summary": []},
                {
                    "type": "message",
                    "id": format!("msg_{id}"),
                    "status": "completed",
                    "role": "assistant",
                    "content": [{
                        "type": "output_text", "annotations": [], "logprobs": [], "text": null,
                    }],
                },
            ],
            "parallel_tool_calls": true,
            "previous_response_id": null,
            "reasoning": {"effort": null, "summary": null},
            "store": true,
            "temperature": 1.0,
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": {
                "input_tokens": 6,
                "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                "output_tokens": 120,
                "output_tokens_details": {"reasoning_tokens": 20},
                "total_tokens": 126,
            },
            "user": null,
            "metadata": {},
        })
    );
}

#[tokio::test]
async fn a_whole_reply_is_cut_at_the_ceiling() {
    let body = json!({"model": "gpt-4o", "input": "Hello", "max_output_tokens": 16});
    let reply = ask("", &body).await.json();
    assert_eq!(reply["status"], "incomplete");
    assert_eq!(
        reply["incomplete_details"],
        json!({"reason": "max_output_tokens"})
    );
    assert_eq!(reply["output"][0]["status"], "incomplete");
    let text = reply["output"][0]["content"][0]["text"].as_str().unwrap();
    assert_eq!(n_words(text), 16);
    assert_eq!(reply["usage"]["output_tokens"], 16);

    let scenario = "output_tokens = 20000";
    let reply = ask(scenario, &json!({"model": "gpt-4o", "input": "Hello"}))
        .await
        .json();
    assert_eq!(reply["usage"]["output_tokens"], 16_384);
    assert_eq!(reply["max_output_tokens"], Value::Null);
}

#[tokio::test]
async fn reasoning_can_eat_the_ceiling() {
    let scenario = "reasoning_tokens = 5000";
    let body = request(&json!({"max_output_tokens": 4096}));
    let reply = ask(scenario, &body).await.json();
    assert_eq!(reply["status"], "incomplete");
    assert_eq!(reply["output"].as_array().unwrap().len(), 1);
    assert_eq!(reply["output"][0]["type"], "reasoning");
    assert_eq!(
        reply["usage"]["output_tokens_details"]["reasoning_tokens"],
        4096
    );
}

#[tokio::test]
async fn a_stream_has_its_events_in_order() {
    let scenario = "output_tokens = 33\nreasoning_tokens = 3";
    let answer = ask(scenario, &request(&json!({"stream": true}))).await;
    for event in answer.events("\n") {
        let (name, data) = event.split_once('\n').unwrap();
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(name.strip_prefix("event: "), data["type"].as_str());
    }
    let events = answer.data();
    let kinds: Vec<&str> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.output_item.done",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
    }
    let whole = ask(scenario, &request(&json!({}))).await.json();
    let text = &whole["output"][1]["content"][0]["text"];
    let deltas = events[6..9]
        .iter()
        .map(|event| event["delta"].as_str().unwrap());
    assert_eq!(text, &deltas.collect::<String>());
    assert_eq!(&events[9]["text"], text);
    assert_eq!(events[10]["part"], whole["output"][1]["content"][0]);
    assert_eq!(events[11]["item"], whole["output"][1]);
    assert_eq!(events[12]["response"], whole);

    let begun = &events[0]["response"];
    assert_eq!(
        (&begun["status"], &begun["usage"]),
        (&json!("in_progress"), &Value::Null)
    );
    assert_eq!(begun["output"], json!([]));
    let place = json!({
        "type": "response.output_text.delta",
        "sequence_number": 6,
        "item_id": whole["output"][1]["id"],
        "output_index": 1,
        "content_index": 0,
        "delta": events[6]["delta"],
        "logprobs": [],
    });
    assert_eq!(events[6], place);
}

#[tokio::test]
async fn a_cut_stream_ends_incomplete() {
    let body = request(&json!({"stream": true, "max_output_tokens": 50}));
    let events = ask("", &body).await.data();
    let end = events.last().unwrap();
    assert_eq!(end["type"], "response.incomplete");
    assert_eq!(
        end["response"]["incomplete_details"]["reason"],
        "max_output_tokens"
    );
    assert_eq!(end["response"]["usage"]["output_tokens"], 50);
}

#[tokio::test]
async fn a_line_break_in_the_request_ends_no_event() {
    let tools = r#"[{"type": "function",
        "name": "f"}]"#;
    let body =
        format!(r#"{{"model": "gpt-5", "input": "Hello", "stream": true, "tools": {tools}}}"#);
    let answer = post(&router("output_tokens = 5"), PATH, &[KEY], body).await;
    let tools: Value = serde_json::from_str(tools).unwrap();
    assert_eq!(answer.data()[0]["response"]["tools"], tools);
}

fn error(message: &str, param: &str, code: &str) -> Value {
    json!({"error": {
        "message": message, "type": "invalid_request_error", "param": param, "code": code,
    }})
}

#[tokio::test]
async fn a_bad_request_is_refused() {
    let name = "max_output_tokens";
    let too_small = |found: i64| {
        let message = format!(
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but \
             got {found} instead."
        );
        error(&message, name, "integer_below_min_value")
    };
    let unknown = |name: &str| {
        let message = format!("Unknown parameter: '{name}'.");
        error(&message, name, "unknown_parameter")
    };
    let missing = |name: &str| {
        let message = format!("Missing required parameter: '{name}'.");
        error(&message, name, "missing_required_parameter")
    };
    let too_large = "max_output_tokens is too large: 128001. This model supports at most 128000 \
                     completion tokens, whereas you provided 128001.";
    let wrong_type =
        "Invalid type for 'max_output_tokens': expected an integer, but got a string instead.";
    for (more, expected) in [
        (json!({name: 15}), too_small(15)),
        (json!({name: -1}), too_small(-1)),
        (
            json!({name: 128_001}),
            error(too_large, name, "invalid_value"),
        ),
        (json!({name: "50"}), error(wrong_type, name, "invalid_type")),
        (json!({"max_tokens": 50}), unknown("max_tokens")),
        (
            json!({"max_completion_tokens": 50}),
            unknown("max_completion_tokens"),
        ),
        (json!({"model": null}), missing("model")),
        (json!({"input": null}), missing("input")),
    ] {
        let answer = ask("", &request(&more)).await;
        assert_eq!(answer.status_and_json(), (400, expected), "{more}");
    }
    let answer = ask("", &request(&json!({"model": "gpt-nobody"}))).await;
    assert_eq!(
        (
            answer.status.as_u16(),
            answer.json()["error"]["code"].clone()
        ),
        (404, json!("model_not_found"))
    );
}

#[tokio::test]
async fn a_prompt_is_counted_as_it_is_billed() {
    let body = request(&json!({})).to_string();
    let answer = post(&router(""), "/v1/responses/input_tokens", &[KEY], body).await;
    let expected = json!({"object": "response.input_tokens", "input_tokens": 6});
    assert_eq!(answer.status_and_json(), (200, expected));
}
