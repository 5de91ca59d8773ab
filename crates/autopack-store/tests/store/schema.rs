//! The conventions of the schema: names, types and views that others rely on.

use crate::common::{Place, answered, unknown};
use sqlx::{Row, SqliteConnection};

/// `name TYPE`, with `!` behind what may not be NULL.
async fn columns(connection: &mut SqliteConnection, table: &str) -> String {
    let query = "SELECT name, type, \"notnull\" FROM pragma_table_info(?)";
    let columns = sqlx::query(query)
        .bind(table)
        .fetch_all(connection)
        .await
        .unwrap();
    let lines: Vec<String> = columns
        .iter()
        .map(|column| {
            let (name, kind): (String, String) = (column.get(0), column.get(1));
            let mark = if column.get(2) { "!" } else { "" };
            format!("{name} {kind}{mark}")
        })
        .collect();
    lines.join("\n")
}

#[tokio::test]
async fn estimations_have_the_references_columns_and_then_our_own() {
    let place = Place::new();
    place.writer().await.close().await.unwrap();
    let mut connection = place.plain().await;
    assert_eq!(
        columns(&mut connection, "token_estimation_v2_events").await,
        "event_id INTEGER
run_id TEXT!
phase_id TEXT!
timestamp DATETIME!
category TEXT!
complexity TEXT!
deliverable_count INTEGER
deliverables_json TEXT
predicted_output_tokens INTEGER
actual_output_tokens INTEGER
selected_budget INTEGER
actual_max_tokens INTEGER
success BOOLEAN
truncated BOOLEAN!
stop_reason TEXT
model TEXT!
smape_percent REAL
waste_ratio REAL
underestimated BOOLEAN
is_truncated_output BOOLEAN!
api_reference_required BOOLEAN
examples_required BOOLEAN
research_required BOOLEAN
usage_guide_required BOOLEAN
context_quality TEXT
is_sot_file BOOLEAN
sot_file_name TEXT
sot_entry_count_hint INTEGER
created_at DATETIME!
provider TEXT
route TEXT
requested_max_tokens INTEGER
reasoning_tokens INTEGER
input_tokens INTEGER
native_stop_reason TEXT
attempt INTEGER
chain_id TEXT
policy_version TEXT
decision_steps_json TEXT
group_key TEXT
latency_ms INTEGER
estimated_category TEXT
confidence REAL
wire_parameter TEXT
failure TEXT
truncation TEXT
import_key TEXT
upstream TEXT
thinking_budget_tokens INTEGER
n_http_calls INTEGER
effort TEXT
template TEXT
estimated_input_tokens INTEGER"
    );
}

#[tokio::test]
async fn escalations_have_the_references_columns_and_then_our_own() {
    let place = Place::new();
    place.writer().await.close().await.unwrap();
    let mut connection = place.plain().await;
    assert_eq!(
        columns(&mut connection, "token_budget_escalation_events").await,
        "event_id INTEGER
run_id TEXT!
phase_id TEXT!
timestamp DATETIME!
attempt_index INTEGER!
reason TEXT!
was_truncated BOOLEAN!
output_utilization REAL
escalation_factor REAL!
base_value INTEGER!
base_source TEXT!
retry_max_tokens INTEGER!
selected_budget INTEGER
actual_max_tokens INTEGER
tokens_used INTEGER
provider TEXT
chain_id TEXT
import_key TEXT"
    );
}

#[tokio::test]
async fn the_file_is_signed_and_indexed() {
    let place = Place::new();
    place.writer().await.close().await.unwrap();
    let mut connection = place.plain().await;
    let sign: i32 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(sign.to_be_bytes(), *b"AutP");
    let query =
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'ix%' ORDER BY 1";
    let indexes: Vec<String> = sqlx::query_scalar(query)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        indexes,
        [
            "ix_token_budget_escalation_timestamp",
            "ix_token_estimation_v2_category_complexity",
            "ix_token_estimation_v2_run_id",
            "ix_token_estimation_v2_timestamp",
            "ix_token_estimation_v2_truncated",
        ]
    );
}

#[tokio::test]
async fn reading_in_order_of_time_sorts_nothing() {
    let place = Place::new();
    place.writer().await.close().await.unwrap();
    let mut connection = place.plain().await;
    for filter in ["TRUE", "timestamp >= '2026-01-01 00:00:00'"] {
        let query = format!(
            "EXPLAIN QUERY PLAN SELECT model FROM token_estimation_v2_events WHERE {filter}
             ORDER BY timestamp, event_id"
        );
        let plan: Vec<String> = sqlx::query(sqlx::AssertSqlSafe(query))
            .fetch_all(&mut connection)
            .await
            .unwrap()
            .iter()
            .map(|step| step.get("detail"))
            .collect();
        let plan = plan.join("; ");
        assert!(plan.contains("ix_token_estimation_v2_timestamp"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}

#[tokio::test]
async fn the_references_views_answer_over_rows_with_unknowns() {
    let place = Place::new();
    let store = place.writer().await;
    for event in [
        answered("run", "2026-01-05T08:00:00Z", 1218),
        answered("run", "2026-01-05T08:01:00Z", 6000),
        unknown("run", "2026-01-05T08:02:00Z"),
    ] {
        store.record(&event).await.unwrap();
    }
    let mut connection = place.plain().await;
    let view = "SELECT sample_count, success_count, underestimation_count, avg_actual, avg_smape
        FROM v_token_estimation_validation";
    let row = sqlx::query(view).fetch_one(&mut connection).await.unwrap();
    assert_eq!(
        (
            row.get::<i64, _>(0),
            row.get::<i64, _>(1),
            row.get::<i64, _>(2)
        ),
        (3, 2, 1)
    );
    assert_eq!(
        (row.get::<f64, _>(3), row.get::<f64, _>(4)),
        (3609.0, 69.19)
    );
    let view = "SELECT timestamp, smape_percent FROM v_recent_token_estimations";
    let recent = sqlx::query(view).fetch_all(&mut connection).await.unwrap();
    assert_eq!(recent.len(), 3);
    assert_eq!(recent[0].get::<String, _>(0), "2026-01-05 08:02:00.000000");
    assert_eq!(recent[0].get::<Option<f64>, _>(1), None);
    assert_eq!(recent[2].get::<Option<f64>, _>(1), Some(124.09));
}
