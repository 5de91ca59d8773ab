//! Lines a second of an import: a log as the reference wrote it, and one of nothing but calls.

use std::fmt::Write as _;
use std::time::Instant;

use autopack_store::{Assumed, DatabaseUrl, OpenMode, Store};
use jiff::tz::Offset;

/// Lines of each log.
const N_LINES: usize = 1_000_000;
/// A call in so many lines: in the reference's logs there is one in about a hundred and twenty.
const LINES_A_CALL: [usize; 2] = [100, 4];
const N_RUNS: usize = 3;

/// The other lines, each about as long as they are in the reference's logs.
const OTHERS: [&str; 4] = [
    "INFO: [Scope] Workspace root determined as repo root for bucket 'examples': C:\\dev\\project",
    "INFO: [phase-7] Built deliverables contract: 1 required paths, 0 forbidden patterns",
    "INFO: HTTP Request: POST https://api.anthropic.com/v1/messages \"HTTP/1.1 200 OK\"",
    "WARNING: [GoalDrift] Goal: Create README.md with overview, installation, and quick examples...",
];

fn log(lines_a_call: usize) -> String {
    let mut log = String::new();
    for number in 0..N_LINES / lines_a_call {
        let (hour, minute, second) = (number / 3_600 % 24, number / 60 % 60, number % 60);
        let time = format!(
            "[2025-{:02}-{:02} {hour:02}:{minute:02}:{second:02}]",
            1 + number / 86_400 / 28 % 12,
            1 + number / 86_400 % 28
        );
        let output = 100 + number % 4_000;
        let _ = write!(
            log,
            "{time} INFO: [MODEL-SELECT] Builder: model=claude-sonnet-4-5, complexity=low->low, attempt=0, category=implementation\n\
             {time} INFO: [BUILD-129:P4] Final max_tokens enforcement: 16384 (token_selected_budget=8192)\n\
             {time} INFO: [TOKEN_BUDGET] phase=phase-{number} complexity=low input={number} output={output}/16384 total=9999 utilization=7.4% model=claude-sonnet-4-5\n\
             {time} INFO: [TokenEstimationV2] predicted_output=5200 actual_output={output} smape=124.1% selected_budget=8192 category=implementation complexity=low deliverables=1 success=True stop_reason=end_turn truncated=False model=claude-sonnet-4-5\n"
        );
        for other in 4..lines_a_call {
            let _ = writeln!(log, "{time} {}", OTHERS[other % OTHERS.len()]);
        }
    }
    log
}

/// Lines a second of the quickest run.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53 lines")]
async fn rate(log: &str) -> f64 {
    let assumed = Assumed {
        run_id: "bench".to_owned(),
        utc_offset: Offset::UTC,
        category: None,
        complexity: None,
    };
    let mut best = 0.0_f64;
    for _ in 0..N_RUNS {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:///{}", folder.path().join("bench.db").display());
        let url: DatabaseUrl = url.parse().expect("a URL");
        let store = Store::open(&url, OpenMode::ReadWrite)
            .await
            .expect("opened");
        let started = Instant::now();
        let report = store
            .import(log.as_bytes(), None, &assumed)
            .await
            .expect("imported");
        best = best.max(report.n_lines as f64 / started.elapsed().as_secs_f64());
        store.close().await.expect("closed");
    }
    best
}

#[expect(clippy::print_stdout, reason = "what a benchmark is for")]
fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        for lines_a_call in LINES_A_CALL {
            let rate = rate(&log(lines_a_call)).await;
            println!("a call in {lines_a_call} lines: {rate:.0} lines a second");
        }
    });
}
