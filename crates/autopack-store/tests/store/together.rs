//! Several programs at one file, and programs that are killed.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::common::{Place, answered, rows};
use autopack_store::{Filter, OpenMode, Store};
use tokio::task::JoinSet;

const TIME: &str = "2026-01-05T08:01:35Z";

#[tokio::test(flavor = "multi_thread")]
async fn writers_that_open_a_new_file_at_once_lose_nothing() {
    let place = Place::new();
    let mut writers = JoinSet::new();
    for n in 0..8 {
        let url = place.url.clone();
        writers.spawn(async move {
            let store = Store::open(&url, OpenMode::ReadWrite).await.unwrap();
            for _ in 0..25 {
                let event = answered(&format!("run-{n}"), TIME, 100);
                store.record(&event).await.unwrap();
            }
            store.close().await.unwrap();
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    let (_, count) = rows(&place.reader().await, &Filter::default()).await;
    assert_eq!((count.n_rows, count.n_unreadable), (200, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_share_a_store() {
    let place = Place::new();
    let store = Arc::new(place.writer().await);
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let store = Arc::clone(&store);
        tasks.spawn(async move { store.record(&answered("run", TIME, 100)).await.unwrap() });
    }
    let mut keys = tasks.join_all().await;
    keys.sort_unstable();
    assert_eq!(keys, (1..=50).collect::<Vec<i64>>());
}

#[tokio::test]
async fn a_row_is_seen_by_others_once_it_is_recorded() {
    let place = Place::new();
    let writer = place.writer().await;
    let reader = place.reader().await;
    for n in 1..=3 {
        writer.record(&answered("run", TIME, 100)).await.unwrap();
        let (_, count) = rows(&reader, &Filter::default()).await;
        assert_eq!(count.n_rows, n, "seen while the writer is open");
    }
    let run_id = Some("other".to_owned());
    let (_, count) = rows(
        &reader,
        &Filter {
            since: None,
            run_id,
        },
    )
    .await;
    assert_eq!(count.n_rows, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_goes_on_while_others_write() {
    let place = Place::new();
    let writer = place.writer().await;
    for _ in 0..500 {
        writer.record(&answered("run", TIME, 100)).await.unwrap();
    }
    let reader = place.reader().await;
    let writing = tokio::spawn(async move {
        for _ in 0..200 {
            writer.record(&answered("run", TIME, 100)).await.unwrap();
        }
    });
    let mut seen = 500;
    while !writing.is_finished() {
        let (_, count) = rows(&reader, &Filter::default()).await;
        assert!(count.n_rows >= seen, "{} after {seen}", count.n_rows);
        seen = count.n_rows;
    }
    writing.await.unwrap();
    let (_, count) = rows(&reader, &Filter::default()).await;
    assert_eq!(count.n_rows, 700);
}

#[tokio::test]
async fn closing_leaves_one_file() {
    let place = Place::new();
    let writer = place.writer().await;
    writer.record(&answered("run", TIME, 100)).await.unwrap();
    writer.close().await.unwrap();
    assert_eq!(place.files(), ["telemetry.db"]);
    let before = std::fs::read(&place.path).unwrap();
    let reader = place.reader().await;
    let (_, count) = rows(&reader, &Filter::default()).await;
    assert_eq!(count.n_rows, 1);
    reader.close().await.unwrap();
    assert_eq!(place.files(), ["telemetry.db"]);
    assert_eq!(std::fs::read(&place.path).unwrap(), before);
}

/// The name under which the parent tells the child where to write.
const CHILD: &str = "AUTOPACK_STORE_TEST_URL";

/// Nothing of its own: the process that `a_row_outlives_a_kill` starts.
#[tokio::test]
async fn child_that_is_killed() {
    let Ok(url) = std::env::var(CHILD) else {
        return;
    };
    let store = Store::open(&url.parse().unwrap(), OpenMode::ReadWrite)
        .await
        .unwrap();
    for n in 0..10 {
        store.record(&answered("run", TIME, n)).await.unwrap();
    }
    println!("\nrecorded");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_row_outlives_a_kill() {
    let place = Place::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "together::child_that_is_killed", "--nocapture"])
        .env(CHILD, place.url.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let recorded = output.lines().any(|line| line.unwrap() == "recorded");
    assert!(recorded, "the child came that far");
    child.kill().unwrap();
    child.wait().unwrap();

    let (_, count) = rows(&place.reader().await, &Filter::default()).await;
    assert_eq!(count.n_rows, 10);
    let store = place.writer().await;
    assert_eq!(store.record(&answered("run", TIME, 1)).await.unwrap(), 11);
}
