//! `autopack calibrate --apply` and `--stage`: what telemetry teaches becomes a version.

use serde_json::Value;

use super::{active, made, policy};
use crate::support::{Database, ONE_PHASE, Sandbox};

/// Twelve calls whose answers were 0.4 times as long as estimated: 1040 of 2600 tokens.
fn taught() -> Sandbox {
    let phases = (0..12).map(|n| ONE_PHASE.replace("\"guide\"", &format!("\"p{n}\"")));
    let plan: String = phases.collect();
    let sandbox = Sandbox::with(&[
        ("plan.toml", &plan),
        ("scenario.toml", "output_tokens = 1040"),
    ]);
    run(&sandbox, "r");
    sandbox
}

fn run(sandbox: &Sandbox, run_id: &str) {
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "scenario.toml",
        "--provider",
        "openai",
    ];
    let done = sandbox.run(&[&run[..], &["--run-id", run_id]].concat());
    assert_eq!(done.code, Some(0), "{done}");
}

fn multiplier(sandbox: &Sandbox) -> Value {
    let shown = sandbox.json(&["policy", "show", "--json"]);
    shown["document"]["estimate"]["multiplier"]["docs"]["low"].clone()
}

#[test]
fn a_proposal_is_applied_a_damped_step_with_its_evidence() {
    let sandbox = taught();
    let done = sandbox.run(&["calibrate", "--method=ratio", "--apply"]);
    assert_eq!(done.code, Some(0), "{done}");
    let told: Vec<&str> = done.stdout.lines().rev().take(4).collect();
    // The name has a hash of the evidence in it, and that has the time.
    let told = told.into_iter().rev().collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(told.replace(&active(&sandbox), "VERSION"), @"
     key                            before   after   ratio
    ───────────────────────────────────────────────────────
     estimate.multiplier.docs.low        -     0.5       -
    `VERSION` is active, before it was `build-142`
    ");
    // 0.4 was found, and no step is longer than a half.
    assert_eq!(multiplier(&sandbox), 0.5);
    let shown = sandbox.json(&["policy", "show", "--json"]);
    let evidence = &shown["evidence"];
    assert_eq!(evidence["method"], "ratio");
    assert_eq!(evidence["parent"], "build-142");
    assert_eq!(evidence["damping"], "linear");
    assert_eq!(evidence["changes"][0]["n_samples"], 12);
    assert_eq!(shown["origin"], "calibrated by `ratio`, damping linear");
}

#[test]
fn the_same_calls_are_not_learned_from_twice() {
    let sandbox = taught();
    sandbox.run(&[
        "calibrate",
        "--method=ratio",
        "--apply",
        "--damping",
        "sqrt",
    ]);
    assert_eq!(
        multiplier(&sandbox),
        0.632,
        "the square root of 0.4, in thousandths"
    );
    let first = active(&sandbox);
    let again = sandbox.run(&[
        "calibrate",
        "--method=ratio",
        "--apply",
        "--damping",
        "sqrt",
    ]);
    assert_eq!(again.code, Some(1), "{again}");
    insta::assert_snapshot!(again.stderr.replace(&first, "VERSION"), @"
    looking at calls since `VERSION` became active: --since says otherwise
    no calls in sqlite:///autopack.db that pass --since: go back further
    ");
    assert_eq!(active(&sandbox), first);
    // 1040 against 0.632 × 2600 estimated is 0.633, and its root 0.795 of the way.
    run(&sandbox, "s");
    sandbox.run(&[
        "calibrate",
        "--method=ratio",
        "--apply",
        "--damping",
        "sqrt",
    ]);
    assert_eq!(multiplier(&sandbox), 0.503);
    made(&sandbox, &["rollback"]);
    assert_eq!(active(&sandbox), first);
}

#[test]
fn a_proposal_is_staged() {
    let sandbox = taught();
    let done = sandbox.run(&["calibrate", "--method=ratio", "--stage", "0.25", "--json"]);
    assert_eq!(done.code, Some(0), "{done}");
    let made = &done.json()["policy"];
    assert_eq!(made["parent"], "build-142");
    assert_eq!(made["staged_share"], 0.25);
    let status = sandbox.json(&["policy", "status", "--json"]);
    assert_eq!(status["stage"]["candidate"], made["version"]);
    assert_eq!(active(&sandbox), "build-142");
    let refused = sandbox.run(&["calibrate", "--method=ratio", "--apply"]);
    assert_eq!(refused.code, Some(2), "{refused}");
    assert!(
        refused
            .stderr
            .contains("is staged, and what it is held against must not change"),
        "{refused}"
    );
}

#[test]
fn where_nothing_is_learned_nothing_is_applied() {
    let sandbox = Sandbox::with(&[
        ("plan.toml", ONE_PHASE),
        ("scenario.toml", "output_tokens = 1040"),
    ]);
    run(&sandbox, "r");
    let done = sandbox.run(&["calibrate", "--method=ratio", "--apply"]);
    assert_eq!(done.code, Some(1), "{done}");
    assert_eq!(active(&sandbox), "build-142");
    // Answers as long as estimated: sure, and nothing to change.
    sandbox.write("scenario.toml", "output_tokens = 2600");
    for n in 0..12 {
        run(&sandbox, &format!("r{n}"));
    }
    Database::open(&sandbox.path("autopack.db")).execute(
        "UPDATE token_estimation_v2_events SET run_id = 'old' WHERE actual_output_tokens = 1040",
    );
    let runs: Vec<String> = (0..12).map(|n| format!("--include-run-id=r{n}")).collect();
    let runs: Vec<&str> = runs.iter().map(String::as_str).collect();
    let done = sandbox.run(&[&["calibrate", "--method=ratio", "--apply"], &runs[..]].concat());
    assert_eq!(done.code, Some(1), "{done}");
    assert!(
        done.stderr
            .contains("nothing would change in `build-142`: keep it"),
        "{done}"
    );
    assert!(
        policy(&sandbox, &["list"]).stdout.lines().count() == 4,
        "no version was made"
    );
}
