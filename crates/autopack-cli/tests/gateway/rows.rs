//! Rows in a database, and what happens without one.

use std::sync::Arc;
use std::time::Duration;

use autopack_core::{Complexity, Tokens};
use autopack_gateway::Mode;
use autopack_store::{DatabaseUrl, Filter, NextAttempt, OpenMode, Store};
use sqlx::{Connection, Executor, SqliteConnection};

use super::asking::{DIALECTS, call};
use super::support::{House, Rows, modes, recorder, simulator};

pub(crate) async fn store_in(folder: &std::path::Path, busy: Duration) -> Arc<Store> {
    let url = format!("sqlite:///{}/gateway.db", folder.display());
    let url: DatabaseUrl = url.parse().expect("a URL");
    let store = Store::open_waiting(&url, OpenMode::ReadWrite, busy).await;
    Arc::new(store.expect("a database"))
}

async fn house(store: &Arc<Store>) -> House {
    let recorder = recorder(store);
    let behind = simulator("output_tokens = 50").await;
    House::with(
        behind,
        modes(Mode::Observe),
        recorder,
        Arc::<Rows>::default(),
    )
    .await
}

#[tokio::test]
async fn every_row_is_written_before_the_end_and_the_counts_add_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), Duration::from_secs(5)).await;
    let house = house(&store).await;
    for round in 0..5 {
        for dialect in DIALECTS {
            let ask = call(dialect, "plain", round % 2 == 0, Some(2000))
                .with("x-autopack-run", "nightly")
                .with("x-autopack-phase", "titles")
                .with("x-autopack-category", "documentation")
                .with("x-autopack-complexity", "low");
            assert_eq!(ask.to(house.address).await.status, 200);
        }
    }
    let gateway = Arc::clone(&house.gateway);
    house.end().await;
    let counts = gateway.row_counts();
    assert_eq!((counts.n_recorded, counts.n_written), (20, 20));
    assert_eq!(counts.n_refused + counts.n_dropped + counts.n_pending, 0);
    let mut rows = Vec::new();
    let read = store
        .for_each_estimation(&Filter::default(), |row| rows.push(row))
        .await;
    assert_eq!(read.expect("read").n_rows, 20);
    for row in rows {
        assert_eq!(
            (row.run_id.as_str(), row.phase_id.as_str()),
            ("nightly", "titles")
        );
        assert_eq!(row.category.as_str(), "docs");
        assert_eq!(row.complexity, Complexity::Low);
        assert_eq!(row.actual_max_tokens, Some(Tokens::new(2000)));
        assert_eq!(row.actual_output_tokens, Some(Tokens::new(50)));
        assert_eq!(row.success, Some(true));
    }
}

#[tokio::test]
async fn escalations_are_written_and_counted_like_other_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), Duration::from_secs(5)).await;
    let recorder = recorder(&store);
    let behind = simulator("output_tokens = 900").await;
    let rows = Arc::<Rows>::default();
    let house = House::with(behind, modes(Mode::Tighten), recorder, rows).await;
    house.learned("openai/gpt-5/known", 300).await;
    let ask = call("chat", "plain", false, Some(4000)).with("x-autopack-group", "known");
    assert_eq!(ask.to(house.address).await.status, 200);
    let gateway = Arc::clone(&house.gateway);
    house.end().await;
    let counts = gateway.row_counts();
    assert_eq!((counts.n_recorded, counts.n_written), (3, 3));
    let mut escalations = Vec::new();
    let read = store
        .for_each_escalation(&Filter::default(), |row| escalations.push(row))
        .await;
    assert_eq!(read.expect("read").n_rows, 1);
    let escalation = &escalations[0];
    assert_eq!(escalation.reason, "truncation");
    assert_eq!(escalation.next, Some(NextAttempt::Whole));
    assert_eq!(escalation.run_id, "serve");
}

#[tokio::test]
async fn a_locked_database_harms_no_call() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), Duration::ZERO).await;
    let house = house(&store).await;
    let path = folder.path().join("gateway.db");
    let mut other = SqliteConnection::connect(&format!("sqlite://{}", path.display()))
        .await
        .expect("the same file");
    other.execute("BEGIN EXCLUSIVE").await.expect("a lock");
    for dialect in DIALECTS {
        let seen = call(dialect, "plain", false, None).to(house.address).await;
        assert_eq!(seen.status, 200);
    }
    let gateway = Arc::clone(&house.gateway);
    house.end().await;
    let counts = gateway.row_counts();
    assert_eq!((counts.n_recorded, counts.n_refused), (4, 4));
    assert_eq!(counts.n_written + counts.n_dropped + counts.n_pending, 0);
}

#[tokio::test]
async fn a_gateway_that_is_started_again_remembers() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = store_in(folder.path(), Duration::from_secs(5)).await;
    let first = house(&store).await;
    let ask = call("chat", "plain", false, None);
    for _ in 0..60 {
        assert_eq!(ask.to(first.address).await.status, 200);
    }
    first.end().await;
    let again = house(&store).await;
    let remembered = again.gateway.remember_from(&store).await;
    assert_eq!(remembered.expect("read").n_calls, 60);
    let seen = ask.to(again.address).await;
    let budget = seen
        .header("x-autopack-selected-budget")
        .expect("an intent");
    assert!(budget.parse::<u64>().expect("a number") < 200, "{budget}");
    assert_eq!(seen.header("x-autopack-decision"), Some("observed"));
    again.end().await;
}
