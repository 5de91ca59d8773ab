//! Databases of the Python Autopack.

use std::time::Duration;

use super::{Contents, PATIENCE, migrated, options, rebuilt, today, tried};
use crate::common::{Place, answered, legacy, rows, split, unknown, url_of};
use autopack_store::{Filter, MigrateOptions, Migration, MigrationStep, Origin, migrate};
use sqlx::{Connection, Executor, SqliteConnection};

async fn scalar(connection: &mut SqliteConnection, query: &'static str) -> i64 {
    sqlx::query_scalar(query)
        .fetch_one(connection)
        .await
        .unwrap()
}

async fn contents(place: &Place) -> Contents {
    let mut connection = place.plain().await;
    let contents = Contents::of(&mut connection).await;
    connection.close().await.unwrap();
    contents
}

/// What is there after a migration: all that was, and a copy of it.
async fn kept(place: &Place, before: &Contents, migration: &Migration) {
    let mut connection = place.plain().await;
    before.assert_kept(&mut connection).await;
    let whole: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(whole, ["ok"]);
    connection.close().await.unwrap();
    let backup = migration.backup.as_ref().unwrap();
    let copy = Place {
        folder: tempfile::tempdir().unwrap(),
        path: backup.clone(),
        url: url_of(backup),
    };
    assert!(contents(&copy).await == *before, "the copy is the same");
}

#[tokio::test]
async fn the_real_database_from_before_the_split() {
    let place = legacy();
    let before = contents(&place).await;
    let would = tried(&place).await.unwrap();
    let did = migrated(&place).await;
    assert_eq!(would.steps, did.steps, "a dry run says what is done");
    assert_eq!(would.backup, None);
    assert_eq!(did.was, Origin::Python { is_split: false });
    assert_eq!((did.schema_version, did.n_other_tables), (today(), 12));
    let added = "actual_max_tokens is_sot_file sot_file_name sot_entry_count_hint provider route \
        requested_max_tokens reasoning_tokens input_tokens native_stop_reason attempt chain_id \
        policy_version decision_steps_json group_key latency_ms estimated_category confidence \
        wire_parameter failure";
    assert_eq!(
        rebuilt(&did),
        [
            &MigrationStep::Rebuild {
                table: "token_estimation_v2_events",
                n_rows: 28,
                added: added.split_whitespace().map(str::to_owned).collect(),
            },
            &MigrationStep::CreateTable {
                table: "token_budget_escalation_events"
            },
            &MigrationStep::Split { n_rows: 28 },
        ]
    );
    kept(&place, &before, &did).await;
    for (table, n_rows) in [
        ("runs", 70),
        ("phases", 456),
        ("llm_usage_events", 1371),
        ("token_estimation_v2_events", 28),
        ("v_recent_token_estimations", 28),
        ("v_token_estimation_validation", 11),
    ] {
        assert_eq!(before.n_rows(table), n_rows, "{table}");
    }
    let mut connection = place.plain().await;
    let split = "SELECT count(*) FROM token_estimation_v2_events
        WHERE actual_max_tokens IS selected_budget";
    assert_eq!(scalar(&mut connection, split).await, 28);
}

#[tokio::test]
async fn what_was_brought_along_is_read_and_goes_on() {
    let place = legacy();
    migrated(&place).await;
    let reader = place.reader().await;
    let (read, count) = rows(&reader, &Filter::default()).await;
    assert_eq!((count.n_rows, count.n_unreadable), (28, 0));
    let mut categories: Vec<&str> = read.iter().map(|row| row.category.as_str()).collect();
    categories.sort_unstable();
    categories.dedup();
    assert_eq!(
        categories,
        [
            "configuration",
            "docs",
            "implementation",
            "integration",
            "refactoring"
        ]
    );
    reader.close().await.unwrap();

    // No run and no phase has these names, and of the one nothing is known.
    let store = place.writer().await;
    let event = answered("a run of ours", "2026-01-05T08:00:00Z", 1218);
    assert_eq!(store.record(&event).await.unwrap(), 29);
    let event = unknown("a run of ours", "2026-01-05T08:01:00Z");
    store.record_all(&[event]).await.unwrap();
    let identity = store.identity().await.unwrap();
    assert_eq!(identity.schema_version, today());
    assert_eq!(identity.tables[0].n_rows, 30);
    store.close().await.unwrap();
    assert_eq!(
        migrated(&place).await.was,
        Origin::Ours {
            schema_version: today()
        }
    );
}

#[tokio::test]
async fn unknown_ceilings_from_after_the_split_stay_unknown() {
    let place = split();
    let before = contents(&place).await;
    let query = "SELECT count(*) FROM token_estimation_v2_events WHERE actual_max_tokens IS NULL";
    let mut connection = place.plain().await;
    let n_unknown = scalar(&mut connection, query).await;
    assert!((1..1200).contains(&n_unknown), "partly NULL: {n_unknown}");
    connection.close().await.unwrap();

    let did = migrated(&place).await;
    assert_eq!(did.was, Origin::Python { is_split: true });
    let is_split = |step: &&MigrationStep| matches!(step, MigrationStep::Split { .. });
    assert_eq!(did.steps.iter().find(is_split), None);
    kept(&place, &before, &did).await;
    let mut connection = place.plain().await;
    assert_eq!(scalar(&mut connection, query).await, n_unknown);
    connection.close().await.unwrap();
    let (_, count) = rows(&place.reader().await, &Filter::default()).await;
    assert_eq!((count.n_rows, count.n_unreadable), (1200, 0));
}

#[tokio::test]
async fn a_second_time_changes_nothing() {
    for place in [legacy(), split()] {
        migrated(&place).await;
        let before = place.trace();
        let again = migrated(&place).await;
        assert_eq!((again.steps.len(), again.backup), (0, None));
        assert_eq!(place.trace(), before);
    }
}

#[tokio::test]
async fn a_copy_is_made_only_where_it_is_wanted() {
    let place = legacy();
    let options = MigrateOptions {
        backup: false,
        ..options()
    };
    let did = migrate(&place.url, options).await.unwrap();
    assert_eq!(did.backup, None);
    assert_eq!(place.files(), ["telemetry.db"]);
}

/// A trigger and an index on the table, a column of somebody's own, a table that refers to it, a view
/// on a view on it, and a database that others have open in the mode with a log.
const GROWN: &str = r#"
    CREATE TABLE token_estimation_v2_events (
        event_id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, phase_id TEXT NOT NULL,
        timestamp TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, category TEXT NOT NULL,
        complexity TEXT NOT NULL CHECK (complexity IN ('low', 'high')),
        deliverable_count INTEGER NOT NULL, deliverables_json TEXT NOT NULL,
        predicted_output_tokens INTEGER NOT NULL, actual_output_tokens INTEGER NOT NULL,
        selected_budget INTEGER NOT NULL, success BOOLEAN NOT NULL, model TEXT NOT NULL,
        created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
        "my ""own"" note" TEXT NOT NULL DEFAULT 'it''s mine',
        seen_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
    CREATE TABLE notes (event_id INTEGER REFERENCES token_estimation_v2_events ON DELETE CASCADE);
    CREATE TABLE log (said TEXT);
    CREATE INDEX by_note ON token_estimation_v2_events ("my ""own"" note");
    CREATE TRIGGER told AFTER INSERT ON token_estimation_v2_events
        BEGIN INSERT INTO log VALUES (NEW.run_id); END;
    CREATE TRIGGER asked AFTER INSERT ON notes
        BEGIN INSERT INTO log SELECT model FROM token_estimation_v2_events; END;
    CREATE VIEW v_recent_token_estimations AS SELECT run_id FROM token_estimation_v2_events;
    CREATE VIEW "on top" AS SELECT * FROM v_recent_token_estimations;
    CREATE VIEW broken AS SELECT * FROM no_such_table;
    INSERT INTO token_estimation_v2_events (event_id, run_id, phase_id, category, complexity,
            deliverable_count, deliverables_json, predicted_output_tokens, actual_output_tokens,
            selected_budget, success, model)
        VALUES (7, 'r', 'p', 'docs', 'low', 0, '[]', 1, 2, 3, 1, 'm'),
            (900, 'r', 'q', 'docs', 'high', 0, '[]', 4, 5, 6, 0, 'm');
    INSERT INTO notes VALUES (7), (8);
    DROP VIEW broken;"#;

#[tokio::test]
async fn a_database_that_has_grown_keeps_all_that_is_its_own() {
    let place = Place::new();
    let mut others = place.plain().await;
    others
        .execute("PRAGMA foreign_keys = OFF; PRAGMA journal_mode = WAL")
        .await
        .unwrap();
    others.execute(GROWN).await.unwrap();
    let before = Contents::of(&mut others).await;
    assert!(
        place.files().contains(&"telemetry.db-wal".to_owned()),
        "still in the log"
    );

    let did = migrated(&place).await;
    kept(&place, &before, &did).await;
    let after = Contents::of(&mut others).await;
    assert_eq!(
        after.texts["v_recent_token_estimations"], before.texts["v_recent_token_estimations"],
        "theirs stays"
    );
    assert!(
        after.texts.contains_key("v_token_estimation_validation"),
        "ours comes in"
    );
    others.close().await.unwrap();

    let store = place.writer().await;
    let event = unknown("ours", "2026-01-05T08:01:00Z");
    assert_eq!(store.record(&event).await.unwrap(), 901);
    let mut plain = place.plain().await;
    let told = "SELECT count(*) FROM log WHERE said = 'ours'";
    assert_eq!(scalar(&mut plain, told).await, 1, "the trigger is there");
    let note =
        r#"SELECT count(*) FROM token_estimation_v2_events WHERE "my ""own"" note" = 'it''s mine'"#;
    assert_eq!(scalar(&mut plain, note).await, 3, "and so is the default");
}

#[tokio::test]
async fn readers_may_stay() {
    let place = legacy();
    let mut reader = place.plain().await;
    reader.execute("SELECT count(*) FROM runs").await.unwrap();
    let patient = MigrateOptions {
        busy_timeout: Duration::from_secs(5),
        ..options()
    };
    assert!(PATIENCE < patient.busy_timeout);
    migrate(&place.url, patient).await.unwrap();
    let query = "SELECT count(*) FROM token_estimation_v2_events WHERE provider IS NULL";
    assert_eq!(scalar(&mut reader, query).await, 28);
}
