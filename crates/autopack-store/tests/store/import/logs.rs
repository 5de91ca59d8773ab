//! Run logs of the Python Autopack.

use super::{assumed, count, import, query};
use crate::common::{Place, answered, legacy, rows};
use autopack_store::{Assumed, Filter, LogLine, MigrateOptions, SourceFormat, migrate};
use jiff::tz;

/// As the reference wrote it, shortened: a call that ends well, one that is cut off and escalates, and the
/// larger one that follows; lines of other kinds between them.
pub(crate) const LOG: &str = "\
faiss library not installed; FaissStore will use in-memory fallback
[2025-12-29 19:38:49] INFO: [LOCK] Acquired executor lock for run_id=telemetry-v5 (PID=92772, host=h)
[2025-12-29 19:39:46] INFO: [TOKEN_BUDGET] Context loading: ~19998 tokens (99% of 20000 budget)
[2025-12-29 19:39:46] INFO: [MODEL-SELECT] Builder: model=claude-sonnet-4-5, complexity=low->low, attempt=0, category=implementation
[2025-12-29 19:39:46] INFO: [BUILD-129:P4] Final max_tokens enforcement: 16384 (token_selected_budget=8192)
[2025-12-29 19:40:01] INFO: [TOKEN_BUDGET] phase=string-utils complexity=low input=1164 output=1218/16384 total=2382 utilization=7.4% model=claude-sonnet-4-5
[2025-12-29 19:40:02] INFO: [Builder] Generated 2 file diffs locally from full-file content
[2025-12-29 19:40:02] INFO: [TokenEstimationV2] predicted_output=5200 actual_output=1218 smape=124.1% selected_budget=8192 category=implementation complexity=low deliverables=1 success=True stop_reason=end_turn truncated=False model=claude-sonnet-4-5
[2025-12-29 19:40:02] INFO: [string-utils] Builder succeeded (2382 tokens)
[2025-12-29 20:10:05] INFO: [MODEL-SELECT] Builder: model=claude-opus-4-5, complexity=MEDIUM->high, attempt=0, category=None
[2025-12-29 20:14:55] INFO: [TOKEN_BUDGET] phase=deep-retrieval complexity=medium input=29132 output=16384/16384 total=45516 utilization=100.0% model=claude-opus-4-5
[2025-12-29 20:14:55] WARNING: [TOKEN_BUDGET] TRUNCATION: phase=deep-retrieval used 16384/16384 tokens (100% utilization) - consider increasing max_tokens for this complexity level
[2025-12-29 20:14:55] ERROR: LLM output invalid format
First 500 chars: {\"summary\": \"[TOKEN_BUDGET] phase=deep-retrieval\"}
[2025-12-29 20:14:55] INFO: [BUILD-129:P10] ESCALATE-ONCE: phase=deep-retrieval attempt=1 base=16384 (from actual_max_tokens) → retry=20480 (1.25x, truncation)
[2025-12-29 20:19:02] INFO: [TOKEN_BUDGET] phase=deep-retrieval complexity=medium input=29352 output=17001/20480 total=46353 utilization=83.0% model=claude-opus-4-5
[2025-12-29 20:19:02] INFO: [deep-retrieval] Builder failed: LLM returned empty files array
";

#[tokio::test]
async fn a_log_becomes_calls_and_escalations() {
    let place = Place::new();
    let store = place.writer().await;
    let report = import(&store, LOG).await;
    assert_eq!((report.format, report.n_lines), (SourceFormat::Log, 17));
    assert_eq!(
        (report.calls, report.escalations),
        (count(3, 0), count(1, 0))
    );
    assert_eq!((report.n_joined, report.n_bad()), (2, 0));
    let kinds: Vec<(LogLine, u64)> = report.kinds.into_iter().collect();
    assert_eq!(
        kinds,
        [
            (LogLine::Estimate, 1),
            (LogLine::Usage, 3),
            (LogLine::Truncation, 1),
            (LogLine::Enforcement, 1),
            (LogLine::Escalation, 1),
        ]
    );
    let calls = "SELECT concat_ws('|', run_id, phase_id, timestamp, category, complexity,
            coalesce(deliverable_count, '-'), coalesce(deliverables_json, '-'),
            coalesce(predicted_output_tokens, '-'), selected_budget, actual_max_tokens,
            actual_output_tokens, input_tokens, coalesce(success, '-'), truncated, model, attempt)
        FROM token_estimation_v2_events ORDER BY timestamp";
    assert_eq!(
        query(&place, calls).await,
        [
            "telemetry-v5|string-utils|2025-12-29 08:40:01.000000|implementation|low|1|-|5200|8192|16384|1218|1164|1|0|claude-sonnet-4-5|1",
            "telemetry-v5|deep-retrieval|2025-12-29 09:14:55.000000|unknown|medium|-|-|-|16384|16384|29132|-|1|claude-opus-4-5|1",
            "telemetry-v5|deep-retrieval|2025-12-29 09:19:02.000000|unknown|medium|-|-|-|20480|17001|29352|0|0|claude-opus-4-5|1",
        ]
    );
    let (read, read_count) = rows(&store, &Filter::default()).await;
    assert_eq!((read_count.n_rows, read_count.n_unreadable), (3, 0));
    let success: Vec<Option<bool>> = read.iter().map(|row| row.success).collect();
    assert_eq!(success, [Some(true), None, Some(false)]);
    let escalations = "SELECT concat_ws('|', phase_id, attempt_index, reason, was_truncated,
            output_utilization, base_value, base_source, retry_max_tokens, tokens_used)
        FROM token_budget_escalation_events";
    assert_eq!(
        query(&place, escalations).await,
        ["deep-retrieval|1|truncation|1|100.0|16384|actual_max_tokens|20480|16384"]
    );
}

#[tokio::test]
async fn a_log_comes_in_once() {
    let place = Place::new();
    let store = place.writer().await;
    import(&store, LOG).await;
    for again in [
        LOG.to_owned(),
        LOG.replace('\n', "\r\n"),
        format!("\u{feff}{LOG}"),
        // Lines that tell of no call make no difference, nor does who else has written since.
        LOG.lines()
            .filter(|line| line.contains("TOKEN_BUDGET] ") || line.contains("P10]"))
            .collect::<Vec<_>>()
            .join("\n"),
    ] {
        store
            .record(&answered("ours", "2026-01-05T08:00:00Z", 7))
            .await
            .unwrap();
        let report = import(&store, again).await;
        assert_eq!(
            (report.calls, report.escalations),
            (count(0, 3), count(0, 1))
        );
    }
    let twice = Place::new();
    let store = twice.writer().await;
    let report = import(&store, LOG.repeat(2)).await;
    assert_eq!((report.calls.n_new, report.escalations.n_new), (3, 1));
}

#[tokio::test]
async fn a_log_that_has_grown_brings_what_is_new() {
    let place = Place::new();
    let store = place.writer().await;
    let half: Vec<&str> = LOG.lines().take(10).collect();
    let half = half.join("\n");
    assert_eq!(import(&store, half).await.calls, count(1, 0));
    let report = import(&store, LOG).await;
    assert_eq!(
        (report.calls, report.escalations),
        (count(2, 1), count(1, 0))
    );
}

/// The real database and the log lines that were written beside its rows 2 to 4, at UTC+11.
#[tokio::test]
async fn what_came_along_with_an_old_database_is_not_imported_once_more() {
    let place = legacy();
    migrate(&place.url, MigrateOptions::default())
        .await
        .unwrap();
    let lines = "SELECT '[' || datetime(timestamp, '+11 hours') || '] INFO: [TokenEstimationV2] predicted_output='
            || predicted_output_tokens || ' actual_output=' || actual_output_tokens || ' smape=1.0% selected_budget='
            || selected_budget || ' category=' || category || ' complexity=' || complexity || ' deliverables='
            || deliverable_count || ' success=' || iif(success, 'True', 'False') || ' stop_reason=' || stop_reason
            || ' truncated=' || iif(truncated, 'True', 'False') || ' model=' || model
        FROM token_estimation_v2_events";
    let log = query(&place, lines).await.join("\n");
    let store = place.writer().await;
    let report = import(&store, &log).await;
    assert_eq!(report.calls, count(0, 28), "{report:?}");
    let elsewhere = Assumed {
        utc_offset: tz::offset(0),
        ..assumed()
    };
    let report = store
        .import(log.as_bytes(), None, &elsewhere)
        .await
        .unwrap();
    assert_eq!(
        report.calls,
        count(28, 0),
        "at another time, they are others"
    );
}

#[tokio::test]
async fn many_batches_are_as_good_as_one() {
    let place = Place::new();
    let store = place.writer().await;
    let call = |number: u32| {
        format!(
            "[2025-12-29 19:{:02}:{:02}] INFO: [TOKEN_BUDGET] phase=p complexity=low input={number} output=12/100 total=1 utilization=1% model=m\n",
            number / 60 % 60,
            number % 60
        )
    };
    let log: String = (0..9_000).map(call).collect();
    assert_eq!(import(&store, &log).await.calls, count(9_000, 0));
    assert_eq!(import(&store, &log).await.calls, count(0, 9_000));
}
