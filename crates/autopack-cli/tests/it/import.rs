//! Rows from elsewhere: what is said of them, and of what is no source.

use serde_json::json;

#[cfg(target_os = "linux")]
use crate::support::on_disk;
use crate::support::{Database, LEGACY, Sandbox};

/// A run log with calls in every form, lines that cannot be read, and lines that tell of no call.
const LOG: &str = "\
faiss library not installed; FaissStore will use in-memory fallback
[2025-12-29 19:38:49] INFO: Initialized autonomous executor for run: telemetry-v5
[2025-12-29 19:39:46] INFO: [TOKEN_BUDGET] Context loading: ~19998 tokens (99% of 20000 budget)
[2025-12-29 19:39:46] INFO: [BUILD-129:P4] Final max_tokens enforcement: 16384 (token_selected_budget=8192)
[2025-12-29 19:40:01] INFO: [TOKEN_BUDGET] phase=string-utils complexity=low input=1164 output=1218/16384 total=2382 utilization=7.4% model=claude-sonnet-4-5
[2025-12-29 19:40:02] INFO: [TokenEstimationV2] predicted_output=5200 actual_output=1218 smape=124.1% selected_budget=8192 category=implementation complexity=low deliverables=1 success=True stop_reason=end_turn truncated=False model=claude-sonnet-4-5
2025-12-29 20:14:55,624 - autopack.anthropic_clients - INFO - [TOKEN_BUDGET] phase=deep-retrieval complexity=medium input=29132 output=16384/16384 total=45516 utilization=100.0% model=claude-opus-4-5
2025-12-29 20:14:55,624 - autopack.anthropic_clients - WARNING - [TOKEN_BUDGET] TRUNCATION: phase=deep-retrieval used 16384/16384 tokens (100% utilization) - consider increasing max_tokens for this complexity level
[2025-12-29 20:14:55] INFO: [BUILD-129:P10] ESCALATE-ONCE: phase=deep-retrieval attempt=1 base=16384 (from actual_max_tokens) → retry=20480 (1.25x, truncation)
[2025-12-29 20:20:00] INFO: [TOKEN_BUDGET] phase=p3 complexity=low input=300 output=128/4096 total=428 utilization=3.1% model=claude-sonnet-4-5
[2025-12-29 20:20:00] INFO: [TokenEstimation] Predicted: 300 output tokens, Actual: 128 output tokens, Error: 57.3%
[2025-12-29 20:21:00] INFO: [TOKEN_BUDGET] phase=p4 complexity=low input=many output=128/4096 total=428 utilization=3.1% model=claude-sonnet-4-5
[TOKEN_BUDGET] phase=p5 complexity=low input=1 output=2/3 total=3 utilization=66.7% model=m
";

#[test]
fn a_run_log_is_read_joined_and_reported_on() {
    let sandbox = Sandbox::with(&[("run.log", LOG)]);
    let import = ["import", "run.log", "--utc-offset", "+11:00"];
    insta::assert_snapshot!("a_run_log", sandbox.run(&import));
    insta::assert_snapshot!("a_run_log_again", sandbox.run(&import));
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let columns = [
        "run_id",
        "phase_id",
        "timestamp",
        "category",
        "predicted_output_tokens",
        "selected_budget",
        "actual_max_tokens",
        "actual_output_tokens",
        "success",
        "truncated",
    ];
    let row = |phase: &str,
               time: &str,
               category: &str,
               numbers: [Option<u32>; 4],
               success: Option<u8>,
               truncated: u8| {
        json!({
            "run_id": "telemetry-v5", "phase_id": phase, "timestamp": time, "category": category,
            "predicted_output_tokens": numbers[0], "selected_budget": numbers[1],
            "actual_max_tokens": numbers[2], "actual_output_tokens": numbers[3],
            "success": success, "truncated": truncated,
        })
    };
    assert_eq!(
        database.calls(&columns),
        [
            row(
                "string-utils",
                "2025-12-29 08:40:01.000000",
                "implementation",
                [Some(5200), Some(8192), Some(16384), Some(1218)],
                Some(1),
                0
            ),
            row(
                "deep-retrieval",
                "2025-12-29 09:14:55.000000",
                "unknown",
                [None, None, Some(16384), Some(16384)],
                None,
                1
            ),
            row(
                "p3",
                "2025-12-29 09:20:00.000000",
                "unknown",
                [Some(300), None, Some(4096), Some(128)],
                None,
                0
            ),
        ]
    );
    assert_eq!(
        database.escalations(&["phase_id", "retry_max_tokens", "was_truncated"]),
        [json!({"phase_id": "deep-retrieval", "retry_max_tokens": 20480, "was_truncated": 1})]
    );
    insta::assert_snapshot!(
        "a_run_log_reported",
        sandbox.run(&["report", "--by", "run"])
    );
}

#[test]
fn json_has_all_that_was_come_across() {
    let sandbox = Sandbox::with(&[("run.log", LOG)]);
    let done = sandbox.run(&["import", "run.log", "--json"]);
    assert_eq!(done.code, Some(1), "two lines could not be read");
    insta::assert_snapshot!(done.stdout);
}

#[test]
fn whoever_imports_says_what_a_source_does_not() {
    let v1 = "[2025-12-23 19:35:44] INFO: [TokenEstimation] Predicted: 300 output tokens, Actual: 128 output tokens, Error: 57.3%\n";
    let sandbox = Sandbox::with(&[("old runs/v1.log", v1)]);
    let said = [
        "--complexity",
        "low",
        "--category",
        "Docs",
        "--run-id",
        "first",
    ];
    let done = sandbox.run(&[&["import", "old runs/v1.log"][..], &said[..]].concat());
    assert_eq!(done.code, Some(0), "{done}");
    let mut database = Database::open(&sandbox.path("autopack.db"));
    assert_eq!(
        database.calls(&["run_id", "category", "complexity"]),
        [json!({"run_id": "first", "category": "docs", "complexity": "low"})]
    );
    for flags in [
        ["--utc-offset", "eleven"],
        ["--complexity", "epic"],
        ["--category", " "],
        ["--format", "xml"],
    ] {
        let done = sandbox.run(&["import", "old runs/v1.log", flags[0], flags[1]]);
        assert_eq!(done.code, Some(2), "{done}");
        assert!(done.stderr.contains(flags[0]), "{done}");
    }
    insta::assert_snapshot!(sandbox.run(&["import", "old runs/v1.log", "--utc-offset", "25:00"]), @"
    exit 2
    --- stderr
    error: --utc-offset: `25:00` is no offset from UTC: write one such as +11:00 or -03:30
    ");
}

#[test]
fn standard_input_is_a_source_too() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["import", "-", "--json"]);
    let output = command
        .write_stdin(LOG.replace('\n', "\r\n"))
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report[0]["calls"], json!({"n_new": 3, "n_known": 0}));
    assert_eq!(report[0]["source"], "-");
}

#[test]
fn what_is_no_source_is_told() {
    let sandbox = Sandbox::with(&[("people.csv", "name,age\nAda,36\n")]);
    sandbox.write("packed.log.gz", b"\x1f\x8b\x08\0\0");
    sandbox.write("garbage.bin", [0x7f, 0x45, 0, 0x9f, 0xff, 0, 3]);
    sandbox.write("utf16.log", b"\xff\xfe[\x002\x00");
    sandbox.unpack(LEGACY, "legacy.db");
    std::fs::create_dir(sandbox.path("logs")).unwrap();
    let mut said = Vec::new();
    for source in [
        "no.log",
        "logs",
        "people.csv",
        "packed.log.gz",
        "garbage.bin",
        "utf16.log",
        "legacy.db",
    ] {
        let done = sandbox.run(&["import", source]);
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{done}");
        said.push(done.stderr);
    }
    insta::assert_snapshot!(said.concat(), @"
    error: source `no.log`: it cannot be read: check its path: No such file or directory (os error 2)
    error: source `logs`: it is a folder: name the files in it
    error: source `people.csv`: its header has no `timestamp`, `complexity`, `actual_output_tokens`: a table of calls has at least `timestamp`, `complexity` and `actual_output_tokens`
    error: source `packed.log.gz`: it is compressed (gzip): unpack it first
    error: source `garbage.bin`: it is no text: give a run log, a CSV table, or a JSON object a line
    error: source `utf16.log`: it is UTF-16: save it as UTF-8
    error: source `legacy.db`: it is a database: bring it up to date with `autopack migrate`
    ");
    insta::assert_snapshot!(sandbox.run(&["import"]), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <SOURCE>...

    Usage: autopack import <SOURCE>...

    For more information, try '--help'.
    ");
}

#[test]
fn what_holds_nothing_is_answered_with_no() {
    let sandbox = Sandbox::with(&[
        ("empty.log", ""),
        ("diary.txt", "dear diary\nnothing happened\n"),
        (
            "header.csv",
            "timestamp,complexity,actual_output_tokens,truncated\n",
        ),
    ]);
    sandbox.write("huge.log", "x".repeat(3 * 1024 * 1024));
    sandbox.write(
        "latin1.log",
        b"[2025-12-29 19:40:01] INFO: [TOKEN_BUDGET] phase=caf\xe9 complexity=low\n",
    );
    let done = sandbox.run(&[
        "import",
        "empty.log",
        "diary.txt",
        "header.csv",
        "huge.log",
        "latin1.log",
    ]);
    insta::assert_snapshot!(done, @"
    exit 1
    --- stdout
    empty.log: a run log, 0 lines, times read as UTC+00
      calls: 0 new
      escalations: 0 new
    diary.txt: a run log, 2 lines, times read as UTC+00
      calls: 0 new
      escalations: 0 new
    header.csv: a table, 1 line
      calls: 0 new
      escalations: 0 new
    huge.log: a run log, 1 line, times read as UTC+00
      calls: 0 new
      escalations: 0 new
      passed over: longer than a mebibyte: line 1
    latin1.log: a run log, 1 line, times read as UTC+00
      calls: 0 new
      escalations: 0 new
      could not be read: [TOKEN_BUDGET] that is not UTF-8: line 1
    ");
}

#[test]
fn rows_of_the_wrong_kind_are_told_by_line() {
    let sandbox = Sandbox::with(&[
        (
            "rows.ndjson",
            "{\"table\": \"token_estimation_v2_events\", \"success\": \"yes\"}\n{\"table\": \"songs\"}\nnot json\n{\"table\": \"token_budget_escalation_events\", \"attempt_index\": 1.5}\n",
        ),
        (
            "calls.csv",
            "timestamp,complexity,actual_output_tokens,truncated\n2026-01-05T08:00:00Z,low,10,false\n2026-01-05T08:00:00Z,low,ten,false\n",
        ),
    ]);
    insta::assert_snapshot!(sandbox.run(&["import", "rows.ndjson", "calls.csv"]), @"
    exit 1
    --- stdout
    rows.ndjson: JSON, 4 lines
      calls: 0 new
      escalations: 0 new
      could not be read: `attempt_index` is not a whole number from 0: line 4
      could not be read: `success` is not true or false: line 1
      could not be read: `table` names neither table of telemetry: line 2
      could not be read: no JSON object: line 3
    calls.csv: a table, 3 lines
      calls: 1 new
      escalations: 0 new
      could not be read: `actual_output_tokens` is not a whole number from 0: line 3
    ");
}

#[test]
fn a_database_that_is_not_ours_is_left_alone() {
    let sandbox = Sandbox::with(&[("run.log", LOG)]);
    sandbox.unpack(LEGACY, "autopack.db");
    let before = std::fs::read(sandbox.path("autopack.db")).unwrap();
    insta::assert_snapshot!(sandbox.run(&["import", "run.log"]), @"
    exit 3
    --- stderr
    error: `autopack.db` was written by the Python Autopack: bring it up to date with `autopack migrate`, or choose another file
    ");
    assert_eq!(std::fs::read(sandbox.path("autopack.db")).unwrap(), before);
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_cannot_be_written_or_fills_up() {
    let log = |n: usize| -> String {
        let line = |number| {
            format!(
                "[2025-12-29 19:40:01] INFO: [TOKEN_BUDGET] phase=p complexity=low input={number} output=2/3 total=3 utilization=66.7% model=m\n"
            )
        };
        (0..n).map(line).collect()
    };
    let sandbox = Sandbox::with(&[("run.log", LOG)]);
    let database = "--database sqlite:///disk/x.db";
    let import = format!(r#""$AUTOPACK" import run.log {database}"#);
    let read_only =
        format!("{import} > first.log; mount -o remount,ro,bind disk || exit 99; {import}");
    let Some(done) = on_disk(&sandbox, "1m", &read_only) else {
        return;
    };
    insta::assert_snapshot!(done, @"
    exit 3
    --- stderr
    error: cannot write to `disk/x.db`: the file or its folder is read-only; make both writable, or choose another file: error returned from database: (code: 14) unable to open database file
    ");

    let sandbox = Sandbox::with(&[("run.log", &log(40_000))]);
    let Some(done) = on_disk(&sandbox, "4m", &import) else {
        return;
    };
    assert_eq!(done.code, Some(3), "{done}");
    assert!(
        done.stderr.contains("the disk of `disk/x.db` is full"),
        "{done}"
    );
    let mut database = Database::open(&sandbox.path("kept/x.db"));
    let n_kept = database.calls(&["input_tokens"]).len();
    assert_eq!(n_kept % 4_000, 0, "batches are whole: {n_kept}");
}
