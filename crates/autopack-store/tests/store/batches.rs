//! Many rows in one go: all or none, and none lost.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use crate::common::{Place, answered, rows};
use autopack_store::{EstimationEvent, EstimationRow, Filter, OpenMode, Store, StoreErrorKind};
use sqlx::Executor;

/// Numbered by their output tokens.
fn events(n: u64) -> Vec<EstimationEvent> {
    let event = |number| answered("run", "2026-01-05T08:01:35Z", number);
    (0..n).map(event).collect()
}

async fn count(place: &Place) -> u64 {
    let (_, count) = rows(&place.reader().await, &Filter::default()).await;
    assert_eq!(count.n_unreadable, 0);
    count.n_rows
}

/// How many rows differ from all others in something but key and time of writing.
async fn n_distinct(place: &Place) -> i64 {
    let mut plain = place.plain().await;
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM pragma_table_info('token_estimation_v2_events')
         WHERE name NOT IN ('event_id', 'created_at')",
    )
    .fetch_all(&mut plain)
    .await
    .unwrap();
    let distinct = format!(
        "SELECT count(*) FROM (SELECT DISTINCT {} FROM token_estimation_v2_events)",
        columns.join(", ")
    );
    sqlx::query_scalar(sqlx::AssertSqlSafe(distinct))
        .fetch_one(&mut plain)
        .await
        .unwrap()
}

#[tokio::test]
async fn any_number_of_rows_goes_in_in_order() {
    for n in [0, 1, 2, 31, 32, 33, 64, 100] {
        let place = Place::new();
        let store = place.writer().await;
        let last = store.record_all(&events(n)).await.unwrap();
        let newest = store.newest_event_id().await.unwrap();
        assert_eq!((last, newest), (n.cast_signed(), n.cast_signed()));
        let (rows, _) = rows(&store, &Filter::default()).await;
        let output = |row: &EstimationRow| row.actual_output_tokens.unwrap().get();
        let read: Vec<u64> = rows.iter().map(output).collect();
        assert_eq!(read, (0..n).collect::<Vec<u64>>(), "{n} rows");
    }
}

#[tokio::test]
async fn each_row_keeps_its_own_beside_what_all_rows_say() {
    let place = Place::new();
    let store = place.writer().await;
    // In a statement's 32 rows some columns are the same, some are now and then unknown, some differ in each.
    let event = |n: u64| EstimationEvent {
        model: format!("model-{}", n / 40),
        route: (!n.is_multiple_of(7)).then(|| format!("route-{}", n % 3)),
        confidence: (!n.is_multiple_of(2)).then_some(0.25),
        success: !n.is_multiple_of(5),
        ..answered(&format!("run-{n}"), "2026-01-05T08:01:35Z", n)
    };
    let all: Vec<_> = (0..100).map(event).collect();
    for event in &all {
        store.record(event).await.unwrap();
    }
    store.record_all(all).await.unwrap();
    assert_eq!(
        n_distinct(&place).await,
        100,
        "each is there twice, and the same"
    );
}

#[tokio::test]
async fn a_row_is_the_same_in_a_batch_and_alone() {
    let place = Place::new();
    let store = place.writer().await;
    let event = answered("run", "2026-01-05T08:01:35.25Z", 1218);
    // Of which less is known: what one row of a batch does not know, another may.
    let sparse = EstimationEvent {
        upstream: None,
        route: None,
        actual_max_tokens: None,
        latency: None,
        ..event.clone()
    };
    store.record(&event).await.unwrap();
    store.record(&sparse).await.unwrap();
    store.record_all(&[sparse.clone(), event]).await.unwrap();
    store.record_all(&[sparse]).await.unwrap();
    assert_eq!(n_distinct(&place).await, 2);
}

#[tokio::test]
async fn a_row_that_is_refused_keeps_its_whole_batch_out() {
    let place = Place::new();
    let store = place.writer().await;
    let mut plain = place.plain().await;
    plain
        .execute(
            "CREATE TRIGGER no_77 BEFORE INSERT ON token_estimation_v2_events
             WHEN NEW.actual_output_tokens = 77 BEGIN SELECT RAISE(ABORT, 'not 77'); END",
        )
        .await
        .unwrap();
    let error = store.record_all(&events(100)).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
    assert_eq!(count(&place).await, 0);
    store.record_all(&events(77)).await.unwrap();
    assert_eq!(count(&place).await, 77, "the store goes on");
}

/// What the parent tells the child: where to write, and how much at once.
const URL: &str = "AUTOPACK_STORE_TEST_BATCH_URL";
const SIZE: &str = "AUTOPACK_STORE_TEST_BATCH_SIZE";

/// Nothing of its own: the process that `no_row_is_lost_by_a_kill` starts. It writes batch after
/// batch and says after each how many rows it was promised.
#[tokio::test]
async fn child_that_writes_until_it_is_killed() {
    let (Ok(url), Ok(size)) = (std::env::var(URL), std::env::var(SIZE)) else {
        return;
    };
    let store = Store::open(&url.parse().unwrap(), OpenMode::ReadWrite)
        .await
        .unwrap();
    let batch = events(size.parse().unwrap());
    for n_batches in 1.. {
        store.record_all(&batch).await.unwrap();
        let said = writeln!(std::io::stdout(), "\nrecorded {}", n_batches * batch.len());
        if said.is_err() {
            return;
        }
    }
}

fn child(place: &Place, size: u64) -> Child {
    let this = "batches::child_that_writes_until_it_is_killed";
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", this, "--nocapture"])
        .env(URL, place.url.to_string())
        .env(SIZE, size.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn no_row_is_lost_by_a_kill() {
    for size in [1, 10, 33, 1_000] {
        let place = Place::new();
        let mut child = child(&place, size);
        let output = BufReader::new(child.stdout.take().unwrap());
        let promised = output
            .lines()
            .filter_map(|line| Some(line.unwrap().strip_prefix("recorded ")?.parse().unwrap()))
            .nth(2);
        // On Unix this is SIGKILL: the child gets no chance to tidy up.
        child.kill().unwrap();
        child.wait().unwrap();
        let promised: u64 = promised.unwrap();
        let kept = count(&place).await;
        assert!(kept >= promised, "{kept} kept of {promised} promised");
        assert_eq!(kept % size, 0, "no batch is there in part");
        place
            .writer()
            .await
            .record_all(&events(size))
            .await
            .unwrap();
        assert_eq!(count(&place).await, kept + size, "the database goes on");
    }
}
