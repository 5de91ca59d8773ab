//! Anthropic Messages.

use serde_json::{Value, json};

use super::{Answer, n_words, post, router, seeded};

const KEY: (&str, &str) = ("x-api-key", "sk-ant-1");

async fn ask_with(scenario: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let headers = [&[KEY], headers].concat();
    post(
        &router(scenario),
        "/v1/messages",
        &headers,
        body.to_string(),
    )
    .await
}

async fn ask(scenario: &str, body: &Value) -> Answer {
    ask_with(scenario, &[], body).await
}

/// 10 bytes of system and 11 of messages: 21 bytes, 6 tokens.
fn request(max_tokens: u64) -> Value {
    json!({
        "model": "claude-sonnet-4-5-20250929",
        "max_tokens": max_tokens,
        "system": [{"type": "text", "text": "Be  short."}],
        "messages": [
            {"role": "user", "content": "Hello,"},
            {"role": "user", "content": [{"type": "text", "text": "world"}, {"type": "image"}]},
        ],
    })
}

fn streamed(max_tokens: u64) -> Value {
    let mut request = request(max_tokens);
    request["stream"] = json!(true);
    request
}

/// The names and data of a stream's events.
fn events(answer: &Answer) -> Vec<(String, Value)> {
    let events = answer.events("\n").into_iter().map(|event| {
        let (name, data) = event.split_once('\n').unwrap();
        let name = name.strip_prefix("event: ").unwrap();
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(data["type"], name);
        (name.to_owned(), data)
    });
    events.collect()
}

fn streamed_text(events: &[(String, Value)]) -> String {
    let deltas = events
        .iter()
        .filter(|(name, _)| name == "content_block_delta");
    deltas
        .map(|(_, data)| data["delta"]["text"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_whole_reply_ends_by_itself() {
    let answer = ask("output_tokens = 100", &request(4096)).await;
    let (status, mut reply) = answer.status_and_json();
    assert_eq!((status, answer.media_type()), (200, "application/json"));
    let text = reply["content"][0]["text"].take();
    assert_eq!(n_words(text.as_str().unwrap()), 100);
    assert_eq!(
        reply,
        json!({
            "id": "msg_3e964c5beb9cf233",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-4-5-20250929",
            "content": [{"type": "text", "text": null}],
            "stop_reason": "end_turn",
            "stop_sequence": null,
            "usage": {
                "input_tokens": 6,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
                "output_tokens": 100,
            },
        })
    );
}

#[tokio::test]
async fn a_whole_reply_is_cut_at_the_ceiling() {
    let scenario = "output_tokens = 100\nreasoning_tokens = 30";
    let reply = ask(scenario, &request(80)).await.json();
    assert_eq!(n_words(reply["content"][0]["text"].as_str().unwrap()), 50);
    assert_eq!(reply["stop_reason"], "max_tokens");
    assert_eq!(reply["usage"]["output_tokens"], 80);
    let details = json!({"thinking_tokens": 30});
    assert_eq!(reply["usage"]["output_tokens_details"], details);
}

#[tokio::test]
async fn reasoning_can_eat_the_ceiling() {
    let scenario = "output_tokens = 100\nreasoning_tokens = 300";
    let reply = ask(scenario, &request(300)).await.json();
    assert_eq!(reply["content"], json!([]));
    assert_eq!(reply["stop_reason"], "max_tokens");
    assert_eq!(reply["usage"]["output_tokens"], 300);

    let events = events(&ask(scenario, &streamed(300)).await);
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["message_start", "ping", "message_delta", "message_stop"]
    );
    assert_eq!(events[2].1["delta"]["stop_reason"], "max_tokens");
    assert_eq!(events[2].1["usage"]["output_tokens"], 300);
}

#[tokio::test]
async fn an_empty_reply_ends_by_itself() {
    let reply = ask("output_tokens = 0", &request(1)).await.json();
    assert_eq!(reply["content"], json!([]));
    assert_eq!(reply["stop_reason"], "end_turn");
    assert_eq!(reply["usage"]["output_tokens"], 0);
}

#[tokio::test]
async fn a_stream_has_its_events_in_order() {
    let answer = ask("output_tokens = 40\nreasoning_tokens = 2", &streamed(4096)).await;
    let events = events(&answer);
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "message_start",
            "content_block_start",
            "ping",
            "content_block_delta",
            "content_block_delta",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
    );
    assert_eq!(
        events[0].1["message"],
        json!({
            "id": "msg_3e964c5beb9cf233",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-4-5-20250929",
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": {
                "input_tokens": 6,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
                "output_tokens": 1,
            },
        })
    );
    let block = json!({
        "type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""},
    });
    assert_eq!(events[1].1, block);
    assert_eq!(events[2].1, json!({"type": "ping"}));
    assert_eq!(events[3].1["delta"]["type"], "text_delta");
    assert_eq!(n_words(events[3].1["delta"]["text"].as_str().unwrap()), 16);
    assert_eq!(
        events[7].1,
        json!({
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": null},
            "usage": {
                "input_tokens": 6,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
                "output_tokens": 42,
                "output_tokens_details": {"thinking_tokens": 2},
            },
        })
    );
    assert_eq!(events[8].1, json!({"type": "message_stop"}));
}

#[tokio::test]
async fn a_stream_is_cut_at_the_ceiling_and_says_what_the_whole_reply_says() {
    let scenario = "output_tokens = 1000";
    let events = events(&ask(scenario, &streamed(500)).await);
    let text = streamed_text(&events);
    assert_eq!(n_words(&text), 500);
    let (_, end) = &events[events.len() - 2];
    assert_eq!(end["delta"]["stop_reason"], "max_tokens");
    assert_eq!(end["usage"]["output_tokens"], 500);
    let whole = ask(scenario, &request(500)).await.json();
    assert_eq!(whole["content"][0]["text"], text);
}

#[tokio::test]
async fn a_script_is_played_by_phase_and_attempt() {
    let scenario = "[phases.steps]\noutput_tokens = [40, 10]\ntext = '''{\"a\": \"ä\\n\"}01'''\n";
    let play = async |attempt, ceiling| {
        let headers = [
            ("x-autopack-phase", "steps"),
            ("x-autopack-attempt", attempt),
        ];
        let whole = ask_with(scenario, &headers, &request(ceiling)).await.json();
        let events = events(&ask_with(scenario, &headers, &streamed(ceiling)).await);
        let text = whole["content"][0]["text"].clone();
        assert_eq!(streamed_text(&events), text);
        (text, whole["usage"]["output_tokens"].clone())
    };
    let all = json!("{\"a\": \"ä\\n\"}01");
    assert_eq!(play("1", 40).await, (all.clone(), json!(40)));
    // 15 bytes by 40 tokens: 20 tokens are 7 bytes.
    assert_eq!(play("1", 20).await, (json!("{\"a\": \""), json!(20)));
    assert_eq!(play("2", 20).await, (all.clone(), json!(10)));
    assert_eq!(play("3", 20).await, (all, json!(10)));
}

#[tokio::test]
async fn the_same_request_gives_the_same_bytes() {
    for body in [request(2000), streamed(2000)] {
        let body = body.to_string();
        let ask = async |seed, headers: &[(&str, &str)], body: &str| {
            let headers = [&[KEY], headers].concat();
            let router = seeded("", seed);
            let answer = post(&router, "/v1/messages", &headers, body.to_owned()).await;
            answer.body
        };
        let first = ask(7, &[], &body).await;
        assert_eq!(first, ask(7, &[], &body).await);
        assert_ne!(first, ask(8, &[], &body).await);
        assert_ne!(first, ask(7, &[("x-autopack-phase", "p")], &body).await);
        assert_ne!(first, ask(7, &[("x-autopack-attempt", "2")], &body).await);
        assert_ne!(first, ask(7, &[], &body.replace("Hello", "Hallo")).await);
    }
}

/// Status and error of a refused request; the request id is checked apart.
fn refusal(answer: &Answer) -> (u16, Value) {
    let (status, mut body) = answer.status_and_json();
    let id = body["request_id"].take();
    assert!(id.as_str().unwrap().starts_with("req_"), "{id}");
    (status, body)
}

fn error(kind: &str, message: &str) -> Value {
    json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": null})
}

#[tokio::test]
async fn a_bad_key_is_refused() {
    let router = router("");
    let invalid = (401, error("authentication_error", "invalid x-api-key"));
    let missing = (
        401,
        error("authentication_error", "x-api-key header is required"),
    );
    for (headers, expected) in [
        (&[("x-api-key", "invalid")][..], &invalid),
        (&[("x-api-key", "")], &missing),
        (&[("authorization", "Bearer invalid")], &invalid),
        (&[("authorization", "Basic sk-1")], &missing),
    ] {
        let answer = post(&router, "/v1/messages", headers, "not even JSON").await;
        assert_eq!(&refusal(&answer), expected);
    }
    let bearer = [("authorization", "Bearer sk-1")];
    let body = request(1).to_string();
    let answer = post(&router, "/v1/messages", &bearer, body).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_bad_request_is_refused() {
    let with = |key: &str, value: Value| {
        let mut request = request(100);
        request[key] = value;
        request
    };
    let without = |key: &str| with(key, Value::Null);
    let integer = "max_tokens: Input should be a valid integer";
    let at_least_0 = "max_tokens: Input should be greater than or equal to 0";
    let too_large = "max_tokens: 64001 > 64000, which is the maximum allowed number of output \
                     tokens for claude-sonnet-4-5-20250929";
    for (body, message) in [
        (without("max_tokens"), "max_tokens: Field required"),
        (without("model"), "model: Field required"),
        (without("messages"), "messages: Field required"),
        (
            with("messages", json!([])),
            "messages: at least one message is required",
        ),
        (with("max_tokens", json!(64_001)), too_large),
        (with("max_tokens", json!(-3)), at_least_0),
        (with("max_tokens", json!(10.5)), integer),
        (with("max_tokens", json!("10")), integer),
    ] {
        let expected = (400, error("invalid_request_error", message));
        assert_eq!(refusal(&ask("", &body).await), expected);
    }
    let body = with("model", json!("claude-nobody"));
    let expected = (404, error("not_found_error", "model: claude-nobody"));
    assert_eq!(refusal(&ask("", &body).await), expected);
    for allowed in [0, 64_000] {
        let body = with("max_tokens", json!(allowed));
        assert_eq!(ask("", &body).await.status, 200);
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_and_a_header_that_is_no_number_are_refused() {
    let router = router("");
    let broken = post(&router, "/v1/messages", &[KEY], "{\"model\": ").await;
    let message =
        "The request body is not valid JSON: EOF while parsing a value at line 1 column 10";
    let expected = (400, error("invalid_request_error", message));
    assert_eq!(refusal(&broken), expected);
    assert_eq!(broken.json()["request_id"], "req_1534e508692c1de5");

    let body = r#"{"messages": "a secret"}"#;
    let wrong_type = post(&router, "/v1/messages", &[KEY], body).await;
    let message =
        "The request body is not valid JSON: a value has the wrong type at line 1 column 23";
    let expected = (400, error("invalid_request_error", message));
    assert_eq!(refusal(&wrong_type), expected);

    let header = ("x-autopack-attempt", "first");
    let message = "header `x-autopack-attempt` is `first`: allowed is a number from 1";
    let expected = (400, error("invalid_request_error", message));
    assert_eq!(
        refusal(&ask_with("", &[header], &request(1)).await),
        expected
    );
}
