//! What is left alone, and what goes wrong on the way: the database stays as it was.

use super::{migrated, options, today, tried};
use crate::common::{Place, legacy, url_of};
use autopack_store::{MigrateOptions, StoreError, StoreErrorKind, migrate};
use sqlx::{Connection, Executor};

/// Expects a refusal that leaves no trace: no byte changed, no copy, no other file.
async fn refused(place: &Place) -> StoreError {
    let before = place.trace();
    let error = migrate(&place.url, options()).await.unwrap_err();
    assert_eq!(place.trace(), before);
    let tried = tried(place).await.unwrap_err();
    assert_eq!(tried.to_string(), error.to_string());
    error
}

async fn filled(sql: &'static str) -> Place {
    let place = Place::new();
    let mut connection = place.plain().await;
    connection.execute(sql).await.unwrap();
    connection.close().await.unwrap();
    place
}

fn shown(error: &StoreError, place: &Place) -> String {
    let path = place.path.display().to_string();
    error.to_string().replace(&path, "DB")
}

#[tokio::test]
async fn a_database_of_somebody_else() {
    let place = filled("CREATE TABLE songs (title TEXT)").await;
    assert_eq!(refused(&place).await.kind(), StoreErrorKind::Foreign);
}

#[tokio::test]
async fn a_table_that_only_has_the_name() {
    let place =
        filled("CREATE TABLE token_estimation_v2_events (event_id INTEGER, run_id, model)").await;
    let error = refused(&place).await;
    assert_eq!(error.kind(), StoreErrorKind::Foreign);
    assert_eq!(
        shown(&error, &place),
        "`DB` has a table `token_estimation_v2_events` without `phase_id`, `timestamp`, `category`, `complexity`, `deliverable_count`, `deliverables_json`, `success`, `created_at`, `predicted_output_tokens`, `actual_output_tokens`, `selected_budget`, which the Python Autopack did not write, and is left alone: choose another file"
    );
}

#[tokio::test]
async fn a_database_of_a_later_version() {
    let place = Place::new();
    migrated(&place).await;
    let mut connection = place.plain().await;
    let later = "INSERT INTO _sqlx_migrations
        (version, description, success, checksum, execution_time) VALUES (?, 'later', TRUE, x'00', 0)";
    let insert = sqlx::query(later).bind(today() + 1);
    insert.execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let error = refused(&place).await;
    assert_eq!(error.kind(), StoreErrorKind::Newer);
}

#[tokio::test]
async fn what_is_no_database() {
    let place = Place::new();
    std::fs::write(&place.path, "dear diary ".repeat(1000)).unwrap();
    assert_eq!(refused(&place).await.kind(), StoreErrorKind::NotADatabase);
    let folder = migrate(&url_of(place.folder.path()), options())
        .await
        .unwrap_err();
    assert_eq!(folder.kind(), StoreErrorKind::NotADatabase);
    let nowhere = url_of(&place.folder.path().join("no/such/x.db"));
    let error = migrate(&nowhere, options()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Missing);
}

#[tokio::test]
async fn a_database_that_another_writer_holds() {
    for mode in ["DELETE", "WAL"] {
        let place = legacy();
        let mut writer = place.plain().await;
        let mode = format!("PRAGMA journal_mode = {mode}");
        writer.execute(sqlx::AssertSqlSafe(mode)).await.unwrap();
        writer
            .execute("BEGIN IMMEDIATE; DELETE FROM users")
            .await
            .unwrap();
        let (before, files) = (std::fs::read(&place.path).unwrap(), place.files());
        let error = migrate(&place.url, options()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Locked, "{error}");
        assert_eq!(std::fs::read(&place.path).unwrap(), before);
        assert_eq!(place.files(), files, "no copy");
        writer.execute("ROLLBACK").await.unwrap();
        writer.close().await.unwrap();
        migrated(&place).await;
    }
}

#[tokio::test]
async fn a_row_that_cannot_come_along_leaves_all_as_it_was() {
    let place = legacy();
    let mut connection = place.plain().await;
    // SQLite keeps what was there before a column had to say something.
    connection
        .execute(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(sql, 'model TEXT NOT NULL', 'model TEXT')
                WHERE name = 'token_estimation_v2_events';
             PRAGMA writable_schema = RESET;
             UPDATE token_estimation_v2_events SET model = NULL WHERE event_id = 20;",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    let before = place.trace();
    let no_backup = MigrateOptions {
        backup: false,
        ..options()
    };
    let error = migrate(&place.url, no_backup).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("NOT NULL constraint failed"), "{source}");
    let after = place.trace();
    assert_eq!(after[0].1, before[0].1, "byte for byte");
    assert_eq!(after.len(), 1);
}
