//! Targets, coverage and escalations: what is told where nothing else is asked for.

use super::{report, sandbox};
use crate::support::{Database, ONE_PHASE, Sandbox};

/// The overview without the groups.
fn overview(sandbox: &Sandbox) -> String {
    let done = report(sandbox, &[]).to_string();
    let (_, overview) = done.split_once("\n\n").unwrap();
    overview.to_owned()
}

/// All calls, so many times over.
fn multiply(sandbox: &Sandbox, n: usize) {
    let mut database = Database::open(&sandbox.path("autopack.db"));
    database.execute("CREATE TEMP TABLE copy AS SELECT * FROM token_estimation_v2_events");
    database.execute("UPDATE copy SET event_id = NULL");
    for _ in 1..n {
        database.execute("INSERT INTO token_estimation_v2_events SELECT * FROM copy");
    }
}

#[test]
fn little_is_not_enough_to_judge() {
    insta::assert_snapshot!(overview(&sandbox()));
}

#[test]
fn a_target_that_is_missed_calls_for_tuning() {
    let sandbox = sandbox();
    multiply(&sandbox, 5);
    insta::assert_snapshot!(overview(&sandbox));
}

#[test]
fn targets_that_are_met_call_for_watching() {
    let plan = r#"
[[phases]]
phase_id = "guide"
task_category = "docs"
complexity = "low"
deliverables = ["docs/guide.md"]

[[phases]]
phase_id = "parser"
task_category = "implementation"
complexity = "high"
deliverables = ["src/parser.rs"]
"#;
    let scenario = "output_tokens = 1800\n[phases.parser]\noutput_tokens = 7000\n";
    let sandbox = Sandbox::with(&[("plan.toml", plan), ("scenario.toml", scenario)]);
    sandbox.run(&["run", "plan.toml", "--simulate", "scenario.toml"]);
    multiply(&sandbox, 100);
    insta::assert_snapshot!(overview(&sandbox));
}

#[test]
fn what_became_of_escalations_is_told() {
    let sandbox = Sandbox::with(&[
        ("plan.toml", ONE_PHASE),
        ("whole.toml", "output_tokens = [9000, 4500]"),
        ("again.toml", "output_tokens = 9000"),
    ]);
    for scenario in ["whole.toml", "again.toml"] {
        sandbox.run(&["run", "plan.toml", "--simulate", scenario, "--run-id", "r"]);
    }
    let mut database = Database::open(&sandbox.path("autopack.db"));
    // One whose retry never came, from a program that had other words.
    database.execute(
        "INSERT INTO token_budget_escalation_events (run_id, phase_id, timestamp, attempt_index, \
         reason, was_truncated, escalation_factor, base_value, base_source, retry_max_tokens) \
         VALUES ('old', 'guide', '2025-12-30 08:00:00', 1, 'utilization', 0, 1.25, 8192, \
         'complexity_default', 10240)",
    );
    drop(database);
    let overview = overview(&sandbox);
    let (_, escalations) = overview.split_once("\n\nescalations\n").unwrap();
    insta::assert_snapshot!(escalations);
}

#[test]
fn what_was_not_recorded_is_warned_of() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    sandbox.run(&["run", "plan.toml", "--simulate"]);
    let mut database = Database::open(&sandbox.path("autopack.db"));
    database.execute(
        "UPDATE token_estimation_v2_events SET actual_max_tokens = NULL, provider = NULL, \
         predicted_output_tokens = NULL, actual_output_tokens = NULL WHERE provider = 'gemini'",
    );
    drop(database);
    insta::assert_snapshot!(overview(&sandbox));
}

/// What was not known stays unknown: no zeros, and no verdict out of nothing.
#[test]
fn calls_of_which_nothing_is_known_are_no_figures() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    sandbox.run(&["run", "plan.toml", "--simulate"]);
    let mut database = Database::open(&sandbox.path("autopack.db"));
    database.execute(
        "UPDATE token_estimation_v2_events SET predicted_output_tokens = NULL, \
         actual_output_tokens = NULL, success = 0, stop_reason = NULL",
    );
    drop(database);
    insta::assert_snapshot!(overview(&sandbox));
}
