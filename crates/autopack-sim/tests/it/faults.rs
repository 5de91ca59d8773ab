//! Faults on demand, in every dialect.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{DIALECTS, Dialect, router};

/// A fault asked for by the request.
fn fault(name: &'static str) -> [(&'static str, &'static str); 1] {
    [("x-autopack-fault", name)]
}

/// The error of a reply, however deep it lies.
fn error(body: &Value) -> &Value {
    &body["error"]
}

#[tokio::test]
async fn outages_speak_the_dialect() {
    let router = router("");
    let expected: [[(u16, &str, &str); 3]; 4] = [
        [
            (500, "type", "api_error"),
            (529, "type", "overloaded_error"),
            (429, "type", "rate_limit_error"),
        ],
        [
            (500, "type", "server_error"),
            (503, "type", "service_unavailable_error"),
            (429, "code", "rate_limit_exceeded"),
        ],
        [
            (500, "type", "server_error"),
            (503, "type", "service_unavailable_error"),
            (429, "code", "rate_limit_exceeded"),
        ],
        [
            (500, "status", "INTERNAL"),
            (503, "status", "UNAVAILABLE"),
            (429, "status", "RESOURCE_EXHAUSTED"),
        ],
    ];
    for (dialect, expected) in DIALECTS.into_iter().zip(expected) {
        for (name, (status, key, word)) in ["server_error", "overloaded", "rate_limited"]
            .into_iter()
            .zip(expected)
        {
            for answer in [
                dialect.ask(&router, &fault(name)).await,
                dialect.stream(&router, &fault(name)).await,
            ] {
                assert_eq!(answer.status, status, "{}", dialect.path);
                assert_eq!(error(&answer.json())[key], word);
                let waits = status == 429 && !dialect.path.contains("gemini");
                assert_eq!(answer.header("retry-after"), waits.then_some("1"));
            }
        }
    }
}

#[tokio::test]
async fn a_list_is_gone_through_call_by_call_where_nobody_counts() {
    let scenario = r#"
        [phases.burst]
        fault = ["server_error", "rate_limited", "none"]
        [phases.other]
        fault = ["overloaded", "none"]
    "#;
    for dialect in DIALECTS {
        let router = router(scenario);
        let status =
            async |headers: &[(&str, &str)]| dialect.ask(&router, headers).await.status.as_u16();
        let burst = ("x-autopack-phase", "burst");
        for expected in [500, 429, 200, 500] {
            assert_eq!(status(&[burst]).await, expected);
        }
        // Another phase counts for itself, and who says the attempt is not counted.
        assert!(status(&[("x-autopack-phase", "other")]).await > 500);
        for (attempt, expected) in [("1", 500), ("2", 429), ("3", 200), ("9", 200), ("1", 500)] {
            assert_eq!(
                status(&[burst, ("x-autopack-attempt", attempt)]).await,
                expected
            );
        }
        assert_eq!(status(&[burst]).await, 429);
        assert_eq!(status(&[]).await, 200);
    }
}

#[tokio::test]
async fn usage_may_be_missing() {
    let router = router("output_tokens = 20");
    for dialect in DIALECTS {
        let headers = fault("missing_usage");
        for answer in [
            dialect.ask(&router, &headers).await,
            dialect.stream(&router, &headers).await,
        ] {
            assert_eq!(answer.status, 200);
            let text = answer.text().replace("\"usage\":null", "");
            assert!(!text.contains("\"usage"), "{}: {text}", dialect.path);
        }
    }
}

#[tokio::test]
async fn a_reply_may_end_for_an_unknown_reason() {
    let router = router("output_tokens = 20");
    for dialect in DIALECTS {
        let headers = fault("unknown_stop_reason");
        for answer in [
            dialect.ask(&router, &headers).await,
            dialect.stream(&router, &headers).await,
        ] {
            assert!(
                answer.text().contains(":\"unheard_of\""),
                "{}",
                dialect.path
            );
        }
    }
}

#[tokio::test]
async fn content_may_be_null() {
    let router = router("output_tokens = 20");
    let headers = fault("null_content");
    let mut wholes = Vec::new();
    for dialect in DIALECTS {
        let whole = dialect.ask(&router, &headers).await.json();
        let stream = dialect.stream(&router, &headers).await;
        let usage = format!("{}{}", whole["usage"], whole["usageMetadata"]);
        assert!(
            usage.contains(":20"),
            "tokens were used all the same: {usage}"
        );
        assert!(!stream.text().contains("delta\":\"") && !stream.text().contains("text_delta"));
        wholes.push(whole);
    }
    assert_eq!(wholes[0]["content"], Value::Null);
    assert_eq!(wholes[1]["choices"][0]["message"]["content"], Value::Null);
    assert_eq!(wholes[2]["output"], Value::Null);
    let candidate = json!({"finishReason": "STOP", "index": 0});
    assert_eq!(wholes[3]["candidates"][0], candidate);
}

/// The body of a reply, or nothing where it broke off.
async fn body(dialect: Dialect, streamed: bool, name: &str) -> Option<Vec<u8>> {
    let router = router("text = 'Grüße aus Zürich, schöne Grüße'");
    let (path, body) = if streamed {
        dialect.stream_request()
    } else {
        (dialect.path.to_owned(), dialect.body.to_owned())
    };
    let (key, value) = dialect.key;
    let mut request = Request::post(path).header(key, value);
    if !name.is_empty() {
        request = request.header("x-autopack-fault", name);
    }
    let response = router
        .oneshot(request.body(Body::from(body)).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    Some(
        to_bytes(response.into_body(), usize::MAX)
            .await
            .ok()?
            .to_vec(),
    )
}

#[tokio::test(start_paused = true)]
async fn bytes_may_be_cut_split_late_or_garbage() {
    for dialect in DIALECTS {
        for streamed in [false, true] {
            let sound = body(dialect, streamed, "").await.unwrap();
            assert_eq!(body(dialect, streamed, "cut_stream").await, None);
            for whole in ["split_events", "stalled_stream", "slow_first_byte"] {
                assert_eq!(
                    body(dialect, streamed, whole).await.as_ref(),
                    Some(&sound),
                    "{whole}"
                );
            }
            let truncated = body(dialect, streamed, "truncated_json").await.unwrap();
            assert!(sound.starts_with(&truncated) && truncated.len() < sound.len());
            assert!(!truncated.ends_with(b"\n"));
            let garbage = body(dialect, streamed, "garbage").await.unwrap();
            assert!(std::str::from_utf8(&garbage).is_err());
        }
    }
}

#[tokio::test]
async fn a_header_that_names_no_fault_is_refused() {
    let router = router("");
    for dialect in DIALECTS {
        let refused = dialect.ask(&router, &fault("fire")).await;
        assert_eq!(refused.status, 400);
        let message = refused.json()["error"]["message"].clone();
        let message = message.as_str().unwrap();
        assert!(message.starts_with(
            "header `x-autopack-fault` is `fire`: allowed is one of `slow_first_byte`"
        ));
    }
}
