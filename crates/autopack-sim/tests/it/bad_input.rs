//! Whatever comes in, the answer is the dialect's own: a reply or a 400, never a 500 and no panic.

use axum::Router;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use super::{Answer, DIALECTS, Dialect, post, router};

/// A request of each dialect with all fields that are read, to break at every place.
fn full_request(dialect: Dialect) -> Value {
    let schema =
        json!({"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]});
    let more = match dialect.path {
        "/v1/messages" => json!({
            "system": [{"type": "text", "text": "Be brief."}],
            "thinking": {"type": "adaptive", "display": "summarized"},
            "tools": [{"name": "f", "input_schema": schema}],
            "tool_choice": {"type": "auto"},
            "output_config": {"format": {"type": "json_schema", "schema": schema}},
            "temperature": 0.5,
            "stream": false,
        }),
        "/v1/chat/completions" => json!({
            "max_completion_tokens": 100,
            "n": 2,
            "tools": [{"type": "function", "function": {"name": "f", "parameters": schema}}],
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "response_format": {"type": "json_schema", "json_schema": {"schema": schema}},
            "stream": true,
            "stream_options": {"include_usage": true},
        }),
        "/v1/responses" => json!({
            "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hello"}]}],
            "instructions": "Be brief.",
            "max_output_tokens": 100,
            "tools": [{"type": "function", "name": "f", "parameters": schema}],
            "tool_choice": "auto",
            "text": {"format": {"type": "json_schema", "schema": schema}},
            "stream": true,
        }),
        _ => json!({
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "generationConfig": {
                "maxOutputTokens": 100,
                "candidateCount": 2,
                "responseMimeType": "application/json",
                "responseSchema": schema,
                "thinkingConfig": {"includeThoughts": true, "thinkingBudget": 512},
            },
            "tools": [{"functionDeclarations": [{"name": "f", "parameters": schema}]}],
            "toolConfig": {"functionCallingConfig": {"mode": "AUTO", "allowedFunctionNames": ["f"]}},
        }),
    };
    let mut request: Value = serde_json::from_str(dialect.body).unwrap();
    let (Value::Object(request_fields), Value::Object(more)) = (&mut request, more) else {
        panic!("no object");
    };
    request_fields.extend(more);
    request
}

async fn ask(router: &Router, dialect: Dialect, body: impl Into<axum::body::Body>) -> Answer {
    post(router, dialect.path, &[dialect.key], body).await
}

/// A reply, or a refusal in the dialect's words.
fn is_own(dialect: Dialect, answer: &Answer) -> Result<(), TestCaseError> {
    match answer.status.as_u16() {
        200 => Ok(()),
        400 | 404 => is_own_error(dialect, answer),
        status => Err(TestCaseError::fail(format!(
            "{}: {status} {}",
            dialect.path,
            answer.text()
        ))),
    }
}

fn is_own_error(dialect: Dialect, answer: &Answer) -> Result<(), TestCaseError> {
    let body = answer.json();
    let error = &body["error"];
    let (key, word) = match dialect.path {
        "/v1/messages" => ("type", &["invalid_request_error", "not_found_error"][..]),
        path if path.contains("gemini") => ("status", &["INVALID_ARGUMENT", "NOT_FOUND"][..]),
        _ => ("type", &["invalid_request_error"][..]),
    };
    prop_assert!(error["message"].is_string(), "{body}");
    prop_assert!(
        error[key]
            .as_str()
            .is_some_and(|found| word.contains(&found)),
        "{body}"
    );
    Ok(())
}

#[tokio::test]
async fn a_full_request_is_good() {
    let router = router("");
    for dialect in DIALECTS {
        let body = full_request(dialect).to_string();
        let answer = ask(&router, dialect, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

#[tokio::test]
async fn bodies_that_are_no_request_are_refused() {
    let router = router("");
    let deep = format!(r#"{{"x": {}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    for dialect in DIALECTS {
        // Every field in its place, but in a list: a struct to the parser, no request to anyone.
        let list: Vec<Value> = full_request(dialect)
            .as_object()
            .unwrap()
            .values()
            .cloned()
            .collect();
        for body in [
            &b""[..],
            b" ",
            b"null",
            b"true",
            b"5",
            b"\"text\"",
            b"[]",
            b"{}",
            b"{",
            b"{\"model\"",
            b"{} {}",
            b"\xff\xfe",
            b"\xef\xbb\xbf{}",
            b"{\"\xff\": 1}",
            b"{\"x\": \"\\ud800\"}",
            b"{\"x\": 1e999}",
            b"{\"x\": NaN}",
            json!(list).to_string().as_bytes(),
            deep.as_bytes(),
        ] {
            let answer = ask(&router, dialect, body.to_vec()).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
            assert_eq!(answer.status, 400, "{}: {shown}", dialect.path);
            is_own_error(dialect, &answer).unwrap();
        }
    }
}

#[tokio::test]
async fn a_ceiling_is_a_whole_number_in_range_or_refused() {
    let router = router("");
    for dialect in DIALECTS {
        for written in [
            json!(-1),
            json!(i64::MIN),
            json!(u64::MAX),
            json!(1e300),
            json!(0.5),
            json!("100"),
            json!(""),
            json!(true),
            json!([100]),
            json!({"value": 100}),
        ] {
            let mut request = full_request(dialect);
            match dialect.path {
                "/v1/messages" => request["max_tokens"] = written.clone(),
                "/v1/chat/completions" => request["max_completion_tokens"] = written.clone(),
                "/v1/responses" => request["max_output_tokens"] = written.clone(),
                _ => request["generationConfig"]["maxOutputTokens"] = written.clone(),
            }
            let answer = ask(&router, dialect, request.to_string()).await;
            assert_eq!(answer.status, 400, "{}: {written}", dialect.path);
            is_own_error(dialect, &answer).unwrap();
        }
    }
}

#[tokio::test]
async fn foreign_names_of_the_ceiling_are_refused() {
    let router = router("");
    for (dialect, names) in DIALECTS.into_iter().zip([
        &["max_completion_tokens", "max_output_tokens"][..],
        &["max_output_tokens"],
        &["max_tokens", "max_completion_tokens"],
        &["max_tokens"],
    ]) {
        for name in names {
            let mut request = full_request(dialect);
            request[*name] = json!(100);
            let answer = ask(&router, dialect, request.to_string()).await;
            assert_eq!(answer.status, 400, "{name}");
            assert!(
                answer.json()["error"]["message"]
                    .as_str()
                    .unwrap()
                    .contains(name)
            );
        }
    }
}

#[tokio::test]
async fn of_equal_keys_the_last_counts() {
    let router = router("");
    let body = r#"{"model": "gpt-4o", "max_tokens": "none", "max_tokens": 9, "max_t\u006fkens": 5,
                   "messages": [{"role": "user", "content": "Hello"}]}"#;
    let [_, chat, ..] = DIALECTS;
    let reply = ask(&router, chat, body).await.json();
    assert_eq!(reply["usage"]["completion_tokens"], 5);
}

/// A value that is hardly ever right.
fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        Just(json!("100")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[[{}]]])),
        Just(json!({"type": 5, "text": [], "name": {}})),
        Just(json!(["user", "Hello"])),
    ]
}

/// All places in a value, as JSON pointers.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    let mut enter = |key: &str, value: &Value| {
        let place = format!("{here}/{key}");
        places(value, &place, found);
        found.push(place);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| enter(key, value)),
        Value::Array(entries) => {
            for (at, value) in entries.iter().enumerate() {
                enter(&at.to_string(), value);
            }
        }
        _ => {}
    }
}

fn remove(value: &mut Value, place: &str) {
    let (parent, key) = place.rsplit_once('/').unwrap();
    let remove = |fields: &mut Map<String, Value>| drop(fields.remove(key));
    match value.pointer_mut(parent) {
        Some(Value::Object(fields)) => remove(fields),
        Some(other) => *other = Value::Null,
        None => {}
    }
}

proptest! {
    #[test]
    fn one_odd_value_anywhere_is_answered_in_the_dialects_words(
        dialect in prop::sample::select(DIALECTS.to_vec()),
        place in any::<prop::sample::Index>(),
        odd in prop::option::of(odd_value()),
    ) {
        let mut request = full_request(dialect);
        let mut found = Vec::new();
        places(&request, "", &mut found);
        let place = place.get(&found);
        match odd {
            Some(odd) => *request.pointer_mut(place).unwrap() = odd,
            None => remove(&mut request, place),
        }
        let router = router("output_tokens = 20");
        let answer = Runtime::new().unwrap().block_on(ask(&router, dialect, request.to_string()));
        is_own(dialect, &answer)?;
    }

    #[test]
    fn broken_bytes_are_answered_in_the_dialects_words(
        dialect in prop::sample::select(DIALECTS.to_vec()),
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..6),
        n_replaced in 0_usize..6,
    ) {
        let mut body = full_request(dialect).to_string().into_bytes();
        let at = at.index(body.len());
        let end = (at + n_replaced).min(body.len());
        body.splice(at..end, bytes);
        let router = router("output_tokens = 20");
        let answer = Runtime::new().unwrap().block_on(ask(&router, dialect, body));
        is_own(dialect, &answer)?;
    }
}
