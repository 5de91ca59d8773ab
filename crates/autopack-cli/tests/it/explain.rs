//! `autopack explain`: how a ceiling comes about.

use crate::support::{ONE_PHASE, Sandbox, example};

const TWO_PHASES: &str = r#"
[[phases]]
phase_id = "first"
task_category = "docs"
complexity = "low"
deliverables = ["docs/first.md"]

[[phases]]
phase_id = "second"
task_category = "backend"
complexity = "high"
deliverables = ["src/a.py", "src/b.py", "tests/test_a.py"]
"#;

#[test]
fn the_first_phase_of_a_plan_is_explained() {
    insta::assert_snapshot!(Sandbox::new().run(&["explain", &example("v8b.toml")]));
}

#[test]
fn a_phase_is_named_and_an_unknown_one_answered_with_those_there_are() {
    let sandbox = Sandbox::with(&[("plan.toml", TWO_PHASES)]);
    insta::assert_snapshot!(sandbox.run(&["explain", "plan.toml", "--phase", "second"]));
    insta::assert_snapshot!(sandbox.run(&["explain", "plan.toml", "--phase", "third"]), @"
    exit 2
    --- stderr
    error: the plan has no phase `third`: it has first, second
    ");
}

#[test]
fn a_phase_may_be_described_by_flags() {
    let sandbox = Sandbox::new();
    let described = [
        "explain",
        "--category",
        "Documentation",
        "--complexity",
        "low",
        "--description",
        "Explain the settings.",
        "--deliverable",
        "docs/settings.md",
        "--deliverable",
        "docs/defaults.md",
    ];
    insta::assert_snapshot!(sandbox.run(&described));
}

#[test]
fn json_has_every_step() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    insta::assert_snapshot!(sandbox.run(&["explain", "plan.toml", "--json"]));
}

#[test]
fn a_phase_without_deliverables_falls_back() {
    let sandbox = Sandbox::with(&[("plan.toml", "[[phases]]\nphase_id = \"bare\"\n")]);
    insta::assert_snapshot!(sandbox.run(&["explain", "plan.toml"]));
}

#[test]
fn the_policy_before_is_explained_too() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    insta::assert_snapshot!(sandbox.run(&["explain", "plan.toml", "--policy", "pre-142"]));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    insta::assert_snapshot!(sandbox.run(&["explain"]), @"
    exit 2
    --- stderr
    error: the following required arguments were not provided:
      <PLAN>

    Usage: autopack explain <PLAN>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(sandbox.run(&["explain", "plan.toml", "--category", "docs"]), @"
    exit 2
    --- stderr
    error: the argument '[PLAN]' cannot be used with '--category <CATEGORY>'

    Usage: autopack explain <PLAN>

    For more information, try '--help'.
    ");
    let phase = ["explain", "--deliverable", "a.md", "--phase", "guide"];
    insta::assert_snapshot!(sandbox.run(&phase), @"
    exit 2
    --- stderr
    error: the argument '--deliverable <TEXT>' cannot be used with '--phase <ID>'

    Usage: autopack explain --deliverable <TEXT> [PLAN]

    For more information, try '--help'.
    ");
    let complexity = ["explain", "--deliverable", "a.md", "--complexity", "hugh"];
    insta::assert_snapshot!(sandbox.run(&complexity), @"
    exit 2
    --- stderr
    error: --complexity is `hugh`: allowed are low, medium, high, maintenance
    ");
    insta::assert_snapshot!(sandbox.run(&["explain", "nowhere.toml"]), @"
    exit 2
    --- stderr
    error: plan `nowhere.toml`: it cannot be read: check its path: No such file or directory (os error 2)
    ");
}

#[test]
fn a_word_that_is_no_complexity_is_told() {
    let plan = ONE_PHASE.replace("\"low\"", "\"hugh\"");
    let sandbox = Sandbox::with(&[("plan.toml", &plan)]);
    let done = sandbox.run(&["explain", "plan.toml"]);
    assert_eq!(done.code, Some(0));
    insta::assert_snapshot!(done.stderr, @"warning: unknown complexity `hugh` counts as medium: allowed are low, medium, high, maintenance");
}
