//! What is not ours to write is refused, in words that say the way out, and stays as it was.

use std::path::Path;
use std::time::Duration;

use crate::common::{Place, answered, filled, url_of};
use autopack_store::{OpenMode, Store, StoreError, StoreErrorKind};
use sqlx::{Connection, Executor};

const BOTH: [OpenMode; 2] = [OpenMode::ReadWrite, OpenMode::ReadOnly];

/// The table of the Python Autopack before intent and ceiling were split, and the tables beside it.
const PYTHON: &str = "
    CREATE TABLE runs (id VARCHAR NOT NULL, state VARCHAR(33) NOT NULL, PRIMARY KEY (id));
    CREATE TABLE token_estimation_v2_events (
        event_id INTEGER PRIMARY KEY AUTOINCREMENT,
        run_id TEXT NOT NULL,
        phase_id TEXT NOT NULL,
        timestamp TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
        category TEXT NOT NULL,
        complexity TEXT NOT NULL CHECK(complexity IN ('low', 'medium', 'high', 'maintenance')),
        deliverable_count INTEGER NOT NULL,
        deliverables_json TEXT NOT NULL,
        predicted_output_tokens INTEGER NOT NULL,
        actual_output_tokens INTEGER NOT NULL,
        selected_budget INTEGER NOT NULL,
        success BOOLEAN NOT NULL,
        truncated BOOLEAN NOT NULL DEFAULT 0,
        stop_reason TEXT,
        model TEXT NOT NULL,
        FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE
    );
    INSERT INTO runs VALUES ('run-1', 'done');";

const FOREIGN: &str = "
    CREATE TABLE songs (title TEXT);
    CREATE TABLE albums (title TEXT);
    CREATE TABLE players (name TEXT);
    CREATE VIEW charts AS SELECT title FROM songs;
    INSERT INTO songs VALUES ('Autobahn');";

/// Opens in both modes, and expects the same refusal.
async fn refused(place: &Place) -> StoreError {
    let writing = refused_to(place, OpenMode::ReadWrite).await;
    let reading = refused_to(place, OpenMode::ReadOnly).await;
    assert_eq!(writing.to_string(), reading.to_string());
    writing
}

/// Expects a refusal, and that nothing in the folder changed.
async fn refused_to(place: &Place, mode: OpenMode) -> StoreError {
    let (before, files) = (std::fs::read(&place.path).unwrap(), place.files());
    let error = Store::open(&place.url, mode).await.unwrap_err();
    assert_eq!(std::fs::read(&place.path).unwrap(), before, "{mode:?}");
    assert_eq!(place.files(), files, "{mode:?}");
    error
}

fn shown(error: &StoreError, path: &Path) -> String {
    error.to_string().replace(&path.display().to_string(), "DB")
}

#[tokio::test]
async fn a_database_of_the_python_autopack() {
    let place = filled(PYTHON).await;
    let error = refused(&place).await;
    assert_eq!(error.kind(), StoreErrorKind::Python);
    assert_eq!(
        shown(&error, &place.path),
        "`DB` was written by the Python Autopack: this version does not bring such databases along yet; choose another file"
    );
}

#[tokio::test]
async fn a_database_of_somebody_else() {
    let place = filled(FOREIGN).await;
    let error = refused(&place).await;
    assert_eq!(error.kind(), StoreErrorKind::Foreign);
    assert_eq!(
        shown(&error, &place.path),
        "`DB` holds tables that are not Autopack's (`albums`, `charts`, `players` and 1 more), and is left alone: choose another file"
    );
}

#[tokio::test]
async fn a_database_of_somebody_else_with_a_log_beside_it() {
    let place = filled(FOREIGN).await;
    let mut connection = place.plain().await;
    connection
        .execute("PRAGMA journal_mode = WAL; INSERT INTO songs VALUES ('Ohm Sweet Ohm');")
        .await
        .unwrap();
    assert!(place.files().contains(&"telemetry.db-wal".to_owned()));
    let error = refused(&place).await;
    assert_eq!(error.kind(), StoreErrorKind::Foreign);
    connection.close().await.unwrap();
    assert_eq!(place.files(), ["telemetry.db"]);
    assert_eq!(refused(&place).await.kind(), StoreErrorKind::Foreign);
}

#[tokio::test]
async fn a_database_of_a_later_version() {
    let place = Place::new();
    place.writer().await.close().await.unwrap();
    let mut connection = place.plain().await;
    connection
        .execute(
            "INSERT INTO _sqlx_migrations
                (version, description, success, checksum, execution_time)
             VALUES (7, 'from the future', TRUE, x'00', 0)",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    let error = refused(&place).await;
    assert_eq!(error.kind(), StoreErrorKind::Newer);
    assert_eq!(
        shown(&error, &place.path),
        "`DB` has schema version 7, and this program knows versions up to 5: use a newer autopack, or choose another file"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database() {
    for text in ["hello", &"lorem ipsum ".repeat(1000)] {
        let place = Place::new();
        std::fs::write(&place.path, text).unwrap();
        let error = refused(&place).await;
        assert_eq!(error.kind(), StoreErrorKind::NotADatabase);
        assert_eq!(
            shown(&error, &place.path),
            "`DB` is not a SQLite database: choose another file"
        );
    }
}

#[tokio::test]
async fn a_folder() {
    let place = Place::new();
    let url = url_of(place.folder.path());
    for mode in BOTH {
        let error = Store::open(&url, mode).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::NotADatabase);
        assert!(error.to_string().contains("is a folder"), "{error}");
    }
}

#[tokio::test]
async fn a_path_without_its_folder() {
    let place = Place::new();
    let path = place.folder.path().join("no/such/x.db");
    let error = Store::open(&url_of(&path), OpenMode::ReadWrite)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Missing);
    let folder = path.parent().unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "no folder `{}` for the database `{}`: create it, or choose another file",
            folder.display(),
            path.display()
        )
    );
    assert!(!folder.exists());
}

#[tokio::test]
async fn nothing_to_read() {
    let place = Place::new();
    let error = Store::open(&place.url, OpenMode::ReadOnly)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Missing);
    assert_eq!(
        shown(&error, &place.path),
        "no database at `DB`: run a plan first"
    );
    assert!(place.files().is_empty(), "reading makes no file");

    std::fs::write(&place.path, "").unwrap();
    let error = Store::open(&place.url, OpenMode::ReadOnly)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Missing);
    assert_eq!(
        shown(&error, &place.path),
        "no telemetry in `DB` yet: run a plan first"
    );
    assert_eq!(std::fs::metadata(&place.path).unwrap().len(), 0);
    place.writer().await.close().await.unwrap();
}

#[tokio::test]
async fn a_lock_that_is_not_let_go() {
    let place = Place::new();
    let store = place.writer().await;
    store.close().await.unwrap();
    let mut other = place.plain().await;
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let wait = Duration::from_millis(50);
    let error = Store::open_waiting(&place.url, OpenMode::ReadWrite, wait)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Locked);
    assert_eq!(
        shown(&error, &place.path),
        "`DB` is locked: another program has held it for more than 50ms; wait until it is done or close it, or choose another file"
    );
    other.execute("ROLLBACK").await.unwrap();

    let store = Store::open_waiting(&place.url, OpenMode::ReadWrite, wait)
        .await
        .unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let event = answered("run", "2026-01-05T08:01:35Z", 100);
    let error = store.record(&event).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Locked);
    other.execute("ROLLBACK").await.unwrap();
    store.record(&event).await.expect("the lock is gone");
}

#[tokio::test]
async fn a_new_file_that_is_locked() {
    let place = Place::new();
    let mut other = place.plain().await;
    other.execute("BEGIN EXCLUSIVE").await.unwrap();
    let wait = Duration::from_millis(50);
    let error = Store::open_waiting(&place.url, OpenMode::ReadWrite, wait)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Locked);
}

#[tokio::test]
async fn a_reader_does_not_write() {
    let place = Place::new();
    place.writer().await.close().await.unwrap();
    let reader = place.reader().await;
    let event = answered("run", "2026-01-05T08:01:35Z", 100);
    let error = reader.record(&event).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::ReadOnly);
}
