//! Ceilings that go with the estimate, from telemetry to what they decide.

use serde_json::{Value, json};

use super::{Calls, calibrate, with_calls};
use crate::support::{Database, Sandbox};

/// Documents that come to 0.8 to 1.1 times what was estimated.
fn well_estimated() -> Sandbox {
    let sandbox = with_calls(&[Calls {
        category: "docs",
        n: 1500,
        shortest: 300,
        spread: 3000,
        ceiling: 4096,
    }]);
    Database::open(&sandbox.path("autopack.db")).execute(
        "UPDATE token_estimation_v2_events
         SET predicted_output_tokens = actual_output_tokens * 10 / (8 + event_id % 4)",
    );
    sandbox
}

#[test]
fn a_ceiling_that_goes_with_the_estimate_is_learned_decided_and_replayed() {
    let sandbox = well_estimated();
    let target = ["--target-truncation", "0.02"];
    let document = calibrate(&sandbox, &[&target[..], &["--json"]].concat()).json();
    let group = &document["groups"][0];
    assert_eq!(
        (&group["exponent"], &group["action"]),
        (&json!(1.0), &json!("lower")),
        "{group}"
    );
    insta::assert_snapshot!("relative_console", calibrate(&sandbox, &target));
    let done = calibrate(&sandbox, &[&target[..], &["--apply"]].concat());
    assert_eq!(done.code, Some(0), "{done}");
    let shown = sandbox.json(&["policy", "show", "--json"]);
    let row = &shown["document"]["ceiling"]["docs"]["low"]["openai"];
    let number = |key: &str| row[key].as_u64().unwrap();
    assert_eq!(
        (number("down_to"), &row["exponent"]),
        (2048, &json!(1.0)),
        "{shown}"
    );
    assert_eq!(
        shown["evidence"]["changes"][0]["at_estimate"],
        row["at_estimate"]
    );
    // The guide is estimated at 2600 tokens.
    let expected = (number("exactly") * 2600 / number("at_estimate")).max(2048);
    let explained = sandbox.json(&["explain", "plan.toml", "--json"]);
    let of_openai: Vec<&Value> = explained["decisions"].as_array().unwrap().iter().collect();
    assert_eq!(of_openai[1]["actual_max_tokens"], expected, "{explained}");
    let steps = of_openai[1]["steps"].as_array().unwrap();
    let reason = steps.iter().find(|step| step["name"] == "learned").unwrap();
    let reason = reason["reason"].as_str().unwrap();
    let (exactly, at) = (number("exactly"), number("at_estimate"));
    assert_eq!(
        reason,
        format!(
            "learned from the lengths of its group ({exactly} at an estimate of {at}, in proportion, down to 2048)"
        )
    );
    let mut database = Database::open(&sandbox.path("autopack.db"));
    database.execute("DELETE FROM token_estimation_v2_events");
    let run = sandbox.run(&["run", "plan.toml", "--simulate", "--provider", "openai"]);
    assert_eq!(run.code, Some(0), "{run}");
    let flat = "ceiling.docs.low.openai = { exactly = 3000, at_estimate = 650, exponent = 0.5 }";
    sandbox.write(
        "root.toml",
        format!("extends = \"build-142\"\nname = \"root\"\n{flat}\n"),
    );
    let version = shown["version"].as_str().unwrap_or_default().to_owned();
    for (policy, reserved) in [(version.as_str(), expected), ("root.toml", 6000)] {
        let replayed = sandbox.json(&["replay", "--policy", policy, "--json"]);
        let candidate = &replayed["total"]["candidate"];
        assert_eq!(candidate["reserved_tokens"], reserved, "{replayed}");
    }
}
