//! Thinking, as a plan asks for it: a budget inside the ceiling with room for the answer, or an effort.

use serde_json::json;

use crate::support::{Database, Sandbox, Simulator};

const PLAN: &str = "[[phases]]\nphase_id = \"guide\"\ntask_category = \"docs\"\ncomplexity = \"low\"\n\
                    deliverables = [\"docs/guide.md\"]\n";

#[test]
fn each_model_is_told_what_it_understands() {
    let plan = format!("{PLAN}thinking_budget_tokens = 2048\neffort = \"low\"\n");
    let sandbox = Sandbox::with(&[("plan.toml", &plan)]);
    // The simulator refuses what the models do not take.
    let simulator = Simulator::start(&sandbox, &[]);
    for (provider, model) in [
        ("anthropic", "claude-sonnet-4-5"),
        ("anthropic", "claude-sonnet-5"),
        ("openai", "gpt-5"),
        ("openai-responses", "gpt-5"),
        ("gemini", "gemini-2.5-pro"),
    ] {
        let run = ["run", "plan.toml", "--provider", provider, "--model", model];
        let done = sandbox.run_with(&simulator.variables("k"), &run);
        assert_eq!(done.code, Some(0), "{model}: {done}");
    }
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let row = |budget: Option<u32>| {
        let ceiling = 4096 + budget.unwrap_or_default();
        json!({"selected_budget": 4096, "actual_max_tokens": ceiling, "thinking_budget_tokens": budget})
    };
    let columns = [
        "selected_budget",
        "actual_max_tokens",
        "thinking_budget_tokens",
    ];
    let (with, without) = (row(Some(2048)), row(None));
    assert_eq!(
        database.calls(&columns),
        [
            with.clone(),
            without.clone(),
            without.clone(),
            without,
            with
        ]
    );
}

#[test]
fn a_model_that_cannot_be_told_is_a_refusal_before_any_call() {
    let told = |more: &str, provider: &str, model: &str| {
        let sandbox = Sandbox::with(&[("plan.toml", &format!("{PLAN}{more}"))]);
        let run = [
            "run",
            "plan.toml",
            "--simulate",
            "--provider",
            provider,
            "--model",
            model,
        ];
        let done = sandbox.run(&run);
        assert_eq!(done.code, Some(2), "{done}");
        done.stderr
    };
    let budget = "thinking_budget_tokens = 2048\n";
    insta::assert_snapshot!(told(budget, "openai", "gpt-5"), @"error: phase `guide` asks for thinking, and model `gpt-5` of openai is told to think by a level: add `effort` (`low`, `medium`, `high`)");
    insta::assert_snapshot!(told(budget, "openai", "gpt-4o"), @"error: phase `guide` asks for thinking, and model `gpt-4o` of openai does not think: leave `thinking_budget_tokens` and `effort` out, or choose another model");
    insta::assert_snapshot!(told("effort = \"high\"\n", "anthropic", "claude-sonnet-4-5"), @"error: phase `guide` asks for thinking, and model `claude-sonnet-4-5` of anthropic is told to think by a budget: add `thinking_budget_tokens`");
    insta::assert_snapshot!(told("thinking_budget_tokens = 100\n", "anthropic", "claude-sonnet-4-5"), @"
    error: plan `plan.toml`: plan cannot be read: TOML parse error at line 6, column 26
      |
    6 | thinking_budget_tokens = 100
      |                          ^^^
    a thinking budget of `100` cannot be sent: allowed are 1024 to 10485760 tokens
    ");
}

#[test]
fn decide_and_explain_know_of_it_too() {
    let folder = Sandbox::new();
    let line = |model: &str, phase: &str| {
        let line = format!(
            "{{\"id\": 1, \"provider\": \"anthropic\", \"model\": \"{model}\", \"phase\": {{\"task_category\": \
             \"docs\", \"complexity\": \"low\", \"deliverables\": [\"docs/a.md\"], {phase}}}}}\n"
        );
        let mut command = folder.command(&["decide"]);
        let output = command.write_stdin(line).output().unwrap();
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let budget = "\"thinking_budget_tokens\": 2048";
    let told = line("claude-sonnet-4-5", budget);
    assert_eq!(told["actual_max_tokens"], 4096 + 2048);
    assert_eq!(told["thinking_budget_tokens"], 2048);
    let refused = line("claude-sonnet-5", budget);
    assert_eq!(refused["error"]["code"], "thinking_not_possible");

    let plan = format!("{PLAN}thinking_budget_tokens = 2048\n");
    let sandbox = Sandbox::with(&[("plan.toml", &plan)]);
    let explained = sandbox.run(&["explain", "plan.toml"]);
    assert_eq!(explained.code, Some(0), "{explained}");
    assert!(
        explained.stdout.contains("thinking budget of 2048"),
        "{explained}"
    );
    assert!(explained.stderr.contains("add `effort`"), "{explained}");
}
