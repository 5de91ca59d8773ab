//! `autopack doctor`: what is there, and where each setting came from.
//!
//! Standard error is not looked at where all is well: it warns once the catalogue has aged.

use crate::support::{Database, ONE_PHASE, Sandbox};

#[test]
fn nothing_yet_is_no_fault() {
    let sandbox = Sandbox::new();
    let done = sandbox.run(&["doctor"]);
    assert_eq!(done.code, Some(0));
    insta::assert_snapshot!(done.stdout);
    assert_eq!(sandbox.files(), [""; 0], "looking leaves no trace");
}

#[test]
fn a_database_of_ours_is_counted() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE), ("s.toml", "output_tokens = 5000")]);
    sandbox.run(&[
        "run",
        "plan.toml",
        "--simulate",
        "s.toml",
        "--provider",
        "openai",
    ]);
    let before = std::fs::read(sandbox.path("autopack.db")).unwrap();
    let done = sandbox.run(&["doctor"]);
    assert_eq!(done.code, Some(0));
    let about: Vec<&str> = done.stdout.lines().take(3).collect();
    insta::assert_snapshot!(about.join("\n"), @"
    database autopack.db, [SIZE] bytes, schema [N], newest call [TIME]
      token_estimation_v2_events: 2 rows
      token_budget_escalation_events: 1 rows
    ");
    let json = sandbox.json(&["doctor", "--json"]);
    assert_eq!(json["database"]["state"], "ours");
    assert_eq!(json["database"]["tables"]["token_estimation_v2_events"], 2);
    assert_eq!(
        json["database"]["tables"]["token_budget_escalation_events"],
        1
    );
    assert_eq!(before, std::fs::read(sandbox.path("autopack.db")).unwrap());
}

#[test]
fn a_database_of_somebody_else_is_a_fault_and_the_rest_is_told() {
    let sandbox = Sandbox::new();
    Database::open(&sandbox.path("autopack.db")).execute("CREATE TABLE users (id INTEGER)");
    let done = sandbox.run(&["doctor"]);
    assert_eq!(done.code, Some(3));
    let first = done.stdout.lines().next().unwrap();
    insta::assert_snapshot!(first, @"database cannot be used: `autopack.db` holds tables that are not Autopack's (`users`), and is left alone: choose another file");
    assert!(done.stdout.contains(" policy "), "{done}");
    let json = sandbox.run(&["doctor", "--json"]).json();
    assert_eq!(json["database"]["state"], "unusable");
}

#[test]
fn a_setting_that_cannot_be_is_told_before_a_run_is_begun() {
    let sandbox = Sandbox::with(&[("autopack.toml", "jobs = 0")]);
    insta::assert_snapshot!(sandbox.run(&["doctor"]), @"
    exit 2
    --- stderr
    error: jobs is `0` (file autopack.toml): allowed is 1 to 256
    ");
}
