//! What the refusal of a ceiling teaches: the next call knows, and so does the next gateway.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use autopack_core::{CeilingParameter, Tokens};
use autopack_gateway::Mode;
use autopack_store::Store;
use serde_json::Value;

use super::asking::call;
use super::rows::store_in;
use super::support::{Capture, House, Rows, Seen, json_answer, modes, recorder};

const REPLY: &str = r#"{"choices":[{"finish_reason":"stop","message":{"content":"hi"}}],"usage":{"completion_tokens":5}}"#;

/// A provider whose model writes 500 tokens and calls its ceiling `name`.
async fn provider(name: &'static str) -> Capture {
    Capture::answering(move |body| {
        let request: Value = serde_json::from_str(body).expect("JSON");
        let other = ["max_tokens", "max_completion_tokens"].map(|other| (other, &request[other]));
        let refusal = other.into_iter().find_map(|(sent, ceiling)| {
            let ceiling = ceiling.as_u64()?;
            if sent != name {
                return Some(format!(
                    r#"{{"error":{{"message":"Unsupported parameter: '{sent}' is not supported with this model. Use '{name}' instead.","type":"invalid_request_error","param":"{sent}","code":"unsupported_parameter"}}}}"#
                ));
            }
            (ceiling > 500).then(|| format!(
                r#"{{"error":{{"message":"max_tokens is too large: {ceiling}. This model supports at most 500 completion tokens, whereas you provided {ceiling}.","type":"invalid_request_error","param":"max_tokens","code":"invalid_value"}}}}"#
            ))
        });
        match refusal {
            Some(refusal) => json_answer("400 Bad Request", &refusal),
            None => json_answer("200 OK", REPLY),
        }
    })
    .await
}

async fn house(store: &Arc<Store>, behind: SocketAddr) -> House {
    let recorder = recorder(store);
    let rows = Arc::<Rows>::default();
    let house = House::with(behind, modes(Mode::Fill), recorder, rows).await;
    let remembered = house.gateway.remember_from(store).await;
    remembered.expect("read");
    house.learned("openai/gpt-5/long", 800).await;
    house.learned("openai/gpt-5/short", 200).await;
    house
}

async fn ask(house: &House, group: &str) -> Seen {
    let ask = call("chat", "plain", false, None).with("x-autopack-group", group);
    let seen = ask.to(house.address).await;
    assert_eq!((seen.status, seen.text().as_str()), (200, REPLY));
    seen
}

fn decision(seen: &Seen) -> (&str, &str) {
    let header = |name| seen.header(name).expect(name);
    (header("x-autopack-decision"), header("x-autopack-attempts"))
}

#[tokio::test]
async fn a_ceiling_above_the_real_limit_is_set_once_and_not_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), Duration::from_secs(5)).await;
    let capture = provider("max_completion_tokens").await;
    let first = house(&store, capture.address).await;
    assert_eq!(decision(&ask(&first, "long").await), ("filled", "2"));
    assert_eq!(decision(&ask(&first, "long").await), ("kept", "1"));
    assert_eq!(decision(&ask(&first, "short").await), ("filled", "1"));
    first.end().await;
    let kept = store.learned_limits().await.expect("read");
    assert_eq!(kept.len(), 1);
    let route = format!("openai@{}", capture.address);
    assert_eq!((&kept[0].route, kept[0].model.as_str()), (&route, "gpt-5"));
    assert_eq!(kept[0].max_output_tokens, Some(Tokens::new(500)));

    let second = house(&store, capture.address).await;
    assert_eq!(decision(&ask(&second, "long").await), ("kept", "1"));
    second.end().await;
}

#[tokio::test]
async fn a_ceiling_by_another_name_is_set_by_that_from_then_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), Duration::from_secs(5)).await;
    let capture = provider("max_tokens").await;
    let house = house(&store, capture.address).await;
    assert_eq!(decision(&ask(&house, "short").await), ("filled", "2"));
    assert_eq!(decision(&ask(&house, "short").await), ("filled", "1"));
    let (_, body) = capture.requests().pop().expect("a request");
    assert!(body.contains("\"max_tokens\":"), "{body}");
    house.end().await;
    let kept = store.learned_limits().await.expect("read");
    assert_eq!(kept[0].ceiling_parameter, Some(CeilingParameter::MaxTokens));
}

#[tokio::test]
async fn what_a_client_asks_for_itself_teaches_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), Duration::from_secs(5)).await;
    let capture = provider("max_completion_tokens").await;
    let house = house(&store, capture.address).await;
    let own = call("chat", "plain", false, Some(4000));
    let refused = own.to(house.address).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("at most 500"), "as it came");
    assert_eq!(decision(&ask(&house, "long").await), ("kept", "1"));
    house.end().await;
}
