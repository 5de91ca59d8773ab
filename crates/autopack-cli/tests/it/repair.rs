//! A ceiling that the provider refuses is mended once with what the refusal names.

use serde_json::json;

use crate::support::{Database, Sandbox, Simulator};

const PLAN: &str = r#"
run_id = "r"

[[phases]]
phase_id = "guide"
task_category = "docs"
complexity = "low"
deliverables = ["Create docs/guide.md"]
max_tokens = 100000
"#;

/// A catalogue that believes in other limits and names than the provider has.
fn settings(id: &str, parameter: &str) -> String {
    format!(
        "[[models]]\nid = \"{id}\"\nprovider = \"openai\"\nmax_output_tokens = 200000\n\
         ceiling_parameter = \"{parameter}\"\nthinking_inside_ceiling = false\n\
         thinking_control = \"none\"\nsource = \"a guess\"\ndate = \"2026-11-23\"\n"
    )
}

fn sent(model: &str, parameter: &str) -> (serde_json::Value, Vec<serde_json::Value>) {
    let sandbox = Sandbox::with(&[
        ("plan.toml", PLAN),
        ("autopack.toml", &settings(model, parameter)),
    ]);
    let elsewhere = Sandbox::new();
    let simulator = Simulator::start(&elsewhere, &[]);
    let args = [
        "run",
        "plan.toml",
        "--provider",
        "openai",
        "--model",
        model,
        "--json",
    ];
    let done = sandbox.run_with(&simulator.variables("k"), &args);
    assert_eq!(done.code, Some(0), "{done}");
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let calls = database.calls(&[
        "attempt",
        "actual_max_tokens",
        "wire_parameter",
        "decision_steps_json",
    ]);
    (done.json()["phases"][0].clone(), calls)
}

#[test]
fn a_ceiling_above_the_models_limit_goes_out_as_the_limit() {
    let (phase, calls) = sent("gpt-4o", "max_tokens");
    assert_eq!(phase["actual_max_tokens"], 16384, "what was on the wire");
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0]["actual_max_tokens"], 16384);
    let steps: serde_json::Value =
        serde_json::from_str(calls[0]["decision_steps_json"].as_str().unwrap()).unwrap();
    let last = steps.as_array().unwrap().last().unwrap();
    assert_eq!(
        *last,
        json!({
            "name": "provider_limit", "before": 100_000, "after": 16384,
            "reason": "the provider refused more: it takes at most 16384",
        })
    );
}

#[test]
fn a_ceiling_of_the_wrong_name_goes_out_under_the_right_one() {
    let (phase, calls) = sent("gpt-5", "max_tokens");
    assert_eq!(phase["actual_max_tokens"], 100_000);
    assert_eq!(calls[0]["wire_parameter"], "max_completion_tokens");
}

#[test]
fn what_a_refusal_taught_is_remembered_and_shown_and_forgotten() {
    let sandbox = Sandbox::with(&[
        ("plan.toml", PLAN),
        (
            "autopack.toml",
            &settings("gpt-4o", "max_completion_tokens"),
        ),
    ]);
    let elsewhere = Sandbox::new();
    let simulator = Simulator::start(&elsewhere, &[]);
    let run = |id| {
        let run = [
            "run",
            "plan.toml",
            "--provider",
            "openai",
            "--model",
            "gpt-4o",
        ];
        let args = [&run[..], &["--json", "--run-id", id]].concat();
        let done = sandbox.run_with(&simulator.variables("k"), &args);
        assert_eq!(done.code, Some(0), "{done}");
        let phase = &done.json()["phases"][0];
        (
            phase["actual_max_tokens"].clone(),
            phase["n_http_calls"].clone(),
        )
    };
    let limit = || json!(16384);
    assert_eq!(run("first"), (limit(), json!(2)), "refused, then mended");
    assert_eq!(run("second"), (limit(), json!(1)), "known from the start");

    let learned = |args: &[&str]| {
        sandbox.json(&[&["doctor", "--json"], args].concat())["learned_limits"].clone()
    };
    let known = learned(&[]);
    assert_eq!(known[0]["max_output_tokens"], 16384);
    assert_eq!(known[0]["model"], "gpt-4o");
    assert!(
        known[0]["route"]
            .as_str()
            .unwrap()
            .starts_with("openai@127.0.0.1:")
    );
    let shown = sandbox.run(&["doctor"]).stdout;
    assert!(shown.contains("learned from refusals"), "{shown}");
    assert_eq!(learned(&["--forget-limits"]), json!([]));
    assert_eq!(run("third"), (limit(), json!(2)));
}
