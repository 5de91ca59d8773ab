//! Keys of the gateway's own: who may what, and that no key gets anywhere it should not.

use std::collections::BTreeMap;
use std::sync::Arc;

use autopack_core::UpstreamName;
use autopack_gateway::{Config, KeyHash, KeyOf, Keys, Mode, Upstream, VirtualKey};
use autopack_provider::{ApiKey, AuthScheme};

use super::asking::{DIALECTS, call};
use super::support::{Ask, Capture, House, json_answer, modes};

const THEIRS: &str = "apk-key-of-a-client-0123456789";
const OURS: &str = "sk-key-of-the-gateway-9876543210";

fn key(upstreams: Option<&[&str]>, models: Option<&[&str]>, mode: Option<Mode>) -> VirtualKey {
    let names = |list: &[&str]| list.iter().map(ToString::to_string).collect();
    let upstream = |name: &&str| name.parse().expect("a name");
    VirtualKey {
        name: "team".to_owned(),
        hash: KeyHash::of(THEIRS.as_bytes()),
        upstreams: upstreams.map(|list| list.iter().map(upstream).collect()),
        models: models.map(names),
        mode,
    }
}

/// Has the gateway hold the keys of the providers, and its clients have this one.
fn with_key(house: &House, key: VirtualKey) {
    let old = house.gateway.config();
    let upstreams: BTreeMap<UpstreamName, Arc<Upstream>> = old
        .upstreams
        .iter()
        .map(|(name, upstream)| {
            let key = ApiKey::new(OURS).expect("a key");
            let scheme = AuthScheme::of(upstream.endpoint.dialect());
            let endpoint = (*upstream.endpoint).clone();
            let endpoint = endpoint.with_key(scheme, key, String::new());
            let upstream = Upstream {
                endpoint: Arc::new(endpoint),
                key_of: KeyOf::Gateway,
                ..(**upstream).clone()
            };
            (name.clone(), Arc::new(upstream))
        })
        .collect();
    house.gateway.configure(Config {
        upstreams,
        keys: Keys::new([key]),
        ..(*old).clone()
    });
}

/// A call with this key where its SDK puts it.
fn with(dialect: &str, key: Option<&str>) -> Ask {
    let mut ask = call(dialect, "plain", false, Some(500));
    ask.headers
        .retain(|(_, value)| value != "k" && value != "Bearer k");
    let Some(key) = key else { return ask };
    match dialect {
        "anthropic" => ask.with("x-api-key", key),
        "gemini" => ask.with("x-goog-api-key", key),
        _ => ask.with("authorization", &format!("Bearer {key}")),
    }
}

#[tokio::test]
async fn without_a_key_that_opens_it_the_dialect_says_401() {
    let house = House::new("output_tokens = 20", modes(Mode::Observe)).await;
    with_key(&house, key(None, None, None));
    for (dialect, place, word) in [
        ("anthropic", "/error/type", "authentication_error"),
        ("chat", "/error/code", "invalid_api_key"),
        ("responses", "/error/code", "invalid_api_key"),
        ("gemini", "/error/status", "UNAUTHENTICATED"),
    ] {
        for shown in [None, Some("apk-key-of-nobody-0123456789"), Some(OURS)] {
            let seen = with(dialect, shown).to(house.address).await;
            assert_eq!(seen.status, 401, "{dialect}");
            assert_eq!(seen.json().pointer(place), Some(&word.into()), "{dialect}");
            assert!(seen.header("x-autopack-request-id").is_some());
            assert!(shown.is_none_or(|shown| !seen.text().contains(shown)));
        }
        let seen = with(dialect, Some(THEIRS)).to(house.address).await;
        assert_eq!(seen.status, 200, "{dialect}: {}", seen.text());
    }
    let models = Ask::new("/v1/models", "").get(house.address).await;
    assert_eq!(models.status, 401, "what is passed through needs one too");
    let metrics = Ask::new("/metrics", "").get(house.address).await.text();
    assert!(
        metrics.contains(r#"autopack_own_answers_total{status="401"} 13"#),
        "{metrics}"
    );
    let (_, rows) = house.end().await;
    assert_eq!(rows.len(), DIALECTS.len(), "refused calls are no attempts");
}

#[tokio::test]
async fn what_a_key_does_not_open_is_403() {
    let house = House::new("output_tokens = 20", modes(Mode::Observe)).await;
    let status = async |ask: Ask| {
        let seen = ask.to(house.address).await;
        (seen.status, seen.text())
    };
    with_key(&house, key(Some(&["openai"]), Some(&["gpt-5-*"]), None));
    let (code, text) = status(with("anthropic", Some(THEIRS))).await;
    assert_eq!(code, 403);
    assert!(
        text.contains("permission_error") && text.contains("allowed are `openai`"),
        "{text}"
    );
    let (code, text) = status(with("chat", Some(THEIRS))).await;
    assert_eq!(code, 403);
    assert!(text.contains("allowed are `gpt-5-*`"), "{text}");
    let mut mini = with("chat", Some(THEIRS));
    mini.body = mini.body.replace("gpt-5", "gpt-5-mini");
    assert_eq!(status(mini).await.0, 200);
    let mut embeddings = with("chat", Some(THEIRS));
    embeddings.path = "/v1/embeddings".to_owned();
    assert_eq!(status(embeddings).await.0, 403);
    with_key(&house, key(None, Some(&["gpt-5"]), None));
    let (code, text) = status(with("gemini", Some(THEIRS))).await;
    assert_eq!(code, 403);
    assert!(text.contains("PERMISSION_DENIED"), "{text}");
}

#[tokio::test]
async fn the_provider_sees_the_gateways_key_and_nothing_of_the_clients() {
    let answer = json_answer("200 OK", "{}").leak();
    let capture = Capture::new(answer).await;
    let house = House::before(capture.address, modes(Mode::Observe)).await;
    with_key(&house, key(None, None, None));
    for dialect in DIALECTS {
        with(dialect, Some(THEIRS)).to(house.address).await;
    }
    // Two keys at once, and one in the query, in calls and in what is passed through.
    let mut queried = with("gemini", None);
    queried.path = format!("{}?key={THEIRS}", queried.path);
    queried.to(house.address).await;
    let listed = format!("/v1beta/models?pageSize=5&key={THEIRS}");
    Ask::new(&listed, "").get(house.address).await;
    let both = with("chat", Some(THEIRS)).with("x-api-key", "sk-stray-0123456789");
    both.to(house.address).await;
    let requests = capture.requests();
    assert_eq!(requests.len(), 7);
    for (head, _) in requests {
        assert!(!head.contains(THEIRS) && !head.contains("stray"), "{head}");
        assert_eq!(head.matches(OURS).count(), 1, "{head}");
    }
}

#[tokio::test]
async fn a_key_has_a_mode_and_a_header_goes_before_it() {
    let house = House::new("output_tokens = 20", modes(Mode::Observe)).await;
    with_key(&house, key(None, None, Some(Mode::Tighten)));
    house.learned("openai/gpt-5/titles", 100).await;
    let ask = with("chat", Some(THEIRS)).with("x-autopack-group", "titles");
    let seen = ask.to(house.address).await;
    assert_eq!(seen.header("x-autopack-decision"), Some("tightened"));
    let seen = ask
        .with("x-autopack-mode", "observe")
        .to(house.address)
        .await;
    assert_eq!(seen.header("x-autopack-decision"), Some("observed"));
}
