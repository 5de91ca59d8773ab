//! Lengths drawn from a table of recorded calls, and text from files.

use std::collections::BTreeSet;

use autopack_core::Catalogue;
use autopack_sim::{Scenario, Simulator};
use axum::Router;
use serde_json::json;

use super::post;

const TABLE: &str = "\
row_id,category,actual_output_tokens
1,docs,100
2,docs,200
3,tests,300
4,tests,
";

fn router(scenario: &str, seed: u64) -> Router {
    let scenario = Scenario::parse_with(scenario, |path| match path.to_str() {
        Some("calls.csv") => Ok(TABLE.to_owned()),
        Some("reply.md") => Ok("# Reply\n\nAs it was written.\n".to_owned()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    });
    let simulator = Simulator {
        scenario: scenario.unwrap(),
        seed,
        catalogue: Catalogue::embedded(),
    };
    simulator.router()
}

/// The output tokens of a reply, and its text.
async fn ask(router: &Router, prompt: &str, headers: &[(&str, &str)]) -> (u64, String) {
    let body = json!({
        "model": "claude-sonnet-5", "max_tokens": 4096,
        "messages": [{"role": "user", "content": prompt}],
    });
    let headers = [&[("x-api-key", "k")], headers].concat();
    let reply = post(router, "/v1/messages", &headers, body.to_string())
        .await
        .json();
    let text = reply["content"][0]["text"].as_str().unwrap_or_default();
    (
        reply["usage"]["output_tokens"].as_u64().unwrap(),
        text.to_owned(),
    )
}

#[tokio::test]
async fn lengths_are_those_of_the_table() {
    let drawn = async |scenario: &str| {
        let router = router(scenario, 7);
        let mut drawn = BTreeSet::new();
        for prompt in 0..100 {
            drawn.insert(ask(&router, &format!("prompt {prompt}"), &[]).await.0);
        }
        drawn
    };
    let all = drawn("lengths = { data = \"calls.csv\" }").await;
    assert_eq!(all, BTreeSet::from([100, 200, 300]));
    let docs = drawn("[lengths]\ndata = \"calls.csv\"\ncategory = \"docs\"").await;
    assert_eq!(docs, BTreeSet::from([100, 200]));
}

#[tokio::test]
async fn a_length_hangs_on_seed_and_request_and_not_on_the_attempt() {
    let scenario = "lengths = { data = \"calls.csv\" }";
    let (one, same, other) = (
        router(scenario, 7),
        router(scenario, 7),
        router(scenario, 8),
    );
    let (mut n_different, mut n_other_phase) = (0, 0);
    for prompt in 0..50 {
        let prompt = format!("prompt {prompt}");
        let (length, _) = ask(&one, &prompt, &[]).await;
        assert_eq!(ask(&same, &prompt, &[]).await.0, length);
        let retry = [("x-autopack-attempt", "2")];
        assert_eq!(ask(&one, &prompt, &retry).await.0, length);
        n_different += u32::from(ask(&other, &prompt, &[]).await.0 != length);
        let phase = [("x-autopack-phase", "other")];
        n_other_phase += u32::from(ask(&one, &prompt, &phase).await.0 != length);
    }
    assert!(n_different > 10 && n_other_phase > 10);
}

#[tokio::test]
async fn text_comes_from_a_file() {
    let router = router("[phases.a]\ntext_file = \"reply.md\"", 7);
    let (n_tokens, text) = ask(&router, "Hello", &[("x-autopack-phase", "a")]).await;
    assert_eq!(
        (n_tokens, text.as_str()),
        (7, "# Reply\n\nAs it was written.\n")
    );
}
