//! What providers were sent before BUILD-142 and after, for one documentation phase of low complexity.

use crate::support::{Sandbox, example};

fn both_policies(sandbox: &Sandbox) {
    let plan = example("before-and-after.toml");
    for policy in ["pre-142", "build-142"] {
        let done = sandbox.run(&["run", &plan, "--simulate", "--policy", policy]);
        assert_eq!(done.code, Some(0), "{done}");
    }
}

#[test]
fn the_report_sets_both_policies_side_by_side() {
    let sandbox = Sandbox::new();
    both_policies(&sandbox);
    insta::assert_snapshot!(sandbox.run(&["report", "--by", "policy,provider"]));
}

#[test]
fn waste_falls_to_a_quarter_and_to_a_half() {
    let sandbox = Sandbox::new();
    both_policies(&sandbox);
    let report = sandbox.json(&["report", "--by", "policy,provider", "--json"]);
    let waste = |policy: &str, provider: &str| {
        let groups = report["groups"].as_array().unwrap();
        let group = groups
            .iter()
            .find(|group| group["policy"] == policy && group["provider"] == provider);
        let waste = group.unwrap()["median_waste_ratio"].as_f64().unwrap();
        format!("{waste:.1}")
    };
    assert_eq!(waste("pre-142", "openai"), "13.7");
    assert_eq!(waste("pre-142", "gemini"), "6.8");
    assert_eq!(waste("build-142", "openai"), "3.4");
    assert_eq!(waste("build-142", "gemini"), "3.4");
}
