//! `--compare`: two policies side by side.

use super::{report, sandbox};
use crate::support::Sandbox;

/// What follows the groups.
fn comparison(sandbox: &Sandbox, args: &[&str]) -> String {
    let done = report(sandbox, args).to_string();
    let (_, comparison) = done.split_once("\n\n").unwrap();
    comparison.to_owned()
}

#[test]
fn phases_that_both_decided_are_paired() {
    insta::assert_snapshot!(comparison(
        &sandbox(),
        &["--compare", "pre-142", "build-142"]
    ));
}

#[test]
fn json_has_both_sides() {
    let sandbox = sandbox();
    let args = ["--json", "--compare", "pre-142", "build-142"];
    let report = sandbox.json(&[&["report"], &args[..]].concat());
    insta::assert_snapshot!(serde_json::to_string_pretty(&report["comparison"]).unwrap());
}

/// A policy goes by the name that telemetry has, and a file by the name in it.
#[test]
fn a_policy_may_be_a_file() {
    let sandbox = sandbox();
    sandbox.write(
        "mine.toml",
        "extends = \"build-142\"\nname = \"mine\"\nsource = \"a test\"\n[base.docs]\nlow = 3584\n",
    );
    let run = ["run", "one.toml", "--simulate", "--policy", "mine.toml"];
    let done = sandbox.run(&run);
    assert_eq!(done.code, Some(0), "{done}");
    let named = comparison(&sandbox, &["--compare", "build-142", "mine"]);
    assert_eq!(
        comparison(&sandbox, &["--compare", "build-142", "mine.toml"]),
        named
    );
    assert!(named.starts_with("`build-142` → `mine`"), "{named}");
    // Its file is gone, its calls are not.
    std::fs::remove_file(sandbox.path("mine.toml")).unwrap();
    assert_eq!(
        comparison(&sandbox, &["--compare", "build-142", "mine"]),
        named
    );
}

#[test]
fn a_policy_that_decided_nothing_is_the_answer_no() {
    let sandbox = sandbox();
    let done = report(&sandbox, &["--compare", "build-142", "mine"]);
    assert_eq!(done.code, Some(1), "{done}");
    insta::assert_snapshot!(done.stderr, @"no call was decided by `mine`: run the plan under it with `autopack run PLAN --policy …`; policies with calls: `build-142`, `pre-142`");
    let args = ["--compare", "mine", "yours", "--json"];
    let done = report(&sandbox, &args);
    assert_eq!(done.code, Some(1), "{done}");
    assert_eq!(
        done.json()["comparison"]["providers"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let sandbox = Sandbox::with(&[
        ("broken.toml", "extends = 3"),
        ("same.toml", "extends = \"build-142\""),
    ]);
    for (name, args) in [
        ("twice", &["--compare", "build-142", "build-142"][..]),
        ("one", &["--compare", "build-142"]),
        (
            "a file of the same name",
            &["--compare", "same.toml", "build-142"],
        ),
        ("a broken file", &["--compare", "build-142", "broken.toml"]),
        ("csv", &["--compare", "build-142", "pre-142", "--csv"]),
    ] {
        let done = report(&sandbox, args);
        assert_eq!(done.code, Some(2), "{name}: {done}");
        insta::assert_snapshot!(name.replace(' ', "_"), done);
    }
}
