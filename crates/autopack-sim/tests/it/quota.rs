//! Rate limits, on a clock of our own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use autopack_core::Catalogue;
use autopack_sim::{Scenario, Simulator};
use axum::Router;
use serde_json::{Value, json};

use super::{Answer, DIALECTS, post};

/// 2026-11-23T12:00:00Z, in milliseconds since 1970.
const NOON_MS: u64 = 1_795_435_200_000;

/// A simulator whose clock stands still until it is moved.
struct Timed {
    router: Router,
    now_ms: Arc<AtomicU64>,
}

impl Timed {
    fn new(scenario: &str) -> Self {
        let simulator = Simulator {
            scenario: Scenario::parse(scenario).unwrap(),
            seed: 7,
            catalogue: Catalogue::embedded(),
        };
        let now_ms = Arc::new(AtomicU64::new(NOON_MS));
        let clock = Arc::clone(&now_ms);
        let now = move || Duration::from_millis(clock.load(Ordering::Relaxed));
        Self {
            router: simulator.router_with_clock(now),
            now_ms,
        }
    }

    fn wait(&self, ms: u64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    async fn anthropic(&self, max_tokens: u64) -> Answer {
        let body = json!({
            "model": "claude-sonnet-5", "max_tokens": max_tokens,
            "messages": [{"role": "user", "content": "x".repeat(400)}],
        });
        let key = ("x-api-key", "k");
        post(&self.router, "/v1/messages", &[key], body.to_string()).await
    }

    async fn chat(&self, more: &Value) -> Answer {
        let mut body = json!({
            "model": "gpt-5", "messages": [{"role": "user", "content": "x".repeat(400)}],
        });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        let key = ("authorization", "Bearer k");
        post(
            &self.router,
            "/v1/chat/completions",
            &[key],
            body.to_string(),
        )
        .await
    }

    async fn gemini(&self, max_output_tokens: u64) -> Answer {
        let body = json!({
            "contents": [{"parts": [{"text": "x".repeat(400)}]}],
            "generationConfig": {"maxOutputTokens": max_output_tokens},
        });
        let path = "/v1beta/models/gemini-2.5-pro:generateContent";
        let key = ("x-goog-api-key", "k");
        post(&self.router, path, &[key], body.to_string()).await
    }
}

#[tokio::test]
async fn openai_reserves_the_ceiling_or_what_the_text_comes_to() {
    let timed = Timed::new("output_tokens = 10\n[quota]\ntokens_per_minute = 6000");
    let ceiling = |n: u64| json!({"max_completion_tokens": n});
    let first = timed.chat(&ceiling(4000)).await;
    assert_eq!(first.header("x-ratelimit-limit-tokens"), Some("6000"));
    assert_eq!(first.header("x-ratelimit-remaining-tokens"), Some("2000"));
    assert_eq!(first.header("x-ratelimit-reset-tokens"), Some("40s"));
    assert_eq!(first.header("x-ratelimit-limit-requests"), None);

    let refused = timed.chat(&ceiling(2100)).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.header("retry-after-ms"), Some("1000"));
    assert_eq!(refused.header("x-ratelimit-remaining-tokens"), Some("2000"));
    assert_eq!(
        refused.json()["error"],
        json!({
            "message": "Rate limit reached for gpt-5 in organization org-simulated on tokens per \
                        min (TPM): Limit 6000, Used 4000, Requested 2100. Please try again in 1s. \
                        Visit https://platform.openai.com/account/rate-limits to learn more.",
            "type": "tokens",
            "param": null,
            "code": "rate_limit_exceeded",
        })
    );
    // Without a ceiling the text counts, 100 tokens of it; with choices the ceiling of each.
    assert_eq!(
        timed
            .chat(&json!({}))
            .await
            .header("x-ratelimit-remaining-tokens"),
        Some("1900")
    );
    let two = json!({"max_completion_tokens": 950, "n": 2});
    assert_eq!(
        timed
            .chat(&two)
            .await
            .header("x-ratelimit-remaining-tokens"),
        Some("0")
    );
    assert_eq!(timed.chat(&ceiling(1)).await.status, 429);
    timed.wait(1000);
    assert_eq!(timed.chat(&ceiling(1)).await.status, 200);
    // More than there ever is.
    timed.wait(600_000);
    assert_eq!(timed.chat(&ceiling(6001)).await.status, 429);
}

#[tokio::test]
async fn anthropic_counts_input_and_output_as_generated() {
    let timed = Timed::new("output_tokens = 900\n[quota]\ntokens_per_minute = 1000");
    let first = timed.anthropic(64_000).await;
    let header = |answer: &Answer, rest: &str| {
        let value = answer.header(&format!("anthropic-ratelimit-{rest}"));
        value.map(str::to_owned)
    };
    assert_eq!(
        header(&first, "input-tokens-remaining").as_deref(),
        Some("900")
    );
    assert_eq!(
        header(&first, "output-tokens-remaining").as_deref(),
        Some("100")
    );
    assert_eq!(header(&first, "tokens-remaining").as_deref(), Some("100"));
    let reset = header(&first, "output-tokens-reset");
    assert_eq!(reset.as_deref(), Some("2026-11-23T12:00:54Z"));
    assert_eq!(header(&first, "requests-limit"), None);

    // Output is counted when it is there: this call owes 800.
    assert_eq!(timed.anthropic(64_000).await.status, 200);
    let refused = timed.anthropic(100).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("retry-after"), Some("49"));
    let error = &refused.json()["error"];
    assert_eq!(error["type"], "rate_limit_error");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("rate limit of 1000 output tokens per minute"),
        "{message}"
    );
    timed.wait(49_000);
    assert_eq!(timed.anthropic(100).await.status, 200);
}

#[tokio::test]
async fn gemini_counts_input_and_says_so_in_the_body() {
    let timed = Timed::new("output_tokens = 5000\n[quota]\ntokens_per_minute = 150");
    let first = timed.gemini(65_536).await;
    assert_eq!(first.status, 200);
    assert!(
        first
            .headers
            .keys()
            .all(|name| !name.as_str().contains("ratelimit"))
    );
    let refused = timed.gemini(1).await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("retry-after")),
        (429, None)
    );
    let error = &refused.json()["error"];
    assert_eq!(error["status"], "RESOURCE_EXHAUSTED");
    let details = error["details"].as_array().unwrap();
    let retry = details
        .iter()
        .find(|detail| detail["retryDelay"].is_string())
        .unwrap();
    assert_eq!(retry["retryDelay"], "20s");
    assert_eq!(details[0]["violations"][0]["quotaValue"], "150");
    timed.wait(20_000);
    assert_eq!(timed.gemini(1).await.status, 200);
}

#[tokio::test]
async fn requests_are_limited_for_each_provider() {
    let timed = Timed::new("[quota]\nrequests_per_minute = 2");
    for dialect in DIALECTS {
        // The two dialects of one provider share its limit.
        let expected = match dialect.path {
            "/v1/responses" => [429, 429, 429],
            _ => [200, 200, 429],
        };
        for status in expected {
            let answer = dialect.ask(&timed.router, &[]).await;
            assert_eq!(answer.status, status, "{}", dialect.path);
        }
    }
    timed.wait(30_000);
    for dialect in DIALECTS {
        let expected = if dialect.path == "/v1/responses" {
            429
        } else {
            200
        };
        assert_eq!(dialect.ask(&timed.router, &[]).await.status, expected);
    }
    let refused = timed.chat(&json!({})).await;
    assert_eq!(refused.json()["error"]["type"], "requests");
    assert_eq!(refused.header("x-ratelimit-reset-requests"), Some("1m0s"));
}

#[tokio::test]
async fn what_is_refused_for_itself_takes_nothing() {
    let timed = Timed::new("[quota]\nrequests_per_minute = 1");
    assert_eq!(
        timed
            .chat(&json!({"max_completion_tokens": 0}))
            .await
            .status,
        400
    );
    let path = "/v1/responses/input_tokens";
    let key = ("authorization", "Bearer k");
    let body = r#"{"model": "gpt-5", "input": "Hello"}"#;
    assert_eq!(post(&timed.router, path, &[key], body).await.status, 200);
    let good = timed.chat(&json!({})).await;
    assert_eq!(
        (
            good.status.as_u16(),
            good.header("x-ratelimit-remaining-requests")
        ),
        (200, Some("0"))
    );
}
