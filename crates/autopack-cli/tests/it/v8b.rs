//! The validation run V8b of the seed: three documentation phases, each on three providers.

use serde_json::{Value, json};

use crate::support::{Database, Done, Sandbox, example};

/// What the replies of the validation run were long, in output tokens, and the waste of each.
const PHASES: [(&str, u64, &str); 3] = [
    ("installation-steps", 1252, "3.27"),
    ("configuration-basics", 1092, "3.75"),
    ("troubleshooting-tips", 1198, "3.42"),
];

const PROVIDERS: [&str; 3] = ["anthropic", "openai", "gemini"];

fn run(sandbox: &Sandbox, args: &[&str]) -> Done {
    let (plan, scenario) = (example("v8b.toml"), example("v8b-scenario.toml"));
    let run = ["run", &plan, "--simulate", &scenario, "--jobs", "1"];
    let done = sandbox.run(&[&run, args].concat());
    assert_eq!(done.code, Some(0), "{done}");
    done
}

/// The figures of the run; nothing may differ but how they came.
fn check_figures(outcome: &Value) {
    let phases = outcome["phases"].as_array().unwrap();
    assert_eq!(phases.len(), 9);
    for (place, phase) in phases.iter().enumerate() {
        let (phase_id, output_tokens, waste) = PHASES[place / 3];
        assert_eq!(phase["phase_id"], phase_id);
        assert_eq!(phase["provider"], PROVIDERS[place % 3]);
        assert_eq!(phase["selected_budget"], 4096);
        assert_eq!(phase["actual_max_tokens"], 4096);
        assert_eq!(phase["actual_output_tokens"], output_tokens);
        assert_eq!(format!("{:.2}", phase["waste"].as_f64().unwrap()), waste);
        assert_eq!(phase["truncated"], false);
        assert_eq!(phase["success"], true);
        assert_eq!(phase["n_attempts"], 1);
    }
    assert_eq!(outcome["totals"]["n_truncated"], 0);
    assert_eq!(outcome["totals"]["n_left_out"], 0);
}

fn reply(provider: &str, phase_id: &str) -> String {
    format!("autopack-out/{provider}/{phase_id}.md")
}

#[test]
fn the_table_shows_the_figures_of_the_report() {
    let sandbox = Sandbox::new();
    insta::assert_snapshot!(run(&sandbox, &[]));
}

#[test]
fn json_has_the_figures_of_the_report() {
    let sandbox = Sandbox::new();
    let done = run(&sandbox, &["--json", "--run-id", "r"]);
    let outcome = done.json();
    check_figures(&outcome);
    assert_eq!(outcome["run_id"], "r");
    assert_eq!(outcome["policy"], "build-142");
    assert_eq!(done.stderr, "", "JSON is watched in silence");
}

#[test]
fn streamed_replies_give_the_same_figures() {
    let sandbox = Sandbox::new();
    let whole = run(&sandbox, &["--json", "--run-id", "r"]).json();
    let streamed = run(&sandbox, &["--json", "--run-id", "r", "--stream"]).json();
    check_figures(&streamed);
    assert_eq!(whole, streamed);
}

#[test]
fn every_reply_is_kept_as_long_as_its_usage_says() {
    let sandbox = Sandbox::new();
    run(&sandbox, &["--out", "replies"]);
    for provider in PROVIDERS {
        for (phase_id, output_tokens, _) in PHASES {
            let text = sandbox.read(&format!("replies/{provider}/{phase_id}.md"));
            let n_words = text.split_whitespace().count() as u64;
            assert_eq!(n_words, output_tokens, "{provider}, {phase_id}");
        }
    }
}

#[test]
fn the_same_run_twice_writes_the_same_bytes() {
    let sandbox = Sandbox::new();
    let all =
        || PROVIDERS.map(|provider| PHASES.map(|(id, ..)| sandbox.read(&reply(provider, id))));
    run(&sandbox, &["--run-id", "r"]);
    let first = all();
    std::fs::remove_dir_all(sandbox.path("autopack-out")).unwrap();
    run(&sandbox, &["--run-id", "r"]);
    assert_eq!(first, all());
}

#[test]
fn telemetry_has_a_row_for_each_phase_and_provider() {
    let sandbox = Sandbox::new();
    run(&sandbox, &["--run-id", "r"]);
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let rows = database.calls(&[
        "run_id",
        "phase_id",
        "provider",
        "category",
        "complexity",
        "selected_budget",
        "actual_max_tokens",
        "actual_output_tokens",
        "wire_parameter",
        "policy_version",
        "group_key",
        "chain_id",
        "attempt",
        "success",
        "truncated",
        "failure",
    ]);
    let mut expected = Vec::new();
    for (phase_id, output_tokens, _) in PHASES {
        for (provider, parameter) in [
            ("anthropic", "max_tokens"),
            ("openai", "max_completion_tokens"),
            ("gemini", "generationConfig.maxOutputTokens"),
        ] {
            expected.push(json!({
                "run_id": "r",
                "phase_id": phase_id,
                "provider": provider,
                "category": "docs",
                "complexity": "low",
                "selected_budget": 4096,
                "actual_max_tokens": 4096,
                "actual_output_tokens": output_tokens,
                "wire_parameter": parameter,
                "policy_version": "build-142",
                "group_key": "docs/low",
                "chain_id": format!("r/{phase_id}/{provider}"),
                "attempt": 1,
                "success": 1,
                "truncated": 0,
                "failure": null,
            }));
        }
    }
    assert_eq!(rows, expected);
    assert_eq!(database.escalations(&["run_id"]), [json!(null); 0]);
}

#[test]
fn the_steps_that_are_recorded_are_those_that_explain_shows() {
    let sandbox = Sandbox::new();
    run(&sandbox, &[]);
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let rows = database.calls(&["decision_steps_json"]);
    let explained = sandbox.json(&["explain", &example("v8b.toml"), "--json"]);
    for (row, decision) in rows.iter().zip(explained["decisions"].as_array().unwrap()) {
        let steps: Value =
            serde_json::from_str(row["decision_steps_json"].as_str().unwrap()).unwrap();
        assert_eq!(steps, decision["steps"]);
        let last = steps.as_array().unwrap().last().unwrap();
        assert_eq!(last["after"], 4096);
    }
}
