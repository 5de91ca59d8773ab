//! `autopack validate`: a plan is run, and what must hold is checked.

use crate::support::{Done, ONE_PHASE, Sandbox, example};

fn validate(sandbox: &Sandbox, expectations: &str, args: &[&str]) -> Done {
    sandbox.write("expect.toml", expectations);
    let validate = [
        "validate",
        "plan.toml",
        "--expect",
        "expect.toml",
        "--simulate",
        "--provider",
        "openai,gemini",
    ];
    sandbox.run(&[&validate[..], &["--run-id", "r", "--jobs", "1"], args].concat())
}

fn sandbox() -> Sandbox {
    Sandbox::with(&[("plan.toml", ONE_PHASE)])
}

/// One of the examples, with its expectations and scenario.
fn validate_example(
    sandbox: &Sandbox,
    variables: &[(&str, &str)],
    plan: &str,
    expect: &str,
    scenario: &str,
) -> Done {
    let (plan, expect, scenario) = (example(plan), example(expect), example(scenario));
    let args = [
        "validate",
        &plan,
        "--expect",
        &expect,
        "--simulate",
        &scenario,
        "--json",
    ];
    sandbox.run_with(variables, &args)
}

fn all_hold(done: &Done, n_expectations: u64) {
    assert_eq!(done.code, Some(0), "{done}");
    let json = done.json();
    assert_eq!(json["n_differing"], 0);
    assert_eq!(json["n_expectations"], n_expectations);
}

#[test]
fn the_validation_run_of_the_report_holds() {
    let sandbox = Sandbox::new();
    let v8b = |variables: &[_]| {
        validate_example(
            &sandbox,
            variables,
            "v8b.toml",
            "v8b-expect.toml",
            "v8b-scenario.toml",
        )
    };
    all_hold(&v8b(&[]), 36);
    let before = v8b(&[("AUTOPACK_POLICY", "pre-142")]);
    assert_eq!(before.code, Some(1), "{before}");
    assert_eq!(before.json()["n_differing"], 27, "all but the truncation");
}

#[test]
fn the_ten_phases_of_task_6_hold_at_once_and_staged() {
    let sandbox = Sandbox::new();
    let ten = |variables: &[_], expect| {
        validate_example(
            &sandbox,
            variables,
            "docs-low-ten.toml",
            expect,
            "docs-low-ten-scenario.toml",
        )
    };
    all_hold(
        &ten(
            &[("AUTOPACK_DOCS_LOW_BASE", "3584")],
            "docs-low-ten-expect.toml",
        ),
        120,
    );
    let stage = [
        "policy",
        "stage",
        "--set",
        "base.docs.low=3584",
        "--share",
        "0.25",
    ];
    assert_eq!(sandbox.run(&stage).code, Some(0));
    let staged = ten(&[], "docs-low-ten-staged-expect.toml");
    all_hold(&staged, 120);
    let whole = ten(&[], "docs-low-ten-expect.toml");
    assert_eq!(
        whole.code,
        Some(1),
        "the current side has the higher base: {whole}"
    );
}

#[test]
fn what_holds_and_what_does_not_is_told() {
    let sandbox = sandbox();
    let expectations = "[phases.\"*\"]\nselected_budget = 4096\nceiling = 4096\ntruncated = false\n\
        waste_at_most = 3.42\n[phases.guide.on.gemini]\nceiling = 8192\nwaste_at_most = 3.41\n";
    insta::assert_snapshot!(validate(&sandbox, expectations, &[]));
    let json = validate(&sandbox, expectations, &["--json"]);
    assert_eq!(json.code, Some(1));
    let json = json.json();
    assert_eq!(
        (&json["n_expectations"], &json["n_differing"]),
        (&8.into(), &2.into())
    );
    assert_eq!(json["run"]["run_id"], "r");
    assert_eq!(json["expectations"][5]["expected"], "8192");
}

#[test]
fn a_reply_that_is_cut_off_and_then_whole_was_cut_off() {
    let sandbox = sandbox();
    sandbox.write("scenario.toml", "output_tokens = [9000, 4500]");
    sandbox.write(
        "expect.toml",
        "[phases.guide]\nceiling = 4096\ntruncated = false\nwaste_at_most = 2\n",
    );
    let done = sandbox.run(&[
        "validate",
        "plan.toml",
        "--expect",
        "expect.toml",
        "--simulate",
        "scenario.toml",
        "--provider",
        "openai",
        "--run-id",
        "r",
    ]);
    insta::assert_snapshot!(done);
}

#[test]
fn a_call_that_does_not_come_back_shows_nothing() {
    let sandbox = sandbox();
    sandbox.write("autopack.toml", "retries.max_calls = 1");
    sandbox.write("scenario.toml", "fault = \"server_error\"");
    sandbox.write(
        "expect.toml",
        "[phases.guide]\ntruncated = false\nwaste_at_most = 9\n",
    );
    let done = sandbox.run(&[
        "validate",
        "plan.toml",
        "--expect",
        "expect.toml",
        "--simulate",
        "scenario.toml",
        "--provider",
        "openai",
        "--json",
    ]);
    assert_eq!(done.code, Some(3), "{done}");
    assert_eq!(done.json()["n_differing"], 2);
}

#[test]
fn where_nothing_was_checked_the_answer_is_no() {
    let done = validate(
        &sandbox(),
        "[phases.guide.on.anthropic]\nceiling = 4096\n",
        &[],
    );
    assert_eq!(done.code, Some(1), "{done}");
    assert!(
        done.stderr
            .contains("something is expected of anthropic, and nothing was sent there"),
        "{done}"
    );
}

#[test]
fn expectations_that_cannot_be_are_refused_before_anything_is_sent() {
    let sandbox = sandbox();
    for (expectations, expected) in [
        (
            "",
            "expectations `expect.toml`: nothing is expected: add `[phases.\"*\"]`",
        ),
        ("[phases.guide]\n", "nothing is expected of `guide`"),
        (
            "[phases.no-such]\nceiling = 1\n",
            "the plan has no phase `no-such`: it has guide",
        ),
        ("[phases.guide]\nceilng = 1\n", "unknown field `ceilng`"),
        (
            "[phases.guide]\nwaste_at_most = 0\n",
            "waste_at_most of `guide` is `0`: allowed is a number from 1",
        ),
    ] {
        let done = validate(&sandbox, expectations, &[]);
        assert_eq!(done.code, Some(2), "{done}");
        assert!(done.stderr.contains(expected), "{done}");
    }
    assert_eq!(sandbox.files(), ["expect.toml", "plan.toml"]);
    std::fs::remove_file(sandbox.path("expect.toml")).unwrap();
    let done = sandbox.run(&[
        "validate",
        "plan.toml",
        "--expect",
        "expect.toml",
        "--simulate",
    ]);
    assert!(
        done.stderr
            .contains("expectations `expect.toml`: it cannot be read"),
        "{done}"
    );
}
