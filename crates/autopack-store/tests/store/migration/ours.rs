//! Databases of this program, of every version, and what is no database yet.

use std::borrow::Cow;

use super::{Contents, STEPS, migrated, today, tried};
use crate::common::{Place, answered, legacy, rows, split};
use autopack_store::{Filter, MigrationStep, Origin};
use sqlx::Connection;
use sqlx::migrate::Migrator;

/// A database as the program of that version made it, with two calls.
async fn of_version(version: i64) -> Place {
    let place = Place::new();
    let steps = STEPS.iter().filter(|step| step.version <= version);
    let migrator = Migrator {
        migrations: Cow::Owned(steps.cloned().collect()),
        ..Migrator::DEFAULT
    };
    let mut connection = place.plain().await;
    migrator.run(&mut connection).await.unwrap();
    sqlx::raw_sql(
        "PRAGMA application_id = 0x41757450;
         INSERT INTO token_estimation_v2_events (run_id, phase_id, timestamp, category, complexity,
                deliverable_count, deliverables_json, selected_budget, success, model, created_at)
            VALUES ('old', 'p', '2026-01-05 08:01:35.000000', 'docs', 'low', 1, '[]', 4096, 1, 'm',
                '2026-01-05 08:01:35.000000'),
            ('old', 'q', '2026-01-05 08:01:36.000000', 'docs', 'low', 1, '[]', NULL, 0, 'm',
                '2026-01-05 08:01:36.000000');
         INSERT INTO token_budget_escalation_events (run_id, phase_id, timestamp, attempt_index,
                reason, was_truncated, escalation_factor, base_value, base_source, retry_max_tokens)
            VALUES ('old', 'p', '2026-01-05 08:01:35.000000', 1, 'truncation', 1, 1.25, 4096,
                'selected_budget', 5120);",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    place
}

#[tokio::test]
async fn each_version_is_brought_to_todays() {
    for version in STEPS.iter().map(|step| step.version) {
        let place = of_version(version).await;
        let mut connection = place.plain().await;
        let before = Contents::of(&mut connection).await;
        connection.close().await.unwrap();

        let would = tried(&place).await.unwrap();
        let did = migrated(&place).await;
        assert_eq!(would.steps, did.steps);
        assert_eq!(
            did.was,
            Origin::Ours {
                schema_version: version
            }
        );
        assert_eq!(did.schema_version, today());
        assert_eq!(did.backup.is_some(), version < today(), "version {version}");
        let taken: Vec<i64> = did
            .steps
            .iter()
            .map(|step| match step {
                MigrationStep::Advance { schema_version, .. } => *schema_version,
                other => panic!("{other:?}"),
            })
            .collect();
        let ahead = STEPS.iter().map(|step| step.version);
        assert_eq!(
            taken,
            ahead.filter(|step| *step > version).collect::<Vec<i64>>()
        );

        let mut connection = place.plain().await;
        let mut kept = before.clone();
        kept.relations.remove("_sqlx_migrations");
        kept.assert_kept(&mut connection).await;
        connection.close().await.unwrap();
        let (_, count) = rows(&place.reader().await, &Filter::default()).await;
        assert_eq!((count.n_rows, count.n_unreadable), (2, 0));
    }
}

/// `name type`, with what must be said marked, of every table: the same whichever way a database went.
async fn schema(place: &Place) -> Vec<String> {
    let query = r#"
        SELECT objects.name || ' ' || columns.name || ' ' || columns.type || ' '
            || columns."notnull" || ' ' || coalesce(columns.dflt_value, '-')
        FROM sqlite_schema AS objects, pragma_table_info(objects.name) AS columns
        WHERE objects.name IN ('token_estimation_v2_events', 'token_budget_escalation_events')
        ORDER BY objects.name, columns.cid"#;
    let mut connection = place.plain().await;
    let schema = sqlx::query_scalar(query)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    schema
}

#[tokio::test]
async fn all_ways_lead_to_one_schema() {
    let new = Place::new();
    migrated(&new).await;
    let new = schema(&new).await;
    for place in [of_version(1).await, legacy(), split()] {
        migrated(&place).await;
        assert_eq!(schema(&place).await, new);
    }
}

#[tokio::test]
async fn what_is_empty_becomes_a_database() {
    let (missing, blank) = (Place::new(), Place::new());
    std::fs::write(&blank.path, "").unwrap();
    for place in [missing, blank] {
        let would = tried(&place).await.unwrap();
        let did = migrated(&place).await;
        assert_eq!(would, did);
        assert_eq!((did.was, did.backup), (Origin::Empty, None));
        assert_eq!(place.files(), ["telemetry.db"]);
        let before = place.trace();
        assert_eq!(migrated(&place).await.steps, []);
        assert_eq!(place.trace(), before, "a second time changes nothing");
        let store = place.writer().await;
        store
            .record(&answered("run", "2026-01-05T08:01:35Z", 1))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn memory_is_made_and_gone() {
    let url = "sqlite:///:memory:".parse().unwrap();
    let did = autopack_store::migrate(&url, super::options())
        .await
        .unwrap();
    assert_eq!((did.path.as_str(), did.was), (":memory:", Origin::Empty));
}
