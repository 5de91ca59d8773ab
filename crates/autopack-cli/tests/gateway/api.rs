//! What the gateway says of itself, and to whom.

use std::sync::Arc;
use std::time::Duration;

use autopack_gateway::{Config, ConfigSource, KeyHash, Mode, Reread};
use autopack_store::{DatabaseUrl, OpenMode, Store};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, SqliteConnection};

use super::asking::call;
use super::support::{Ask, Capture, House, Rows, Seen, json_answer, modes, recorder, simulator};

const TOKEN: &str = "apk-token-of-the-admin-0123456789";

async fn get(house: &House, path: &str) -> Seen {
    bare(path, &[]).get(house.address).await
}

/// A request without the keys that calls have.
fn bare(path: &str, headers: &[(&str, &str)]) -> Ask {
    let mut ask = Ask::new(path, "");
    ask.headers.clear();
    headers
        .iter()
        .fold(ask, |ask, (name, value)| ask.with(name, value))
}

fn with_token(house: &House) {
    let old = house.gateway.config();
    house.gateway.configure(Config {
        admin_token: Some(KeyHash::of(TOKEN.as_bytes())),
        ..(*old).clone()
    });
}

#[tokio::test]
async fn the_document_is_this() {
    let house = House::new("output_tokens = 20", modes(Mode::Fill)).await;
    let seen = get(&house, "/api/v1/openapi.json").await;
    assert_eq!(seen.header("content-type"), Some("application/json"));
    let document = serde_json::to_string_pretty(&seen.json()).expect("JSON");
    insta::assert_snapshot!(document);
}

#[tokio::test]
async fn what_was_learned_is_shown() {
    let house = House::new("output_tokens = 20", modes(Mode::Fill)).await;
    house.learned("openai/gpt-5/titles", 100).await;
    let ask = call("chat", "plain", false, None).with("x-autopack-group", "new");
    ask.to(house.address).await;
    house.gateway.settle().await;
    let groups = get(&house, "/api/v1/groups").await.json();
    let ceiling = groups["groups"][0]["learned_ceiling"].as_u64();
    assert!(ceiling.is_some_and(|ceiling| (100..400).contains(&ceiling)));
    assert_eq!(
        groups,
        json!({"groups": [
            {"group": "openai/gpt-5/titles", "n_calls": 100, "n_cut_off": 0, "truncation_ratio": 0.0, "learned_ceiling": ceiling, "mode": "fill"},
            {"group": "openai/gpt-5/new", "n_calls": 1, "n_cut_off": 0, "truncation_ratio": 0.0, "learned_ceiling": null, "mode": "fill"},
        ]})
    );
    let status = get(&house, "/api/v1/status").await.json();
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(status["rows"]["n_recorded"], 1);
    assert_eq!(
        status["learning"],
        json!({"n_groups": 2, "n_calls": 101, "n_dropped": 0, "n_forgotten": 0})
    );
    assert_eq!(status["configuration"]["wants_admin_token"], false);
    let upstreams = get(&house, "/api/v1/upstreams").await.json();
    assert_eq!(
        upstreams["upstreams"][0],
        json!({"name": "anthropic", "dialect": "anthropic-messages", "host": house.behind.to_string(), "key_of": "client", "mode": "fill", "target_truncation": 0.02, "why_target": "the test asks for it"})
    );
}

#[tokio::test]
async fn with_a_token_the_api_wants_it_and_shows_it_nowhere() {
    let house = House::new("output_tokens = 20", modes(Mode::Fill)).await;
    with_token(&house);
    for path in ["status", "groups", "upstreams", "openapi.json", "nothing"] {
        let path = format!("/api/v1/{path}");
        let none = get(&house, &path).await;
        assert_eq!(none.status, 401, "{path}");
        assert_eq!(
            none.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(none.header("www-authenticate"), Some("Bearer"));
        let wrong = bare(&path, &[("authorization", "Bearer wrong")]);
        assert_eq!(wrong.get(house.address).await.status, 401, "{path}");
        let bearer = format!("Bearer {TOKEN}");
        let good = bare(&path, &[("authorization", &bearer)]);
        let good = good.get(house.address).await;
        assert_eq!(
            good.status,
            if path.ends_with("nothing") { 404 } else { 200 }
        );
        let hash = KeyHash::of(TOKEN.as_bytes()).to_string();
        assert!(!good.text().contains(&hash) && !good.text().contains(TOKEN));
    }
}

#[tokio::test]
async fn without_one_it_is_open_to_this_machine_alone() {
    let house = House::new("output_tokens = 20", modes(Mode::Fill)).await;
    let ask = bare("/api/v1/status", &[]);
    assert_eq!(ask.get(house.address).await.status, 200);
    let page = ask.with("origin", "https://page.example");
    let seen = page.get(house.address).await;
    insta::assert_snapshot!(seen.text(), @r#"{"type":"about:blank","title":"Forbidden","status":403,"detail":"without a token the API is open on loopback alone: set `[serve] admin_token_hash` to what `autopack serve --new-key` prints"}"#);
    let other = bare("/api/v1/status", &[]).to(house.address).await;
    assert_eq!(other.status, 405);
    assert_eq!(other.json()["title"], "Method Not Allowed");
}

/// Gives one configuration after the other.
#[derive(Debug)]
struct InTurn(std::sync::Mutex<Vec<Result<Reread, String>>>);

impl ConfigSource for InTurn {
    fn read(&self) -> Result<Reread, String> {
        self.0.lock().expect("no panic before").remove(0)
    }
}

#[tokio::test]
async fn a_configuration_is_read_again_when_the_api_is_asked_to() {
    let house = House::new("output_tokens = 20", modes(Mode::Fill)).await;
    let reload = async || bare("/api/v1/reload", &[]).to(house.address).await;
    assert_eq!(reload().await.status, 409, "nobody said where from");
    let new = Config {
        modes: modes(Mode::Tighten),
        ..(*house.gateway.config()).clone()
    };
    house
        .gateway
        .reads_from(Box::new(InTurn(std::sync::Mutex::new(vec![
            Err("line 3: allowed is something else".to_owned()),
            Ok(Reread {
                config: new,
                needs_restart: vec!["the address stays".to_owned()],
            }),
        ]))));
    let bad = reload().await;
    assert_eq!(bad.status, 422);
    assert_eq!(
        bad.json()["detail"],
        "the configuration stays as it was: line 3: allowed is something else"
    );
    assert_eq!(house.gateway.config().modes.default, Mode::Fill);
    let good = reload().await;
    assert_eq!(good.json(), json!({"needs_restart": ["the address stays"]}));
    let status: Value = get(&house, "/api/v1/status").await.json();
    assert_eq!(status["configuration"]["mode"], "tighten");
    assert_eq!(status["configuration"]["n_reloads_taken"], 1);
    assert_eq!(status["configuration"]["n_reloads_refused"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_under_way_ends_as_it_began() {
    let (arrive, mut arrived) = tokio::sync::mpsc::unbounded_channel();
    let (go, wait) = std::sync::mpsc::channel();
    let wait = std::sync::Mutex::new(wait);
    let capture = Capture::answering(move |_| {
        arrive.send(()).expect("somebody waits");
        let wait = wait.lock().expect("no panic before");
        // Others go on meanwhile.
        tokio::task::block_in_place(|| wait.recv()).expect("somebody says when");
        json_answer("200 OK", "{}")
    });
    let house = House::before(capture.await.address, modes(Mode::Observe)).await;
    let (ask, address) = (call("chat", "plain", false, None), house.address);
    let under_way = tokio::spawn({
        let ask = ask.clone();
        async move { ask.to(address).await.status }
    });
    arrived.recv().await.expect("it arrives");
    house.gateway.configure(Config {
        upstreams: std::collections::BTreeMap::new(),
        ..(*house.gateway.config()).clone()
    });
    assert_eq!(ask.to(address).await.status, 404, "there is none any more");
    go.send(()).expect("it waits");
    assert_eq!(under_way.await.expect("no panic"), 200);
}

#[tokio::test]
async fn ready_is_who_can_write_its_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("gateway.db");
    let url: DatabaseUrl = format!("sqlite:///{}", path.display())
        .parse()
        .expect("a URL");
    let busy = Duration::from_millis(10);
    let store = Store::open_waiting(&url, OpenMode::ReadWrite, busy).await;
    let store = Arc::new(store.expect("a database"));
    let recorder = recorder(&store);
    let behind = simulator("output_tokens = 20").await;
    let rows = Arc::<Rows>::default();
    let house = House::with(behind, modes(Mode::Fill), recorder, rows).await;
    let ready = async || {
        let seen = get(&house, "/readyz").await;
        (seen.status, seen.text())
    };
    assert_eq!(ready().await, (200, "ready\n".to_owned()));
    let other = format!("sqlite://{}", path.display());
    let mut other = SqliteConnection::connect(&other).await.expect("connected");
    other.execute("BEGIN IMMEDIATE").await.expect("locked");
    assert_eq!(
        ready().await,
        (503, "telemetry cannot be written\n".to_owned())
    );
    other.execute("ROLLBACK").await.expect("unlocked");
    assert_eq!(ready().await, (200, "ready\n".to_owned()));
}

#[tokio::test]
async fn who_keeps_no_rows_is_ready() {
    let house = House::new("output_tokens = 20", modes(Mode::Fill)).await;
    assert_eq!(get(&house, "/readyz").await.status, 200);
    assert_eq!(get(&house, "/healthz").await.status, 200);
}
