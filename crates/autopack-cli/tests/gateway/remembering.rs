//! What was learned outlives the gateway that learned it: by its state, by its rows, and by both together it is
//! the same.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use autopack_calibrate::learned::Outcome;
use autopack_core::Tokens;
use autopack_gateway::{Config, Mode, PastCall, Recorder, Remembered};
use autopack_store::{LearnerState, Store};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::{Connection, Executor, SqliteConnection};

use super::asking::call;
use super::rows::store_in;
use super::support::{Ask, Capture, House, Rows, json_answer, modes, recorder};

const BUSY: Duration = Duration::from_secs(5);

/// A provider whose replies are of many lengths; what does not fit under the ceiling is cut off there.
async fn provider() -> Capture {
    let n = AtomicU64::new(0);
    Capture::answering(move |body| {
        let request: Value = serde_json::from_str(body).expect("JSON");
        let n = n.fetch_add(1, Ordering::Relaxed);
        // Lengths between 200 and 1,200, without an order.
        let length = 200 + n * 7919 % 1000;
        let ceiling = request["max_completion_tokens"].as_u64();
        let written = length.min(ceiling.unwrap_or(length));
        let reason = if written < length { "length" } else { "stop" };
        chat_reply(reason, written)
    })
    .await
}

fn chat_reply(reason: &str, written: u64) -> String {
    let reply = format!(
        r#"{{"choices":[{{"finish_reason":"{reason}","message":{{"content":"hi"}}}}],"usage":{{"completion_tokens":{written}}}}}"#
    );
    json_answer("200 OK", &reply)
}

async fn house(store: &Arc<Store>, behind: SocketAddr) -> House {
    let recorder = recorder(store);
    House::with(
        behind,
        modes(Mode::Tighten),
        recorder,
        Arc::<Rows>::default(),
    )
    .await
}

/// A gateway that has remembered what the database knows.
async fn reborn(store: &Arc<Store>, behind: SocketAddr) -> (House, Remembered) {
    let house = house(store, behind).await;
    let remembered = house.gateway.remember_from(store).await;
    (house, remembered.expect("read"))
}

/// Keeps what it has learned so far.
async fn keep(house: &House, store: &Store) {
    let kept = house.gateway.keep_in(store, std::future::ready(())).await;
    kept.expect("kept");
}

async fn groups(house: &House) -> Value {
    house.gateway.settle().await;
    Ask::new("/api/v1/groups", "")
        .get(house.address)
        .await
        .json()
}

async fn ask(house: &House, n: u64) {
    for n in 0..n {
        let group = ["titles", "summaries"][usize::from(n % 3 == 0)];
        let ask = call("chat", "plain", false, Some(4000)).with("x-autopack-group", group);
        assert_eq!(ask.to(house.address).await.status, 200);
        // Calls are learned from when their rows are written: not at some time, but here.
        if n % 20 == 19 {
            house.gateway.settle().await;
        }
    }
}

async fn forget(folder: &std::path::Path) {
    let url = format!("sqlite://{}", folder.join("gateway.db").display());
    let mut plain = SqliteConnection::connect(&url).await.expect("connected");
    plain
        .execute("DELETE FROM learner_states")
        .await
        .expect("forgotten");
}

#[tokio::test]
async fn state_rows_and_both_together_teach_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), BUSY).await;
    let capture = provider().await;
    let first = house(&store, capture.address).await;
    ask(&first, 300).await;
    keep(&first, &store).await;
    // What comes now is in rows alone, as after a kill.
    ask(&first, 100).await;
    let learned = groups(&first).await;
    let titles = &learned["groups"][0];
    assert!(titles["learned_ceiling"].as_u64().is_some(), "{learned}");
    assert!(titles["n_cut_off"].as_u64() > Some(0), "{learned}");
    let n_rows = first.gateway.row_counts().n_written;
    assert!(n_rows > 400, "some calls were made again: {n_rows}");
    first.end().await;

    let (both, remembered) = reborn(&store, capture.address).await;
    assert_eq!((remembered.n_restored, remembered.n_calls), (1, 100));
    assert_eq!(groups(&both).await, learned);
    keep(&both, &store).await;
    both.end().await;

    let (state, remembered) = reborn(&store, capture.address).await;
    assert_eq!((remembered.n_restored, remembered.n_calls), (3, 0));
    assert_eq!(groups(&state).await, learned);
    state.end().await;

    forget(folder.path()).await;
    let (rows, remembered) = reborn(&store, capture.address).await;
    assert_eq!((remembered.n_restored, remembered.n_calls), (0, 400));
    assert_eq!(groups(&rows).await, learned);
    rows.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_goes_on_while_it_is_kept_is_counted_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), BUSY).await;
    let (go, wait) = std::sync::mpsc::channel();
    let wait = std::sync::Mutex::new(wait);
    let capture = Capture::answering(move |body| {
        let request: Value = serde_json::from_str(body).expect("JSON");
        let ceiling = request["max_completion_tokens"].as_u64().expect("one");
        if ceiling < 700 {
            return chat_reply("length", ceiling);
        }
        let wait = wait.lock().expect("no panic before");
        // Others go on meanwhile.
        tokio::task::block_in_place(|| wait.recv()).expect("somebody says when");
        chat_reply("stop", 700)
    })
    .await;
    let first = house(&store, capture.address).await;
    first.learned("openai/gpt-5/titles", 300).await;
    keep(&first, &store).await;
    let ask = call("chat", "plain", false, Some(4000)).with("x-autopack-group", "titles");
    let under_way = tokio::spawn({
        let address = first.address;
        async move { ask.to(address).await.status }
    });
    while first.gateway.row_counts().n_written == 0 {
        tokio::task::yield_now().await;
    }
    keep(&first, &store).await;
    let counts = |groups: Value| {
        let group = &groups["groups"][0];
        (group["n_calls"].as_u64(), group["n_cut_off"].as_u64())
    };
    assert_eq!(counts(groups(&first).await), (Some(100), Some(0)));

    // As after a kill: the rows know of a cut and no more.
    let (killed, remembered) = reborn(&store, capture.address).await;
    assert_eq!((remembered.n_restored, remembered.n_calls), (1, 1));
    assert_eq!(counts(groups(&killed).await), (Some(101), Some(1)));
    killed.end().await;

    go.send(()).expect("it waits");
    assert_eq!(under_way.await.expect("no panic"), 200);
    let learned = groups(&first).await;
    assert_eq!(counts(learned.clone()), (Some(101), Some(1)));
    first.end().await;
    let (again, remembered) = reborn(&store, capture.address).await;
    assert_eq!((remembered.n_restored, remembered.n_calls), (1, 1));
    assert_eq!(groups(&again).await, learned);
    again.end().await;
}

#[tokio::test]
async fn a_state_that_cannot_be_used_is_said_and_learned_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), BUSY).await;
    let capture = provider().await;
    let first = house(&store, capture.address).await;
    ask(&first, 60).await;
    keep(&first, &store).await;
    let learned = groups(&first).await;
    first.end().await;
    let kept = store.learner_state("openai").await.expect("read");
    let kept = kept.expect("kept").state;
    let put = async |state: Vec<u8>| {
        let kept = LearnerState {
            name: "openai".to_owned(),
            state,
            saved_at: Timestamp::now(),
        };
        store.save_learner_state(&kept).await.expect("saved");
    };
    let mut damaged = kept.clone();
    damaged[40] ^= 1;
    let mut newer = kept.clone();
    newer[3] = 9;
    for (state, words) in [
        (damaged, "is damaged"),
        (newer, "has version 9"),
        (b"something else".to_vec(), "is no learner of the gateway's"),
    ] {
        put(state).await;
        let (house, remembered) = reborn(&store, capture.address).await;
        assert_eq!((remembered.n_restored, remembered.n_calls), (0, 60));
        let said = &remembered.not_restored[0];
        assert!(said.contains(words), "{said}");
        assert!(said.ends_with("it is learned anew from the rows"), "{said}");
        assert_eq!(groups(&house).await, learned);
        house.end().await;
    }
    put(kept).await;

    let house = house(&store, capture.address).await;
    let config = house.gateway.config();
    let mut other: Config = (*config).clone();
    let aim = autopack_calibrate::ChosenTarget::default_as("the test says so");
    let target = autopack_calibrate::learned::TargetTruncation::new(0.05).expect("a target");
    let openai = "openai".parse().expect("a name");
    let upstream = other.upstreams.get_mut(&openai).expect("there");
    Arc::make_mut(upstream).aim = autopack_calibrate::ChosenTarget { target, ..aim };
    let recorder: Arc<dyn Recorder> = Arc::<Rows>::default();
    let gateway = autopack_gateway::Gateway::new(other, recorder).expect("TLS");
    let remembered = gateway.remember_from(&store).await.expect("read");
    assert_eq!((remembered.n_restored, remembered.n_calls), (0, 60));
    let said = &remembered.not_restored[0];
    assert!(said.contains("for a target of 0.02"), "{said}");
    house.end().await;

    let url = format!("sqlite://{}", folder.path().join("gateway.db").display());
    let mut plain = SqliteConnection::connect(&url).await.expect("connected");
    let rows = "DELETE FROM token_estimation_v2_events WHERE event_id > 20";
    plain.execute(rows).await.expect("deleted");
    let (house, remembered) = reborn(&store, capture.address).await;
    assert_eq!(remembered.n_restored, 0);
    let said = &remembered.not_restored[0];
    assert!(
        said.contains("rows that it was learned from are gone"),
        "{said}"
    );
    house.end().await;
}

#[tokio::test]
async fn what_cannot_be_kept_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), Duration::ZERO).await;
    let capture = provider().await;
    let house = house(&store, capture.address).await;
    ask(&house, 3).await;
    house.gateway.settle().await;
    let url = format!("sqlite://{}", folder.path().join("gateway.db").display());
    let mut other = SqliteConnection::connect(&url).await.expect("connected");
    other.execute("BEGIN EXCLUSIVE").await.expect("locked");
    let keep = async || {
        let end = std::future::ready(());
        house.gateway.keep_in(&store, end).await
    };
    assert!(keep().await.is_err());
    other.execute("ROLLBACK").await.expect("unlocked");
    assert!(keep().await.is_ok());
    let kept = store.learner_state("openai").await.expect("read");
    assert!(kept.is_some());
    house.end().await;
}

#[tokio::test]
async fn new_call_sites_take_the_places_of_those_that_nobody_uses() {
    const MAX_SITES: usize = 8192;
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), BUSY).await;
    let capture = provider().await;
    let first = house(&store, capture.address).await;
    first.learned("openai/gpt-5/titles", 300).await;
    // As of a program that writes the time into its instructions, while another goes on.
    for some in 0..4 {
        let one = |number: usize| PastCall {
            group: format!("openai/gpt-5/site-{some}-{number}"),
            sent: Tokens::new(4096),
            outcome: Outcome::Ended(Tokens::new(300)),
        };
        first.gateway.remember((0..4000).map(one)).await;
        ask(&first, 2).await;
    }
    let counts = first.gateway.learning_counts();
    assert!(counts.n_groups <= MAX_SITES as u64, "{counts:?}");
    assert_eq!(counts.n_groups + counts.n_forgotten, 16_002, "{counts:?}");
    let groups = groups(&first).await;
    let names = groups["groups"].as_array().expect("groups");
    let has = |name: &str| names.iter().any(|group| group["group"] == name);
    assert!(has("openai/gpt-5/titles") && has("openai/gpt-5/site-3-3999"));
    assert!(!has("openai/gpt-5/site-0-0"), "nobody came again");
    let metrics = Ask::new("/metrics", "").get(first.address).await.text();
    let line = format!("autopack_groups_forgotten_total {}", counts.n_forgotten);
    assert!(metrics.contains(&line), "{metrics}");
    keep(&first, &store).await;
    first.end().await;
    let (again, remembered) = reborn(&store, capture.address).await;
    assert_eq!((remembered.n_restored, remembered.n_calls), (1, 0));
    assert_eq!(super::remembering::groups(&again).await, groups);
    again.end().await;
}
