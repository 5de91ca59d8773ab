//! `OpenAI` Chat Completions.

use serde_json::{Value, json};

use super::{Answer, n_words, post, router};

const PATH: &str = "/v1/chat/completions";
const KEY: (&str, &str) = ("authorization", "Bearer sk-1");

async fn ask(scenario: &str, body: &Value) -> Answer {
    post(&router(scenario), PATH, &[KEY], body.to_string()).await
}

/// 10 bytes of system and 11 of user: 21 bytes, 6 tokens.
fn request(model: &str, more: &Value) -> Value {
    let mut request = json!({
        "model": model,
        "messages": [
            {"role": "system", "content": "Be  short."},
            {"role": "assistant", "content": null, "tool_calls": []},
            {"role": "user", "content": [{"type": "text", "text": "Hello,world"}]},
        ],
    });
    for (key, value) in more.as_object().unwrap() {
        request[key] = value.clone();
    }
    request
}

/// The chunks of a stream, without `[DONE]`.
fn chunks(answer: &Answer) -> Vec<Value> {
    let mut events = answer.events("\n");
    assert_eq!(events.pop(), Some("data: [DONE]"));
    let data = events
        .into_iter()
        .map(|event| event.strip_prefix("data: ").unwrap());
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

fn streamed_text(chunks: &[Value]) -> String {
    let deltas = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str());
    deltas.collect()
}

#[tokio::test]
async fn a_whole_reply_ends_by_itself() {
    let scenario = "output_tokens = 100\nreasoning_tokens = 20";
    let body = request("gpt-5", &json!({"max_completion_tokens": 120}));
    let answer = ask(scenario, &body).await;
    let (status, mut reply) = answer.status_and_json();
    assert_eq!((status, answer.media_type()), (200, "application/json"));
    let text = reply["choices"][0]["message"]["content"].take();
    assert_eq!(n_words(text.as_str().unwrap()), 100);
    assert_eq!(
        reply,
        json!({
            "id": "chatcmpl-5ca644839e27e984",
            "object": "chat.completion",
            "created": 1_767_225_600,
            "model": "gpt-5",
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": null, "refusal": null},
                "logprobs": null,
                "finish_reason": "stop",
            }],
            "usage": {
                "prompt_tokens": 6,
                "completion_tokens": 120,
                "total_tokens": 126,
                "prompt_tokens_details": {"cached_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 20},
            },
        })
    );
}

#[tokio::test]
async fn a_whole_reply_is_cut_at_the_ceiling() {
    for (model, parameter) in [
        ("gpt-4o", "max_tokens"),
        ("gpt-4o", "max_completion_tokens"),
        ("o3", "max_completion_tokens"),
    ] {
        let reply = ask("", &request(model, &json!({parameter: 700})))
            .await
            .json();
        let choice = &reply["choices"][0];
        assert_eq!(n_words(choice["message"]["content"].as_str().unwrap()), 700);
        assert_eq!(choice["finish_reason"], "length");
        assert_eq!(reply["usage"]["completion_tokens"], 700);
    }
}

#[tokio::test]
async fn without_a_ceiling_the_models_limit_holds() {
    let scenario = "output_tokens = 20000";
    for ceiling in [json!({}), json!({"max_tokens": null})] {
        let reply = ask(scenario, &request("gpt-4o", &ceiling)).await.json();
        assert_eq!(reply["choices"][0]["finish_reason"], "length");
        assert_eq!(reply["usage"]["completion_tokens"], 16_384);
    }
}

#[tokio::test]
async fn reasoning_can_eat_the_ceiling() {
    let scenario = "reasoning_tokens = 5000";
    let ceiling = json!({"max_completion_tokens": 4096});
    let reply = ask(scenario, &request("gpt-5", &ceiling)).await.json();
    let choice = &reply["choices"][0];
    assert_eq!(choice["message"]["content"], "");
    assert_eq!(choice["finish_reason"], "length");
    let usage = &reply["usage"];
    assert_eq!(usage["completion_tokens"], 4096);
    assert_eq!(usage["completion_tokens_details"]["reasoning_tokens"], 4096);

    let stream = json!({"max_completion_tokens": 4096, "stream": true});
    let chunks = chunks(&ask(scenario, &request("gpt-5", &stream)).await);
    assert_eq!(chunks.len(), 2);
    assert_eq!(chunks[1]["choices"][0]["finish_reason"], "length");
}

#[tokio::test]
async fn a_stream_has_role_deltas_reason_and_done() {
    let answer = ask(
        "output_tokens = 33",
        &request("gpt-4o", &json!({"stream": true})),
    )
    .await;
    let chunks = chunks(&answer);
    let chunk = |delta: Value, finish_reason: Value| {
        json!({
            "id": "chatcmpl-31910dfaac5fd6fe",
            "object": "chat.completion.chunk",
            "created": 1_767_225_600,
            "model": "gpt-4o",
            "choices": [{
                "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason,
            }],
        })
    };
    let n_tokens: Vec<usize> = chunks[1..4]
        .iter()
        .map(|chunk| n_words(chunk["choices"][0]["delta"]["content"].as_str().unwrap()))
        .collect();
    assert_eq!((chunks.len(), n_tokens), (5, vec![16, 16, 1]));
    let role = json!({"role": "assistant", "content": ""});
    assert_eq!(chunks[0], chunk(role, Value::Null));
    assert_eq!(
        chunks[1],
        chunk(chunks[1]["choices"][0]["delta"].clone(), Value::Null)
    );
    assert_eq!(chunks[4], chunk(json!({}), json!("stop")));
}

#[tokio::test]
async fn a_stream_is_cut_at_the_ceiling_and_reports_usage_if_asked() {
    let stream = json!({
        "max_tokens": 50, "stream": true, "stream_options": {"include_usage": true},
    });
    let chunks = chunks(&ask("", &request("gpt-4o", &stream)).await);
    let [before @ .., end, usage] = &chunks[..] else {
        panic!("too few chunks");
    };
    assert!(before.iter().all(|chunk| chunk["usage"] == Value::Null));
    assert!(before[0].as_object().unwrap().contains_key("usage"));
    assert_eq!(end["choices"][0]["finish_reason"], "length");
    assert_eq!(usage["choices"], json!([]));
    assert_eq!(
        usage["usage"],
        json!({
            "prompt_tokens": 6,
            "completion_tokens": 50,
            "total_tokens": 56,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        })
    );
    let whole = ask("", &request("gpt-4o", &json!({"max_tokens": 50}))).await;
    assert_eq!(
        whole.json()["choices"][0]["message"]["content"],
        streamed_text(&chunks)
    );
}

#[tokio::test]
async fn the_same_request_gives_the_same_bytes() {
    for more in [json!({}), json!({"stream": true})] {
        let body = request("gpt-5", &more);
        assert_eq!(ask("", &body).await.body, ask("", &body).await.body);
    }
}

fn error(message: &str, param: Option<&str>, code: Option<&str>) -> Value {
    json!({"error": {
        "message": message, "type": "invalid_request_error", "param": param, "code": code,
    }})
}

#[tokio::test]
async fn a_bad_key_is_refused() {
    let router = router("");
    let invalid = error(
        "Incorrect API key provided: invalid. You can find your API key at \
         https://platform.openai.com/account/api-keys.",
        None,
        Some("invalid_api_key"),
    );
    let missing = error(
        "You didn't provide an API key. You need to provide your API key in an Authorization \
         header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key \
         from https://platform.openai.com/account/api-keys.",
        None,
        None,
    );
    for (headers, expected) in [
        (&[("authorization", "Bearer invalid")][..], &invalid),
        (&[("authorization", "Bearer ")], &missing),
        (&[("authorization", "Basic c2s=")], &missing),
        (&[], &missing),
    ] {
        let answer = post(&router, PATH, headers, "not even JSON").await;
        assert_eq!(answer.status_and_json(), (401, expected.clone()));
    }
}

#[tokio::test]
async fn a_bad_ceiling_is_refused() {
    let renamed = error(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
         'max_completion_tokens' instead.",
        Some("max_tokens"),
        Some("unsupported_parameter"),
    );
    let two = error(
        "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
        Some("max_tokens"),
        Some("invalid_parameter_combination"),
    );
    let too_large = |name: &str, limit: u64| {
        let found = limit + 1;
        error(
            &format!(
                "{name} is too large: {found}. This model supports at most {limit} completion \
                 tokens, whereas you provided {found}."
            ),
            Some(name),
            Some("invalid_value"),
        )
    };
    let too_small = |found: i64| {
        error(
            &format!(
                "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but \
                 got {found} instead."
            ),
            Some("max_tokens"),
            Some("integer_below_min_value"),
        )
    };
    let wrong_type = |kind: &str| {
        error(
            &format!("Invalid type for 'max_tokens': expected an integer, but got {kind} instead."),
            Some("max_tokens"),
            Some("invalid_type"),
        )
    };
    let both = json!({"max_tokens": 5, "max_completion_tokens": 5});
    let (old, new) = ("max_tokens", "max_completion_tokens");
    for (model, more, expected) in [
        ("gpt-5", json!({old: 100}), &renamed),
        ("gpt-5", both.clone(), &renamed),
        ("gpt-4o", both, &two),
        ("gpt-4o", json!({old: 16_385}), &too_large(old, 16_384)),
        ("gpt-4o", json!({new: 16_385}), &too_large(new, 16_384)),
        ("gpt-5", json!({new: 128_001}), &too_large(new, 128_000)),
        ("gpt-4o", json!({old: 0}), &too_small(0)),
        ("gpt-4o", json!({old: -7}), &too_small(-7)),
        ("gpt-4o", json!({old: "9"}), &wrong_type("a string")),
        ("gpt-4o", json!({old: 9.5}), &wrong_type("a decimal number")),
    ] {
        let answer = ask("", &request(model, &more)).await;
        assert_eq!(answer.status_and_json(), (400, expected.clone()), "{more}");
    }
}

#[tokio::test]
async fn a_bad_request_is_refused() {
    let mut body = request("gpt-4o", &json!({"messages": null}));
    let missing = error(
        "Missing required parameter: 'messages'.",
        Some("messages"),
        Some("missing_required_parameter"),
    );
    assert_eq!(ask("", &body).await.status_and_json(), (400, missing));
    body["messages"] = json!([]);
    let empty = error(
        "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an \
         empty array instead.",
        Some("messages"),
        Some("empty_array"),
    );
    assert_eq!(ask("", &body).await.status_and_json(), (400, empty));
    body["model"] = Value::Null;
    let no_model = error("you must provide a model parameter", None, None);
    assert_eq!(ask("", &body).await.status_and_json(), (400, no_model));
    body["model"] = json!("gpt-nobody");
    let unknown = error(
        "The model `gpt-nobody` does not exist or you do not have access to it.",
        None,
        Some("model_not_found"),
    );
    assert_eq!(ask("", &body).await.status_and_json(), (404, unknown));

    let broken = post(&router(""), PATH, &[KEY], "{]").await;
    let message = "We could not parse the JSON body of your request. (key must be a string at line \
                   1 column 2)";
    assert_eq!(broken.status_and_json(), (400, error(message, None, None)));
}
