//! Databases of earlier versions of this program.

use std::fs;

use crate::common::{Place, answered, rows};
use autopack_store::{EstimationEvent, Filter, Store};
use sqlx::migrate::Migrator;
use sqlx::{Connection, Executor};

/// Steps of the schema, each with its file's name.
type Steps = [(&'static str, &'static str)];

const FIRST: (&str, &str) = (
    "0001_telemetry.sql",
    include_str!("../../migrations/sqlite/0001_telemetry.sql"),
);

/// A step that was released before the second.
const FOURTH: (&str, &str) = (
    "0004_upstreams.sql",
    include_str!("../../migrations/sqlite/0004_upstreams.sql"),
);

/// A database as an earlier version left it: made by these steps alone, signed, with a call that was cut
/// off.
async fn earlier_version(taken: &Steps) -> Place {
    let place = Place::new();
    let steps = tempfile::tempdir().unwrap();
    for (name, step) in taken {
        fs::write(steps.path().join(name), step).unwrap();
    }
    let migrator = Migrator::new(steps.path()).await.unwrap();
    let mut connection = place.plain().await;
    migrator.run(&mut connection).await.unwrap();
    connection
        .execute(
            "PRAGMA application_id = 0x41757450;
             INSERT INTO token_estimation_v2_events (run_id, phase_id, timestamp, category,
                 complexity, deliverable_count, deliverables_json, actual_output_tokens,
                 actual_max_tokens, success, truncated, stop_reason, model, created_at)
             VALUES ('old', 'phase-1', '2026-01-05 08:01:35.000000', 'docs', 'low', 1, '[\"a.md\"]',
                 4096, 4096, 0, 1, 'max_tokens', 'gpt-5', '2026-01-05 08:01:36.000000');",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    place
}

async fn version(store: &Store) -> i64 {
    store.identity().await.unwrap().schema_version
}

#[tokio::test]
async fn the_first_version_is_read_as_it_is() {
    let place = earlier_version(&[FIRST]).await;
    let before = fs::read(&place.path).unwrap();
    let reader = place.reader().await;
    assert_eq!(version(&reader).await, 1);
    let (rows, count) = rows(&reader, &Filter::default()).await;
    assert_eq!((count.n_rows, count.n_unreadable), (1, 0));
    assert_eq!((rows[0].truncated, &rows[0].truncation), (true, &None));
    reader.close().await.unwrap();
    assert_eq!(fs::read(&place.path).unwrap(), before);
}

#[tokio::test]
async fn the_first_version_is_brought_up_to_date_by_a_writer() {
    let place = earlier_version(&[FIRST]).await;
    let writer = place.writer().await;
    let newest = version(&writer).await;
    assert!(newest > 1, "{newest}");
    let event = EstimationEvent {
        truncation: Some("runaway".to_owned()),
        ..answered("new", "2026-01-06T08:00:00Z", 4096)
    };
    writer.record(&event).await.unwrap();
    let (read, count) = rows(&writer, &Filter::default()).await;
    assert_eq!((count.n_rows, count.n_unreadable), (2, 0));
    let told: Vec<_> = read
        .iter()
        .map(|row| {
            (
                row.run_id.as_str(),
                row.truncated,
                row.truncation.as_deref(),
            )
        })
        .collect();
    let expected = [("old", true, None), ("new", true, Some("runaway"))];
    assert_eq!(told, expected);
    writer.close().await.unwrap();

    let again = place.writer().await;
    assert_eq!(version(&again).await, newest, "once is enough");
    let (_, count) = rows(&again, &Filter::default()).await;
    assert_eq!(count.n_rows, 2);
}

#[tokio::test]
async fn a_step_that_came_later_is_taken_later() {
    let place = earlier_version(&[FIRST, FOURTH]).await;
    for store in [place.reader().await, place.writer().await] {
        let (read, count) = rows(&store, &Filter::default()).await;
        assert_eq!((count.n_rows, count.n_unreadable), (1, 0));
        assert_eq!((read[0].truncated, &read[0].truncation), (true, &None));
        store.close().await.unwrap();
    }
    let writer = place.writer().await;
    let event = EstimationEvent {
        truncation: Some("runaway".to_owned()),
        ..answered("new", "2026-01-06T08:00:00Z", 4096)
    };
    writer.record(&event).await.unwrap();
    let (read, _) = rows(&writer, &Filter::default()).await;
    assert_eq!(read[1].truncation.as_deref(), Some("runaway"));
}
