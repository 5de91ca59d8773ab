//! What is exported is imported as it was.

use crate::common::{Place, answered, legacy, split, unknown};
use autopack_store::{Assumed, ExportFormat, Exported, Filter, MigrateOptions, Store, migrate};
use jiff::tz::Offset;
use proptest::prelude::*;
use sqlx::AssertSqlSafe;

const BOTH: [ExportFormat; 2] = [ExportFormat::Ndjson, ExportFormat::Csv];

async fn exported(store: &Store, format: ExportFormat) -> (Vec<u8>, Exported) {
    let mut text = Vec::new();
    let filter = Filter::default();
    let exported = store.export(&filter, format, &mut text).await.unwrap();
    (text, exported)
}

/// Exports, imports into an empty database, exports that, and compares.
async fn goes_round(store: &Store, format: ExportFormat) -> Exported {
    let (text, counts) = exported(store, format).await;
    let place = Place::new();
    let other = place.writer().await;
    let assumed = Assumed {
        run_id: String::new(),
        utc_offset: Offset::UTC,
        category: None,
        complexity: None,
    };
    let report = other.import(text.as_slice(), None, &assumed).await.unwrap();
    assert_eq!(report.n_bad(), 0, "{:?}", report.bad);
    assert_eq!(report.calls.n_new, counts.n_calls);
    assert_eq!(report.escalations.n_new, counts.n_escalations);
    let (again, _) = exported(&other, format).await;
    let (text, again) = (
        String::from_utf8(text).unwrap(),
        String::from_utf8(again).unwrap(),
    );
    assert_eq!(again, text);
    counts
}

#[tokio::test]
async fn a_row_is_an_object_or_a_row_of_a_table() {
    let place = Place::new();
    let store = place.writer().await;
    store
        .record(&answered("a, \"b\"", "2026-01-05T08:01:35.25Z", 1218))
        .await
        .unwrap();
    store
        .record(&unknown("old", "2025-01-05T08:01:35Z"))
        .await
        .unwrap();
    let (text, counts) = exported(&store, ExportFormat::Ndjson).await;
    assert_eq!(
        (counts.n_calls, counts.n_escalations, counts.n_left_out),
        (2, 0, 0)
    );
    let lines: Vec<serde_json::Value> = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(lines[0]["run_id"], "old", "in order of time");
    assert_eq!(lines[0]["actual_output_tokens"], serde_json::Value::Null);
    assert_eq!(lines[1]["table"], "token_estimation_v2_events");
    assert_eq!(lines[1]["success"], true);
    assert_eq!(lines[1]["actual_output_tokens"], 1218);
    assert_eq!(lines[1].get("event_id"), None);

    let (text, _) = exported(&store, ExportFormat::Csv).await;
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("run_id,phase_id,timestamp,category,"),
        "{}",
        lines[0]
    );
    assert!(lines[2].starts_with("\"a, \"\"b\"\"\",phase-1,2026-01-05 08:01:35.250000,docs,low,0,[],5200,1218,7800,8192,true,false,end_turn,"), "{}", lines[2]);
}

#[tokio::test]
async fn a_filter_chooses_rows() {
    let place = Place::new();
    let store = place.writer().await;
    for (run, time) in [
        ("a", "2026-01-05T08:00:00Z"),
        ("a", "2026-01-06T08:00:00Z"),
        ("b", "2026-01-07T08:00:00Z"),
    ] {
        store.record(&answered(run, time, 1)).await.unwrap();
    }
    let filter = |since: Option<&str>, run_id: Option<&str>| Filter {
        since: since.map(|since| since.parse().unwrap()),
        run_id: run_id.map(str::to_owned),
    };
    for (filter, n_calls) in [
        (filter(None, None), 3),
        (filter(Some("2026-01-06T08:00:00Z"), None), 2),
        (filter(None, Some("a")), 2),
        (filter(Some("2026-01-06T08:00:00Z"), Some("a")), 1),
        (filter(None, Some("c")), 0),
    ] {
        let written = store
            .export(&filter, ExportFormat::Ndjson, &mut std::io::sink())
            .await;
        assert_eq!(written.unwrap().n_calls, n_calls);
    }
}

#[tokio::test]
async fn old_databases_go_round() {
    for (place, n_calls) in [(legacy(), 28), (split(), 1200)] {
        migrate(&place.url, MigrateOptions::default())
            .await
            .unwrap();
        let store = place.reader().await;
        for format in BOTH {
            assert_eq!(goes_round(&store, format).await.n_calls, n_calls);
        }
    }
}

#[tokio::test]
async fn a_value_that_is_no_text_and_no_number_is_left_out_and_told() {
    let place = Place::new();
    let store = place.writer().await;
    store
        .record(&answered("run", "2026-01-05T08:00:00Z", 1))
        .await
        .unwrap();
    store
        .record(&answered("run", "2026-01-05T08:00:01Z", 2))
        .await
        .unwrap();
    let mut plain = place.plain().await;
    sqlx::query("UPDATE token_estimation_v2_events SET group_key = x'00ff' WHERE event_id = 1")
        .execute(&mut plain)
        .await
        .unwrap();
    for format in BOTH {
        let (_, counts) = exported(&store, format).await;
        assert_eq!((counts.n_calls, counts.n_left_out), (1, 1));
    }
}

/// A value of every kind, as SQL.
fn literal(kind: &str) -> BoxedStrategy<String> {
    let text = any::<String>().prop_map(|text| {
        let hex: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("CAST(x'{}' AS TEXT)", hex.concat())
    });
    match kind {
        "INTEGER" => (0..=i64::MAX).prop_map(|number| number.to_string()).boxed(),
        "REAL" => {
            let finite = prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL;
            finite.prop_map(|number| format!("{number:e}")).boxed()
        }
        "BOOLEAN" => any::<bool>()
            .prop_map(|flag| u8::from(flag).to_string())
            .boxed(),
        _ => text.boxed(),
    }
}

/// The columns that may hold anything of their kind.
const FREE: [(&str, &str); 9] = [
    ("phase_id", "TEXT"),
    ("model", "TEXT"),
    ("group_key", "TEXT"),
    ("decision_steps_json", "TEXT"),
    ("actual_output_tokens", "INTEGER"),
    ("latency_ms", "INTEGER"),
    ("smape_percent", "REAL"),
    ("confidence", "REAL"),
    ("underestimated", "BOOLEAN"),
];

fn row() -> impl Strategy<Value = Vec<String>> {
    let nullable = |(name, kind): (&str, &str)| match name {
        "phase_id" | "model" => literal(kind),
        _ => prop_oneof![1 => Just("NULL".to_owned()), 3 => literal(kind)].boxed(),
    };
    FREE.map(nullable).to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_a_row_holds_goes_round(rows in prop::collection::vec(row(), 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let place = Place::new();
            let store = place.writer().await;
            let mut plain = place.plain().await;
            for (second, row) in rows.iter().enumerate() {
                let names = FREE.map(|(name, _)| name).join(", ");
                let insert = format!(
                    "INSERT INTO token_estimation_v2_events (run_id, timestamp, category, complexity,
                        created_at, success, {names})
                     VALUES ('run', '2026-01-05 08:00:{second:02}', 'docs', 'low', '2026-01-05', 1, {})",
                    row.join(", ")
                );
                sqlx::query(AssertSqlSafe(insert)).execute(&mut plain).await.unwrap();
            }
            for format in BOTH {
                assert_eq!(goes_round(&store, format).await.n_calls, rows.len() as u64);
            }
        });
    }
}
