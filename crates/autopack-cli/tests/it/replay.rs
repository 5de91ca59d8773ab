//! `autopack replay`: what another policy would have done, from telemetry to a table.

use crate::support::{ONE_PHASE, Sandbox, example};

/// Cuts off whatever is longer than 1,300 tokens.
const TIGHT: &str = r#"
extends = "build-142"
name = "tight"
source = "too tight on purpose"
[base]
docs = { low = 1300, medium = 8192, high = 12288 }
[buffer]
default = 1.0
low_confidence = 1.0
[estimate.multiplier]
docs = { low = 0.4 }
"#;

/// Ten phases on three providers that were decided by a policy that is too tight.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&[("tight.toml", TIGHT)]);
    let done = sandbox.run(&["policy", "apply", "tight.toml"]);
    assert_eq!(done.code, Some(0), "{done}");
    let done = sandbox.run(&[
        "run",
        &example("docs-low-ten.toml"),
        "--simulate",
        &example("docs-low-ten-scenario.toml"),
        "--jobs",
        "1",
    ]);
    assert_eq!(done.code, Some(1), "{done}");
    sandbox
}

#[test]
fn what_was_cut_off_has_two_bounds_where_a_ceiling_is_raised() {
    let sandbox = sandbox();
    let done = sandbox.run(&["replay", "--policy", "build-142"]);
    insta::assert_snapshot!("replay_raised", done);
    let done = sandbox.run(&["replay", "--policy", "build-142", "--json"]);
    insta::assert_snapshot!("replay_json", done);
}

#[test]
fn two_runs_tell_how_far_the_difference_may_be_off() {
    let sandbox = sandbox();
    let done = sandbox.run(&[
        "run",
        &example("docs-low-ten.toml"),
        "--simulate",
        &example("docs-low-ten-scenario.toml"),
        "--policy",
        "pre-142",
    ]);
    assert_eq!(done.code, Some(0), "{done}");
    let done = sandbox.run(&["replay", "--policy", "build-142"]);
    insta::assert_snapshot!("replay_two_runs", done);
}

#[test]
fn the_policy_that_decided_gives_what_was_logged() {
    let sandbox = sandbox();
    let done = sandbox.run(&["replay", "--policy", "tight.toml"]);
    insta::assert_snapshot!("replay_same", done);
}

#[test]
fn what_cannot_be_replayed_is_left_out_with_its_reason() {
    let sandbox = sandbox();
    let estimate =
        "extends = \"build-142\"\nname = \"a\"\nsource = \"b\"\n[estimate]\nsafety_factor = 2.0\n";
    sandbox.write("estimate.toml", estimate);
    let done = sandbox.run(&["replay", "--policy", "estimate.toml"]);
    assert_eq!(done.code, Some(1), "{done}");
    insta::assert_snapshot!("replay_left_out", done);
    // A policy that neither the program nor the database holds.
    sandbox.write("one.toml", ONE_PHASE);
    let done = sandbox.run(&[
        "run",
        "one.toml",
        "--simulate",
        "--provider",
        "openai",
        "--policy",
        "estimate.toml",
    ]);
    assert_eq!(done.code, Some(0), "{done}");
    let done = sandbox.run(&["replay", "--policy", "build-142", "--since", "5m"]);
    assert!(done.to_string().contains("(`a`)"), "{done}");
}

#[test]
fn without_calls_the_answer_is_no() {
    let sandbox = sandbox();
    let done = sandbox.run(&["replay", "--policy", "build-142", "--since", "2099-01-01"]);
    assert_eq!(done.code, Some(1), "{done}");
    let done = sandbox.run(&["replay", "--policy", "no-such-policy"]);
    assert_eq!(done.code, Some(2), "{done}");
    let empty = Sandbox::with(&[]);
    let done = empty.run(&["replay", "--policy", "build-142"]);
    assert_eq!(done.code, Some(3), "{done}");
}
