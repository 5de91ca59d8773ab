//! What reports get to see.

use autopack_core::Category;
use autopack_store::{Filter, ReadCount};

use crate::common::{Place, answered, at, newest_version, rows};

#[tokio::test]
async fn a_filter_keeps_a_time_and_a_run() {
    let place = Place::new();
    let store = place.writer().await;
    for (run, time) in [
        ("b", "2026-01-03T00:00:00Z"),
        ("a", "2026-01-01T00:00:00Z"),
        ("a", "2026-01-02T00:00:00Z"),
    ] {
        store.record(&answered(run, time, 100)).await.unwrap();
    }
    let since = Some(at("2026-01-02T00:00:00Z"));
    let run_id = Some("a".to_owned());
    for (filter, found) in [
        (Filter::default(), vec!["a1", "a2", "b3"]),
        (
            Filter {
                since,
                run_id: None,
            },
            vec!["a2", "b3"],
        ),
        (
            Filter {
                since: None,
                run_id: run_id.clone(),
            },
            vec!["a1", "a2"],
        ),
        (Filter { since, run_id }, vec!["a2"]),
    ] {
        let (rows, _) = rows(&store, &filter).await;
        let names: Vec<String> = rows
            .iter()
            .map(|row| format!("{}{}", row.run_id, &row.timestamp.to_string()[9..10]))
            .collect();
        assert_eq!(names, found, "{filter:?}");
    }
}

#[tokio::test]
async fn calls_since_a_time_are_counted_up_to_what_is_asked_for() {
    let place = Place::new();
    let store = place.writer().await;
    for day in 1..=4 {
        let event = answered("run", &format!("2026-01-0{day}T00:00:00Z"), 100);
        store.record(&event).await.unwrap();
    }
    for (since, most, n_calls) in [
        ("2026-01-01T00:00:00Z", 100, 4),
        ("2026-01-02T00:00:00.5Z", 100, 2),
        ("2026-01-02T00:00:00Z", 2, 2),
        ("2026-01-05T00:00:00Z", 100, 0),
    ] {
        let counted = store.n_estimations_since(at(since), most).await.unwrap();
        assert_eq!(counted, n_calls, "{since}, {most}");
    }
}

#[tokio::test]
async fn decisions_come_with_their_chains_and_groups() {
    let place = Place::new();
    let store = place.writer().await;
    let mut event = answered("run", "2026-01-05T08:01:35Z", 100);
    event.chain_id = Some("run/guide/openai".to_owned());
    event.group_key = Some("docs/low".to_owned());
    store.record(&event).await.unwrap();
    let mut rows = Vec::new();
    let visit = |row: autopack_store::DecisionRow| rows.push((row.chain_id, row.group_key));
    let count = store.for_each_decision(&Filter::default(), visit).await;
    assert_eq!(count.unwrap().n_rows, 1);
    assert_eq!(rows, [(event.chain_id, event.group_key)]);
}

#[tokio::test]
async fn values_that_cannot_be_read_are_counted() {
    let place = Place::new();
    let store = place.writer().await;
    for _ in 0..6 {
        let event = answered("run", "2026-01-05T08:01:35Z", 100);
        store.record(&event).await.unwrap();
    }
    let mut connection = place.plain().await;
    for change in [
        "actual_output_tokens = -1 WHERE event_id = 1",
        "timestamp = 'yesterday' WHERE event_id = 2",
        "complexity = 'epic' WHERE event_id = 3",
        "selected_budget = 'many' WHERE event_id = 4",
        "provider = 'elsewhere' WHERE event_id = 5",
        "category = 'TESTING', timestamp = '2025-12-23 15:33:55' WHERE event_id = 6",
    ] {
        let change = format!("UPDATE token_estimation_v2_events SET {change}");
        sqlx::query(sqlx::AssertSqlSafe(change))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let (rows, count) = rows(&store, &Filter::default()).await;
    assert_eq!(
        count,
        ReadCount {
            n_rows: 1,
            n_unreadable: 5
        }
    );
    assert_eq!(
        rows[0].category,
        Category::Tests,
        "an old spelling is readable"
    );
    assert_eq!(rows[0].timestamp, at("2025-12-23T15:33:55Z"));
}

#[tokio::test]
async fn an_identity_says_what_is_there() {
    let place = Place::new();
    let store = place.writer().await;
    let empty = store.identity().await.unwrap();
    let newest = newest_version();
    assert_eq!((empty.schema_version, empty.newest_event), (newest, None));
    for time in ["2026-01-05T08:01:35Z", "2026-01-04T08:01:35Z"] {
        store.record(&answered("run", time, 100)).await.unwrap();
    }
    store.close().await.unwrap();

    let identity = place.reader().await.identity().await.unwrap();
    assert_eq!(identity.path, place.path.display().to_string());
    let length = std::fs::metadata(&place.path).unwrap().len();
    assert_eq!(identity.size_bytes, length);
    let newest = identity.newest_event.as_deref();
    assert_eq!(newest, Some("2026-01-05 08:01:35.000000"));
    let sizes: Vec<(&str, u64)> = identity
        .tables
        .iter()
        .map(|table| (table.name, table.n_rows))
        .collect();
    assert_eq!(
        sizes,
        [
            ("token_estimation_v2_events", 2),
            ("token_budget_escalation_events", 0)
        ]
    );
}
