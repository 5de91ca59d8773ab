//! Calls in CSV, as the datasets of the project have them.

use super::{count, import, query, told, try_import};
use crate::common::{Place, rows, unpacked};
use autopack_store::{Filter, SourceFormat};

#[tokio::test]
async fn the_real_dataset() {
    let place = Place::new();
    let store = place.writer().await;
    let table = unpacked("autopack_telemetry.csv.gz");
    let report = import(&store, &table).await;
    assert_eq!((report.format, report.n_lines), (SourceFormat::Csv, 79));
    assert_eq!((report.calls, report.n_bad()), (count(78, 0), 0));
    let (read, read_count) = rows(&store, &Filter::default()).await;
    assert_eq!((read_count.n_rows, read_count.n_unreadable), (78, 0));
    assert_eq!(read.iter().filter(|row| row.truncated).count(), 21);
    assert_eq!(read.iter().filter(|row| row.success.is_none()).count(), 31);
    let row =
        "SELECT concat_ws('|', run_id, phase_id, timestamp, provider, model, category, complexity,
            deliverable_count, input_tokens, predicted_output_tokens, selected_budget,
            actual_max_tokens, actual_output_tokens, truncated, stop_reason, success, attempt)
        FROM token_estimation_v2_events WHERE input_tokens = 36341";
    assert_eq!(
        query(&place, row).await,
        [
            "imported|lovable-p0.1-protected-path|2025-12-23 11:52:55.000000|anthropic|claude-sonnet-4-5|refactoring|low|4|36341|1690|8192|16384|5451|0|end_turn|1|1"
        ]
    );
    assert_eq!(import(&store, &table).await.calls, count(0, 78));
}

pub(crate) const HEADER: &str = "timestamp,provider,model,category,complexity,actual_output_tokens,truncated,stop_reason,success";

#[tokio::test]
async fn bad_rows_are_told_by_line_and_the_rest_goes_on() {
    let place = Place::new();
    let store = place.writer().await;
    let mut table = format!("{HEADER}\n").into_bytes();
    for row in [
        &b"2026-01-05T08:00:00Z,openai,gpt-5,docs,low,10,false,,true"[..],
        b"2026-01-05 08:00:01,meta,llama,,high,11,,stop,",
        b"yesterday,openai,gpt-5,docs,low,10,false,,true",
        b",openai,gpt-5,docs,low,10,false,,true",
        b"2026-01-05T08:00:02Z,openai,gpt-5,docs,epic,10,false,,true",
        b"2026-01-05T08:00:02Z,openai,gpt-5,docs,,10,false,,true",
        b"2026-01-05T08:00:02Z,openai,gpt-5,docs,low,-10,false,,true",
        b"2026-01-05T08:00:02Z,openai,gpt-5,docs,low,1e3,false,,true",
        b"2026-01-05T08:00:02Z,openai,gpt-5,docs,low,10,perhaps,,true",
        b"2026-01-05T08:00:02Z,openai,gpt-5,docs,low,10,,,true",
        b"2026-01-05T08:00:02Z,openai,gpt-5,docs,low,10,false",
        b"2026-01-05T08:00:02Z,openai,gpt-5,\"do\ncs\",low,10,false,,true",
        b"2026-01-05T08:00:02Z,openai,gpt\xff,docs,low,10,false,,true",
        b"2026-01-05T08:00:03Z,openai,gpt-5,docs,low,12,false,,true",
    ] {
        table.extend_from_slice(row);
        table.push(b'\n');
    }
    let report = import(&store, &table).await;
    assert_eq!(report.calls, count(4, 0));
    assert_eq!(
        told(&report.bad),
        [
            "`actual_output_tokens` is not a whole number from 0: [8, 9]",
            "`complexity` is missing: [7]",
            "`complexity` is none of low, medium, high, maintenance: [6]",
            "`timestamp` is missing: [5]",
            "`timestamp` is not a time: [4]",
            "`truncated` is not true or false: [10]",
            "another number of cells than the header: [12]",
            "neither `truncated` nor `stop_reason` tells how it ended: [11]",
            "not UTF-8: [15]",
        ]
    );
    assert_eq!(
        told(&report.passed_over),
        ["a provider that is not known here: the call is kept without it: [3]"]
    );
    let calls = "SELECT concat_ws('|', timestamp, coalesce(provider, '-'), model, category,
            coalesce(stop_reason, '-'), coalesce(success, '-'))
        FROM token_estimation_v2_events ORDER BY event_id LIMIT 2";
    assert_eq!(
        query(&place, calls).await,
        [
            "2026-01-05 08:00:00.000000|openai|gpt-5|docs|-|1",
            "2026-01-05 08:00:01.000000|-|llama|unknown|end_turn|-",
        ]
    );
}

#[tokio::test]
async fn a_table_of_something_else_is_refused() {
    let place = Place::new();
    let store = place.writer().await;
    for (table, expected) in [
        (
            "name,age\nAda,36\n",
            "its header has no `timestamp`, `complexity`, `actual_output_tokens`: a table of calls has at least `timestamp`, `complexity` and `actual_output_tokens`",
        ),
        (
            "timestamp,model,actual_output_tokens\n",
            "its header has no `complexity`: a table of calls has at least `timestamp`, `complexity` and `actual_output_tokens`",
        ),
    ] {
        let error = try_import(&store, table.as_bytes()).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let endless = format!(
        "{HEADER}\n2026-01-05T08:00:00Z,\"{}",
        "x,\n".repeat(1_000_000)
    );
    let error = try_import(&store, endless.as_bytes()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2: a row that is longer than a mebibyte; is a quote missing?"
    );
}

#[tokio::test]
async fn a_header_alone_is_an_empty_table() {
    let place = Place::new();
    let store = place.writer().await;
    for end in ["", "\n", "\r\n"] {
        let report = import(&store, format!("{HEADER}{end}")).await;
        assert_eq!((report.calls, report.n_bad()), (count(0, 0), 0));
    }
}
