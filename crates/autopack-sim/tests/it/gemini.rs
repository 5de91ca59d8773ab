//! Gemini `generateContent` and `streamGenerateContent`.

use serde_json::{Value, json};

use super::{Answer, n_words, post, router};

const KEY: (&str, &str) = ("x-goog-api-key", "AIza-1");
const WHOLE: &str = "generateContent";
const ARRAY: &str = "streamGenerateContent";
const EVENTS: &str = "streamGenerateContent?alt=sse";

async fn ask(scenario: &str, method: &str, body: &Value) -> Answer {
    let path = format!("/v1beta/models/gemini-2.5-pro:{method}");
    post(&router(scenario), &path, &[KEY], body.to_string()).await
}

/// 10 bytes of system and 11 of user: 21 bytes, 6 tokens.
fn request(config: &Value) -> Value {
    json!({
        "systemInstruction": {"parts": [{"text": "Be  short."}]},
        "contents": [{"role": "user", "parts": [{"text": "Hello,"}, {"text": "world"}]}],
        "generationConfig": config,
    })
}

fn ceiling(max_output_tokens: u64) -> Value {
    request(&json!({"maxOutputTokens": max_output_tokens}))
}

/// The chunks of a stream of events.
fn chunks(answer: &Answer) -> Vec<Value> {
    let events = answer.events("\r\n").into_iter();
    let data = events.map(|event| event.strip_prefix("data: ").unwrap());
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

fn said(response: &Value) -> Option<&str> {
    response["candidates"][0]["content"]["parts"][0]["text"].as_str()
}

#[tokio::test]
async fn a_whole_reply_ends_by_itself() {
    let scenario = "output_tokens = 100\nreasoning_tokens = 20";
    let answer = ask(scenario, WHOLE, &ceiling(120)).await;
    let (status, mut reply) = answer.status_and_json();
    assert_eq!((status, answer.media_type()), (200, "application/json"));
    let text = reply["candidates"][0]["content"]["parts"][0]["text"].take();
    assert_eq!(n_words(text.as_str().unwrap()), 100);
    assert_eq!(
        reply,
        json!({
            "candidates": [{
                "content": {"parts": [{"text": null}], "role": "model"},
                "finishReason": "STOP",
                "index": 0,
            }],
            "usageMetadata": {
                "promptTokenCount": 6,
                "candidatesTokenCount": 100,
                "thoughtsTokenCount": 20,
                "totalTokenCount": 126,
            },
            "modelVersion": "gemini-2.5-pro",
            "responseId": "d54a757ae45228b2",
        })
    );
}

#[tokio::test]
async fn a_whole_reply_is_cut_at_the_ceiling_in_either_spelling() {
    let snake = json!({
        "contents": [{"parts": [{"text": "Hello"}]}],
        "generation_config": {"max_output_tokens": 700},
    });
    for body in [ceiling(700), snake] {
        let reply = ask("", WHOLE, &body).await.json();
        assert_eq!(n_words(said(&reply).unwrap()), 700);
        assert_eq!(reply["candidates"][0]["finishReason"], "MAX_TOKENS");
        let usage = reply["usageMetadata"].as_object().unwrap();
        assert_eq!(usage["candidatesTokenCount"], 700);
        assert!(!usage.contains_key("thoughtsTokenCount"));
    }
}

#[tokio::test]
async fn without_a_ceiling_the_models_limit_holds() {
    let no_config = json!({"contents": [{"parts": [{"text": "Hello"}]}]});
    for body in [no_config, request(&json!({})), request(&Value::Null)] {
        let reply = ask("output_tokens = 70000", WHOLE, &body).await.json();
        assert_eq!(reply["candidates"][0]["finishReason"], "MAX_TOKENS");
        assert_eq!(reply["usageMetadata"]["candidatesTokenCount"], 65_536);
    }
}

#[tokio::test]
async fn thoughts_can_eat_the_ceiling() {
    let scenario = "reasoning_tokens = 5000";
    let expected = json!({
        "candidates": [{
            "content": {"role": "model"}, "finishReason": "MAX_TOKENS", "index": 0,
        }],
        "usageMetadata": {
            "promptTokenCount": 6, "thoughtsTokenCount": 4096, "totalTokenCount": 4102,
        },
        "modelVersion": "gemini-2.5-pro",
        "responseId": "d54a757ae45228b2",
    });
    let whole = ask(scenario, WHOLE, &ceiling(4096)).await;
    assert_eq!(whole.json(), expected);
    let events = ask(scenario, EVENTS, &ceiling(4096)).await;
    assert_eq!(chunks(&events), std::slice::from_ref(&expected));
    let array = ask(scenario, ARRAY, &ceiling(4096)).await;
    assert_eq!(array.json(), json!([expected]));
}

#[tokio::test]
async fn a_stream_has_the_usage_so_far_in_each_chunk_and_the_reason_in_the_last() {
    let scenario = "output_tokens = 40\nreasoning_tokens = 3";
    let answer = ask(scenario, EVENTS, &ceiling(4096)).await;
    let chunks = chunks(&answer);
    let expected = |n_visible: u64, chunk: &Value, reason: Option<&str>| {
        let mut candidate = json!({
            "content": {"parts": [{"text": said(chunk)}], "role": "model"}, "index": 0,
        });
        if let Some(reason) = reason {
            candidate["finishReason"] = json!(reason);
        }
        json!({
            "candidates": [candidate],
            "usageMetadata": {
                "promptTokenCount": 6,
                "candidatesTokenCount": n_visible,
                "thoughtsTokenCount": 3,
                "totalTokenCount": 9 + n_visible,
            },
            "modelVersion": "gemini-2.5-pro",
            "responseId": "d54a757ae45228b2",
        })
    };
    assert_eq!(chunks.len(), 3);
    assert_eq!(chunks[0], expected(16, &chunks[0], None));
    assert_eq!(chunks[1], expected(32, &chunks[1], None));
    assert_eq!(chunks[2], expected(40, &chunks[2], Some("STOP")));
    assert_eq!(n_words(said(&chunks[2]).unwrap()), 8);
}

#[tokio::test]
async fn a_stream_is_cut_at_the_ceiling_in_either_framing() {
    let whole = ask("", WHOLE, &ceiling(500)).await.json();
    let events = chunks(&ask("", EVENTS, &ceiling(500)).await);
    let array = ask("", ARRAY, &ceiling(500)).await;
    assert_eq!(array.media_type(), "application/json");
    assert_eq!(array.json(), json!(events));
    let text: String = events.iter().filter_map(said).collect();
    assert_eq!(said(&whole), Some(text.as_str()));
    let last = events.last().unwrap();
    assert_eq!(last["usageMetadata"], whole["usageMetadata"]);
    assert_eq!(last["candidates"][0]["finishReason"], "MAX_TOKENS");
}

#[tokio::test]
async fn the_same_request_gives_the_same_bytes() {
    for method in [WHOLE, EVENTS, ARRAY] {
        let first = ask("", method, &ceiling(2000)).await.body;
        assert_eq!(first, ask("", method, &ceiling(2000)).await.body);
    }
}

fn error(code: u16, status: &str, message: &str) -> (u16, Value) {
    let error = json!({"code": code, "message": message, "status": status});
    (code, json!({"error": error}))
}

fn invalid(message: &str) -> (u16, Value) {
    error(400, "INVALID_ARGUMENT", message)
}

#[tokio::test]
async fn a_bad_key_is_refused_and_the_query_may_carry_a_good_one() {
    let router = router("");
    let path = "/v1beta/models/gemini-2.5-pro:generateContent";
    let message = "API key not valid. Please pass a valid API key.";
    let mut wrong = invalid(message);
    wrong.1["error"]["details"] = json!([
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
            "metadata": {"service": "generativelanguage.googleapis.com"},
        },
        {
            "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
            "locale": "en-US",
            "message": message,
        },
    ]);
    let missing = error(
        403,
        "PERMISSION_DENIED",
        "Method doesn't allow unregistered callers (callers without established identity). Please \
         use API Key or other form of API consumer identity to call this API.",
    );
    for (query, headers, expected) in [
        ("", &[("x-goog-api-key", "invalid")][..], &wrong),
        ("?alt=json&key=invalid", &[], &wrong),
        ("?key=", &[], &missing),
        ("", &[], &missing),
    ] {
        let answer = post(&router, &format!("{path}{query}"), headers, "").await;
        assert_eq!(&answer.status_and_json(), expected, "{query}");
    }
    let body = ceiling(10).to_string();
    let answer = post(&router, &format!("{path}?key=AIza-1"), &[], body).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_bad_ceiling_is_refused() {
    let range = |found: i64| {
        invalid(&format!(
            "Unable to submit request because it has a maxOutputTokens value of {found} but the \
             supported range is from 1 (inclusive) to 65537 (exclusive). Update the value and try \
             again."
        ))
    };
    let wrong_type = |found: &str| {
        let field = "generation_config.max_output_tokens";
        let message = format!("Invalid value at '{field}' (TYPE_INT32), {found}");
        let mut error = invalid(&message);
        error.1["error"]["details"] = json!([{
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": field, "description": message}],
        }]);
        error
    };
    for (written, expected) in [
        (json!(65_537), range(65_537)),
        (json!(0), range(0)),
        (json!(-1), range(-1)),
        (json!(1.5), wrong_type("1.5")),
        (json!("many"), wrong_type("\"many\"")),
    ] {
        let body = request(&json!({"maxOutputTokens": written}));
        assert_eq!(ask("", WHOLE, &body).await.status_and_json(), expected);
    }
    assert_eq!(ask("", WHOLE, &ceiling(65_536)).await.status, 200);
}

#[tokio::test]
async fn a_bad_request_is_refused() {
    let router = router("");
    let body = ceiling(10).to_string();
    let path = "/v1beta/models/gemini-nobody:streamGenerateContent";
    let unknown = error(
        404,
        "NOT_FOUND",
        "models/gemini-nobody is not found for API version v1beta, or is not supported for \
         streamGenerateContent. Call ListModels to see the list of available models and their \
         supported methods.",
    );
    assert_eq!(
        post(&router, path, &[KEY], body).await.status_and_json(),
        unknown
    );

    let path = "/v1beta/models/gemini-2.5-pro:generateContent";
    for (body, message) in [
        (
            "{",
            "Invalid JSON payload received. EOF while parsing an object at line 1 column 1",
        ),
        (
            r#"{"contents": 5}"#,
            "Invalid JSON payload received. a value has the wrong type at line 1 column 14",
        ),
        (
            "{}",
            "* GenerateContentRequest.contents: contents is not specified\n",
        ),
    ] {
        let answer = post(&router, path, &[KEY], body).await;
        assert_eq!(answer.status_and_json(), invalid(message));
    }
}
