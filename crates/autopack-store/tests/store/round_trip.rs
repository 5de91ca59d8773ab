//! What is written is what is read.

use std::time::Duration;

use crate::common::{Place, answered, at, rows, unknown};
use autopack_core::{
    BaseSource, Category, Complexity, Count, DocFeatures, Escalation, EscalationReason, Provider,
    Spent, Stop, StopReason, Tokens, Usage,
};
use autopack_store::{
    DatabaseUrl, EscalationEvent, EstimationEvent, EstimationRow, Filter, OpenMode, Store,
};
use sqlx::{Column, Row, TypeInfo, ValueRef};

/// Every column of the newest row of a table as text; unknowns are left out.
async fn known_columns(place: &Place, table: &'static str) -> Vec<String> {
    let query = format!("SELECT * FROM {table} ORDER BY event_id DESC LIMIT 1");
    let mut connection = place.plain().await;
    let row = sqlx::query(sqlx::AssertSqlSafe(query))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let known = row.columns().iter().filter(|column| {
        let value = row.try_get_raw(column.ordinal()).unwrap();
        !value.is_null() && column.name() != "created_at"
    });
    known
        .map(|column| {
            let (name, at) = (column.name(), column.ordinal());
            let kind = row.try_get_raw(at).unwrap().type_info().name().to_owned();
            match kind.as_str() {
                "TEXT" => format!("{name}={}", row.get::<String, _>(at)),
                "REAL" => format!("{name}={:.4}", row.get::<f64, _>(at)),
                _ => format!("{name}={}", row.get::<i64, _>(at)),
            }
        })
        .collect()
}

fn everything() -> EstimationEvent {
    EstimationEvent {
        attempt: 2,
        chain_id: Some("chain-9".to_owned()),
        provider: Provider::Gemini,
        upstream: Some("gemini-eu".to_owned()),
        route: Some("gemini-eu@eu.example".to_owned()),
        model: "gemini-2.5-pro".to_owned(),
        effort: Some("high".to_owned()),
        template: Some("whole_files".to_owned()),
        estimated_input: Some(Tokens::new(11_500)),
        complexity: Complexity::High,
        deliverables: vec!["docs/a.md".to_owned(), "docs/ü.md".to_owned()],
        n_scope_paths: Some(11),
        doc_features: Some(DocFeatures {
            api_reference: true,
            examples: false,
            research: true,
            usage_guide: false,
        }),
        sot_file: Some("BUILD_LOG.md".to_owned()),
        predicted_output_tokens: Some(Tokens::new(5200)),
        estimated_category: Some(Category::DocSynthesis),
        confidence: Some(0.75),
        requested_max_tokens: Some(Tokens::new(4096)),
        selected_budget: Some(Tokens::new(7800)),
        actual_max_tokens: Some(Tokens::new(8192)),
        thinking_budget: Some(Tokens::new(1024)),
        wire_parameter: Some("maxOutputTokens".to_owned()),
        policy_version: Some("build-142".to_owned()),
        decision_steps_json: Some("[]".to_owned()),
        group_key: Some("docs/high".to_owned()),
        usage: Usage {
            input: Count::Reported(Tokens::new(12_000)),
            output: Count::Reported(Tokens::new(8192)),
            reasoning: Count::Reported(Tokens::new(2048)),
            ..Usage::default()
        },
        stop: Some(Stop {
            reason: StopReason::MaxTokens,
            native: Some("MAX_TOKENS".to_owned()),
        }),
        truncation: Some("runaway".to_owned()),
        failure: Some("timed_out".to_owned()),
        n_http_calls: Some(3),
        latency: Some(Duration::from_millis(12_345)),
        ..unknown("run-7", "2026-01-05T08:01:35.25Z")
    }
}

#[tokio::test]
async fn everything_known_is_kept() {
    let place = Place::new();
    let store = place.writer().await;
    assert_eq!(store.record(&everything()).await.unwrap(), 1);
    assert_eq!(
        known_columns(&place, "token_estimation_v2_events").await,
        [
            "event_id=1",
            "run_id=run-7",
            "phase_id=phase-1",
            "timestamp=2026-01-05 08:01:35.250000",
            "category=docs",
            "complexity=high",
            "deliverable_count=2",
            "deliverables_json=[\"docs/a.md\",\"docs/ü.md\"]",
            "predicted_output_tokens=5200",
            "actual_output_tokens=8192",
            "selected_budget=7800",
            "actual_max_tokens=8192",
            "success=0",
            "truncated=1",
            "stop_reason=max_tokens",
            "model=gemini-2.5-pro",
            "smape_percent=44.6834",
            "waste_ratio=0.6348",
            "underestimated=1",
            "is_truncated_output=1",
            "api_reference_required=1",
            "examples_required=0",
            "research_required=1",
            "usage_guide_required=0",
            "context_quality=strong",
            "is_sot_file=1",
            "sot_file_name=BUILD_LOG.md",
            "provider=gemini",
            "route=gemini-eu@eu.example",
            "requested_max_tokens=4096",
            "reasoning_tokens=2048",
            "input_tokens=12000",
            "native_stop_reason=MAX_TOKENS",
            "attempt=2",
            "chain_id=chain-9",
            "policy_version=build-142",
            "decision_steps_json=[]",
            "group_key=docs/high",
            "latency_ms=12345",
            "estimated_category=doc_synthesis",
            "confidence=0.7500",
            "wire_parameter=maxOutputTokens",
            "failure=timed_out",
            "truncation=runaway",
            "upstream=gemini-eu",
            "thinking_budget_tokens=1024",
            "n_http_calls=3",
            "effort=high",
            "template=whole_files",
            "estimated_input_tokens=11500",
        ]
    );
}

#[tokio::test]
async fn everything_known_is_read_back() {
    let place = Place::new();
    let store = place.writer().await;
    store.record(&everything()).await.unwrap();
    let (rows, count) = rows(&store, &Filter::default()).await;
    assert_eq!((count.n_rows, count.n_unreadable), (1, 0));
    assert_eq!(
        rows[0],
        EstimationRow {
            timestamp: at("2026-01-05T08:01:35.25Z"),
            run_id: "run-7".to_owned(),
            phase_id: "phase-1".to_owned(),
            provider: Some(Provider::Gemini),
            upstream: Some("gemini-eu".to_owned()),
            model: "gemini-2.5-pro".to_owned(),
            category: Category::Docs,
            complexity: Complexity::High,
            policy_version: Some("build-142".to_owned()),
            predicted_output_tokens: Some(Tokens::new(5200)),
            selected_budget: Some(Tokens::new(7800)),
            actual_max_tokens: Some(Tokens::new(8192)),
            actual_output_tokens: Some(Tokens::new(8192)),
            success: Some(false),
            truncated: true,
            truncation: Some("runaway".to_owned()),
            stop_reason: Some("max_tokens".to_owned()),
            attempt: Some(2),
        }
    );
}

#[tokio::test]
async fn what_is_unknown_stays_unknown() {
    let place = Place::new();
    let store = place.writer().await;
    let event = unknown("run-7", "2026-01-05T08:01:35Z");
    store.record(&event).await.unwrap();
    assert_eq!(
        known_columns(&place, "token_estimation_v2_events").await,
        [
            "event_id=1",
            "run_id=run-7",
            "phase_id=phase-1",
            "timestamp=2026-01-05 08:01:35.000000",
            "category=docs",
            "complexity=low",
            "deliverable_count=0",
            "deliverables_json=[]",
            "success=0",
            "truncated=0",
            "model=claude-sonnet-4-5",
            "is_truncated_output=0",
            "is_sot_file=0",
            "provider=anthropic",
            "attempt=1",
        ]
    );
    let (rows, _) = rows(&store, &Filter::default()).await;
    let row = &rows[0];
    assert_eq!(
        (row.predicted_output_tokens, row.actual_output_tokens),
        (None, None)
    );
    assert_eq!((row.selected_budget, row.actual_max_tokens), (None, None));
}

#[tokio::test]
async fn an_answer_of_no_tokens_is_a_number() {
    let place = Place::new();
    let store = place.writer().await;
    let event = answered("run", "2026-01-05T08:01:35Z", 0);
    store.record(&event).await.unwrap();
    let columns = known_columns(&place, "token_estimation_v2_events").await;
    assert!(columns.contains(&"actual_output_tokens=0".to_owned()));
    assert!(columns.contains(&"smape_percent=200.0000".to_owned()));
    assert!(
        !columns
            .iter()
            .any(|column| column.starts_with("waste_ratio"))
    );
}

#[tokio::test]
async fn a_cut_that_the_stop_reason_does_not_tell_is_a_truncation() {
    let place = Place::new();
    let store = place.writer().await;
    let whole = answered("run", "2026-01-05T08:00:00Z", 8192);
    let unsaid = EstimationEvent {
        truncation: Some("at_ceiling_unsaid".to_owned()),
        ..whole.clone()
    };
    let said = EstimationEvent {
        stop: Some(Stop {
            reason: StopReason::MaxTokens,
            native: None,
        }),
        ..whole.clone()
    };
    for event in [whole, unsaid, said] {
        store.record(&event).await.unwrap();
    }
    let (rows, _) = rows(&store, &Filter::default()).await;
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.truncated, row.truncation.as_deref()))
        .collect();
    let expected = [
        (false, None),
        (true, Some("at_ceiling_unsaid")),
        (true, None),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn an_escalation_is_kept() {
    let place = Place::new();
    let store = place.writer().await;
    let event = EscalationEvent {
        run_id: "run-7".to_owned(),
        phase_id: "phase-1".to_owned(),
        timestamp: at("2026-01-05T08:01:35Z"),
        attempt: 1,
        provider: Provider::OpenAi,
        chain_id: Some("chain-9".to_owned()),
        spent: Spent {
            selected_budget: Some(Tokens::new(4096)),
            actual_max_tokens: Tokens::new(8192),
            output_tokens: Some(Tokens::new(8192)),
            truncated: true,
            parsed: false,
        },
        escalation: Escalation {
            reason: EscalationReason::Truncation,
            base: Tokens::new(8192),
            base_source: BaseSource::ActualMaxTokens,
            factor: 1.25,
            utilization: Some(1.0),
            ceiling: Tokens::new(10_240),
        },
    };
    assert_eq!(store.record_escalation(&event).await.unwrap(), 1);
    assert_eq!(
        known_columns(&place, "token_budget_escalation_events").await,
        [
            "event_id=1",
            "run_id=run-7",
            "phase_id=phase-1",
            "timestamp=2026-01-05 08:01:35.000000",
            "attempt_index=1",
            "reason=truncation",
            "was_truncated=1",
            "output_utilization=100.0000",
            "escalation_factor=1.2500",
            "base_value=8192",
            "base_source=actual_max_tokens",
            "retry_max_tokens=10240",
            "selected_budget=4096",
            "actual_max_tokens=8192",
            "tokens_used=8192",
            "provider=openai",
            "chain_id=chain-9",
        ]
    );
}

#[tokio::test]
async fn memory_is_a_database_too() {
    let url: DatabaseUrl = "sqlite:///:memory:".parse().unwrap();
    let store = Store::open(&url, OpenMode::ReadWrite).await.unwrap();
    let event = answered("run", "2026-01-05T08:01:35Z", 100);
    store.record(&event).await.unwrap();
    let identity = store.identity().await.unwrap();
    assert_eq!(identity.path, ":memory:");
    assert_eq!(identity.tables[0].n_rows, 1);
    store.close().await.unwrap();
}
