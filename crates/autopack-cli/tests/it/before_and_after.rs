//! What providers were sent before BUILD-142 and after, for one documentation phase of low complexity.

use serde_json::Value;

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
    let compare = ["--compare", "pre-142", "build-142"];
    let report = ["report", "--by", "policy,provider"];
    insta::assert_snapshot!(sandbox.run(&[&report[..], &compare].concat()));
}

/// The impact table of the seed: 16384 → 4096 and 13.7 → 3.4 on OpenAI, 8192 → 4096 and 6.8 → 3.4 on
/// Gemini.
#[test]
fn the_comparison_has_the_impact_by_provider() {
    let sandbox = Sandbox::new();
    both_policies(&sandbox);
    let compare = ["--compare", "pre-142", "build-142"];
    let report = sandbox.json(&[&["report", "--json"], &compare[..]].concat());
    for lines in [
        &report["comparison"]["providers"],
        &report["comparison"]["paired"]["providers"],
    ] {
        let impact: Vec<String> = lines.as_array().unwrap().iter().map(impact).collect();
        assert_eq!(
            impact,
            [
                "openai: 16384 → 4096 (-75 %), 13.7 → 3.4",
                "gemini: 8192 → 4096 (-50 %), 6.8 → 3.4"
            ]
        );
    }
}

fn impact(line: &Value) -> String {
    let number = |names: [&str; 2]| {
        let found = names.iter().find_map(|name| line.pointer(name)?.as_f64());
        found.unwrap_or_else(|| panic!("{names:?} in {line}"))
    };
    let reserved = |side: &str| {
        number([
            &format!("/{side}/reserved_per_call_tokens"),
            &format!("/{side}/reserved_per_phase_tokens"),
        ])
    };
    let waste = |side: &str| number([&format!("/{side}/waste_ratio"), ""]);
    let change = number(["/reserved_per_call_change", "/reserved_per_phase_change"]);
    format!(
        "{}: {} → {} ({:.0} %), {:.1} → {:.1}",
        line["provider"].as_str().unwrap(),
        reserved("before"),
        reserved("after"),
        100.0 * change,
        waste("before"),
        waste("after")
    )
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
