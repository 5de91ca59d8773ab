//! Rows of ours: what is exported, and what is kept where the database refused a row.

use super::{count, import, query, told};
use crate::common::{Place, answered, at};
use autopack_core::{BaseSource, Escalation, EscalationReason, Provider, Spent, Tokens};
use autopack_store::{EscalationEvent, ExportFormat, Filter, SourceFormat};

const TIME: &str = "2026-01-05T08:01:35.25Z";

fn escalation() -> EscalationEvent {
    EscalationEvent {
        run_id: "run".to_owned(),
        phase_id: "phase-1".to_owned(),
        timestamp: at(TIME),
        attempt: 1,
        provider: Provider::OpenAi,
        chain_id: None,
        spent: Spent {
            selected_budget: None,
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
    }
}

#[tokio::test]
async fn rows_that_were_kept_beside_the_replies() {
    let place = Place::new();
    let store = place.writer().await;
    let event = answered("run", TIME, 1218);
    let kept = format!("{}\n{}\n\n", event.to_json(), escalation().to_json());
    let report = import(&store, &kept).await;
    assert_eq!((report.format, report.n_lines), (SourceFormat::Ndjson, 3));
    assert_eq!(
        (report.calls, report.escalations),
        (count(1, 0), count(1, 0))
    );
    let report = import(&store, &kept).await;
    assert_eq!(
        (report.calls, report.escalations),
        (count(0, 1), count(0, 1))
    );

    // The same as if they had been recorded.
    let recorded = Place::new();
    let store = recorded.writer().await;
    store.record(&event).await.unwrap();
    store.record_escalation(&escalation()).await.unwrap();
    for table in [
        "token_estimation_v2_events",
        "token_budget_escalation_events",
    ] {
        let columns = format!(
            "SELECT group_concat('quote(' || name || ')', ' || '' '' || ') FROM pragma_table_info('{table}')
             WHERE name <> 'created_at'"
        );
        let columns = query(&recorded, &columns).await.concat();
        let all = format!("SELECT {columns} FROM {table}");
        assert_eq!(query(&place, &all).await, query(&recorded, &all).await);
    }
    // And had it been after all, it does not come in.
    let report = import(&store, &kept).await;
    assert_eq!(
        (report.calls, report.escalations),
        (count(0, 1), count(0, 1))
    );
}

#[tokio::test]
async fn a_database_takes_nothing_of_its_own_export() {
    let place = Place::new();
    let store = place.writer().await;
    for number in 0..50 {
        store.record(&answered("run", TIME, number)).await.unwrap();
    }
    store.record_escalation(&escalation()).await.unwrap();
    for format in [ExportFormat::Ndjson, ExportFormat::Csv] {
        let mut text = Vec::new();
        let exported = store
            .export(&Filter::default(), format, &mut text)
            .await
            .unwrap();
        let report = import(&store, &text).await;
        assert_eq!(report.calls, count(0, 50));
        assert_eq!(report.escalations, count(0, exported.n_escalations));
    }
}

#[tokio::test]
async fn bad_rows_are_told_by_line_and_the_rest_goes_on() {
    let place = Place::new();
    let store = place.writer().await;
    let good = answered("run", TIME, 1218).to_json();
    let with = |field: &str, value: &str| {
        let mut object: serde_json::Value = serde_json::from_str(&good).unwrap();
        object[field] = serde_json::from_str(value).unwrap();
        object.to_string()
    };
    let lines = [
        with("success", "null"),
        "{".to_owned(),
        "[1, 2]".to_owned(),
        with("table", "\"songs\""),
        with("actual_output_tokens", "\"many\""),
        with("actual_output_tokens", "-1"),
        with("actual_output_tokens", "1.5"),
        with("success", "\"yes\""),
        with("model", "null"),
        with("timestamp", "\"yesterday\""),
        with("category", "\" \""),
        with("complexity", "\"epic\""),
        with("provider", "\"meta\""),
        with("smape_percent", "{\"a\": 1}"),
        with("colour", "\"blue\""),
        with("event_id", "7").replace("1218", "1219"),
    ];
    let report = import(&store, lines.join("\n")).await;
    assert_eq!(report.calls, count(3, 0));
    assert_eq!(
        told(&report.bad),
        [
            "`actual_output_tokens` is not a whole number from 0: [5, 6, 7]",
            "`category` is no category: [11]",
            "`complexity` is no complexity: [12]",
            "`model` is missing: [9]",
            "`provider` is no provider: [13]",
            "`smape_percent` is not a number: [14]",
            "`success` is not true or false: [8]",
            "`table` names neither table of telemetry: [4]",
            "`timestamp` is not a time: [10]",
            "no JSON object: [2, 3]",
        ]
    );
    assert_eq!(
        told(&report.passed_over),
        ["no column `colour` in this database: [15]"]
    );
    let keys = query(
        &place,
        "SELECT event_id || '' FROM token_estimation_v2_events",
    )
    .await;
    assert_eq!(
        keys,
        ["1", "2", "3"],
        "the keys of another database mean nothing"
    );
}
