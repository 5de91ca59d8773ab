//! What a run says and leaves, where nothing goes wrong.

use serde_json::json;

use crate::support::{Database, ONE_PHASE, Sandbox, Simulator};

#[test]
fn a_run_is_named_for_its_plan_and_the_time() {
    let sandbox = Sandbox::with(&[("my plan.toml", ONE_PHASE)]);
    let outcome = sandbox.json(&["run", "my plan.toml", "--simulate", "--json"]);
    insta::assert_snapshot!(outcome["run_id"].as_str().unwrap(), @"my plan-[TIME]");
    sandbox.write("plan.toml", format!("run_id = \"nightly\"\n{ONE_PHASE}"));
    let outcome = sandbox.json(&["run", "plan.toml", "--simulate", "--json"]);
    insta::assert_snapshot!(outcome["run_id"].as_str().unwrap(), @"nightly-[TIME]");
}

#[test]
fn a_plan_in_json_is_as_good() {
    let plan = json!({
        "providers": ["openai"],
        "phases": [{
            "phase_id": "guide", "task_category": "docs", "complexity": "low",
            "deliverables": {"docs": ["docs/guide.md"]},
        }],
    });
    let sandbox = Sandbox::with(&[("plan.json", &plan.to_string())]);
    insta::assert_snapshot!(sandbox.run(&["run", "plan.json", "--simulate", "--run-id", "r"]));
}

#[test]
fn providers_are_named_by_flag_or_all_are_simulated() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    let providers = |args: &[&str]| {
        let run = ["run", "plan.toml", "--simulate", "--json"];
        let outcome = sandbox.json(&[&run, args].concat());
        let phases = outcome["phases"].as_array().unwrap().clone();
        phases
            .into_iter()
            .map(|phase| phase["provider"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(providers(&[]), ["anthropic", "openai", "gemini"]);
    assert_eq!(
        providers(&["--provider", "all"]),
        ["anthropic", "openai", "gemini"]
    );
    assert_eq!(
        providers(&["--provider", "gemini,openai"]),
        ["gemini", "openai"]
    );
    let twice = ["--provider", "gemini", "--provider", "gemini"];
    assert_eq!(providers(&twice), ["gemini"], "each once");
}

#[test]
fn the_one_provider_whose_key_is_there_is_taken() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    let simulator = Simulator::start(&sandbox, &[]);
    let variables = [
        ("GEMINI_API_KEY", "k"),
        ("GOOGLE_GEMINI_BASE_URL", simulator.base_url()),
    ];
    let done = sandbox.run_with(&variables, &["run", "plan.toml", "--json"]);
    assert_eq!(done.json()["phases"][0]["provider"], "gemini");
    insta::assert_snapshot!(sandbox.run(&["run", "plan.toml"]), @"
    exit 2
    --- stderr
    error: no provider is named: add --provider (anthropic, openai, gemini, all), or `providers = […]` to the plan, or --simulate to try it without a key
    ");
    insta::assert_snapshot!(sandbox.run(&["run", "plan.toml", "--provider", "all"]), @"
    exit 2
    --- stderr
    error: no key for anthropic: set ANTHROPIC_API_KEY, or add --simulate to try it without one
    ");
}

#[test]
fn outcomes_stand_in_plan_order_however_many_run_at_once() {
    use std::fmt::Write as _;
    let mut plan = String::new();
    for number in 0..40 {
        write!(plan, "[[phases]]\nphase_id = \"p{number}\"\n").unwrap();
    }
    let sandbox = Sandbox::with(&[("plan.toml", &plan)]);
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "--provider",
        "openai",
        "--jobs",
        "16",
    ];
    let outcome = sandbox.json(&[&run[..], &["--json"]].concat());
    let phases = outcome["phases"].as_array().unwrap();
    let expected: Vec<String> = (0..40).map(|number| format!("p{number}")).collect();
    let found: Vec<_> = phases
        .iter()
        .map(|phase| phase["phase_id"].as_str().unwrap())
        .collect();
    assert_eq!(found, expected);
    let mut database = Database::open(&sandbox.path("autopack.db"));
    assert_eq!(database.calls(&["phase_id"]).len(), 40);
}

#[test]
fn a_callers_own_ceiling_is_recorded_beside_the_one_that_was_sent() {
    let sandbox = Sandbox::with(&[("plan.toml", &format!("{ONE_PHASE}max_tokens = 6000\n"))]);
    sandbox.json(&[
        "run",
        "plan.toml",
        "--simulate",
        "--provider",
        "openai",
        "--json",
    ]);
    let mut database = Database::open(&sandbox.path("autopack.db"));
    assert_eq!(
        database.calls(&[
            "requested_max_tokens",
            "selected_budget",
            "actual_max_tokens"
        ]),
        [json!({"requested_max_tokens": 6000, "selected_budget": 4096, "actual_max_tokens": 6000})]
    );
}

#[test]
fn a_word_that_is_no_complexity_counts_as_medium_and_is_told_once() {
    let plan = ONE_PHASE.replace("\"low\"", "\"hugh\"");
    let sandbox = Sandbox::with(&[("plan.toml", &plan)]);
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "--jobs",
        "1",
        "--run-id",
        "r",
    ];
    insta::assert_snapshot!(sandbox.run(&run));
    let outcome = sandbox.json(&[&run[..], &["--json"]].concat());
    let warning =
        "unknown complexity `hugh` counts as medium: allowed are low, medium, high, maintenance";
    assert_eq!(outcome["phases"][0]["warnings"], json!([warning]));
}

#[test]
fn an_empty_reply_is_no_reply() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE), ("s.toml", "output_tokens = 0")]);
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "s.toml",
        "--provider",
        "gemini",
        "--run-id",
        "r",
    ];
    insta::assert_snapshot!(sandbox.run(&run));
    assert_eq!(
        sandbox.files(),
        ["autopack.db", "plan.toml", "s.toml"],
        "nothing to keep"
    );
}

#[test]
fn a_log_that_is_no_terminals_has_no_colours() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    let variables = [("AUTOPACK_LOG", "trace")];
    let done = sandbox.run_with(&variables, &["run", "plan.toml", "--simulate"]);
    assert!(done.stderr.contains("TRACE"), "{done}");
    assert!(!done.stderr.contains('\u{1b}'), "{done}");
}
