//! `autopack calibrate --method quantile`: ceilings with a stated truncation rate.

mod finer;
mod relative;

use crate::support::{Database, Done, ONE_PHASE, Sandbox};

/// Made by a run, so that the tables are there, and filled with calls of our own.
fn with_calls(calls: &[Calls]) -> Sandbox {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    let run = ["run", "plan.toml", "--simulate", "--provider", "openai"];
    assert_eq!(sandbox.run(&run).code, Some(0));
    let mut database = Database::open(&sandbox.path("autopack.db"));
    database.execute("DELETE FROM token_estimation_v2_events");
    for calls in calls {
        calls.write(&mut database);
    }
    sandbox
}

/// Calls of a cell on OpenAI whose lengths spread evenly, some of them cut off.
struct Calls {
    category: &'static str,
    n: u64,
    shortest: u64,
    spread: u64,
    ceiling: u64,
}

impl Calls {
    fn write(&self, database: &mut Database) {
        let Self {
            category,
            n: n_calls,
            shortest,
            spread,
            ceiling,
        } = self;
        database.execute(&format!(
            "WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < {n_calls} - 1),
                 lengths AS (SELECT n, {shortest} + n * 7919 % {spread} AS length FROM n)
             INSERT INTO token_estimation_v2_events (run_id, phase_id, timestamp, category, complexity,
                deliverable_count, deliverables_json, predicted_output_tokens, actual_output_tokens,
                selected_budget, actual_max_tokens, success, truncated, model, created_at, provider, attempt,
                chain_id, group_key, policy_version)
             SELECT 'r' || n, 'p', datetime('2026-11-01', n || ' minutes'), '{category}', 'low', 1, '[]',
                2600, min(length, {ceiling}), {ceiling}, {ceiling}, length <= {ceiling}, length > {ceiling},
                'gpt-5', datetime('2026-11-01'), 'openai', 1, 'r' || n || '/p', '{category}/low', 'build-142'
             FROM lengths"
        ));
    }
}

/// Documents that are shorter than their ceiling, and tests that are often longer.
fn docs_and_tests() -> Sandbox {
    with_calls(&[
        Calls {
            category: "docs",
            n: 1000,
            shortest: 1100,
            spread: 900,
            ceiling: 4096,
        },
        Calls {
            category: "tests",
            n: 200,
            shortest: 2500,
            spread: 4000,
            ceiling: 6144,
        },
    ])
}

fn calibrate(sandbox: &Sandbox, args: &[&str]) -> Done {
    sandbox.run(&[&["calibrate"], args].concat())
}

#[test]
fn what_is_certain_is_lowered_and_what_cuts_off_is_raised() {
    let sandbox = docs_and_tests();
    insta::assert_snapshot!("quantile_console", calibrate(&sandbox, &[]));
    let done = calibrate(&sandbox, &["--json", "--output-dir", "kept"]);
    let document = done.json();
    assert_eq!(document["certificate"]["certificate"], "passed");
    let groups = document["groups"].as_array().unwrap();
    let of = |key: &str| {
        groups
            .iter()
            .map(|group| group[key].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("action"), ["lower", "raise"]);
    assert_eq!(of("is_certified"), [true, false]);
    assert_eq!(of("n_censored")[0], 0);
    let why = document["metadata"]["why_this_target"].as_str().unwrap();
    assert!(why.starts_with("on openai a ceiling is held"), "{why}");
    assert!(groups[1]["curve"].as_array().unwrap().len() > 5);
    let mut files = sandbox.files().into_iter();
    let report = files.find(|name| name.starts_with("kept/") && name.contains(".md"));
    let report = sandbox.read(&report.unwrap());
    let (_, timeless) = report.split_once("\n\n## ").unwrap();
    insta::assert_snapshot!("quantile_markdown", timeless);
}

#[test]
fn a_proposal_becomes_a_version_that_decides() {
    let sandbox = docs_and_tests();
    let done = calibrate(&sandbox, &["--apply"]);
    assert_eq!(done.code, Some(0), "{done}");
    let shown = sandbox.json(&["policy", "show", "--json"]);
    let ceiling = &shown["document"]["ceiling"];
    assert_eq!(ceiling["docs"]["low"]["openai"]["exactly"], 2048);
    assert_eq!(shown["evidence"]["method"], "quantile");
    let basis = &shown["evidence"]["basis"];
    assert_eq!(basis["target_truncation"], 0.011);
    let why = basis["why_target"].as_str().unwrap();
    assert!(why.starts_with("on openai a ceiling is held"), "{why}");
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "--provider",
        "openai",
        "--run-id",
        "after",
    ];
    assert_eq!(sandbox.run(&run).code, Some(0));
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let calls = database.calls(&["run_id", "actual_max_tokens"]);
    let after = calls.iter().find(|call| call["run_id"] == "after").unwrap();
    assert_eq!(after["actual_max_tokens"], 2048);
    let explained = sandbox.run(&["explain", "plan.toml", "--phase", "guide"]);
    assert!(
        explained
            .stdout
            .contains("learned from the lengths of its group"),
        "{explained}"
    );
    // On another provider the table stands.
    assert!(explained.stdout.contains("4096"), "{explained}");
}

/// Documents that are so short that it takes more than one step to come down to them.
fn short_docs() -> Sandbox {
    with_calls(&[Calls {
        category: "docs",
        n: 1000,
        shortest: 400,
        spread: 300,
        ceiling: 4096,
    }])
}

/// Makes the oldest so many calls calls to come.
fn come(sandbox: &Sandbox, n_calls: u32) {
    Database::open(&sandbox.path("autopack.db")).execute(&format!(
        "UPDATE token_estimation_v2_events SET timestamp = datetime('2126-01-01', event_id || ' minutes')
         WHERE event_id IN (SELECT event_id FROM token_estimation_v2_events ORDER BY event_id LIMIT {n_calls})"
    ));
}

#[test]
fn a_ceiling_is_lowered_again_when_calls_have_shown_what_it_did() {
    let sandbox = short_docs();
    let exactly = || {
        let shown = sandbox.json(&["policy", "show", "--json"]);
        shown["document"]["ceiling"]["docs"]["low"]["openai"]["exactly"].clone()
    };
    // Half of it at a time, so that the second step goes by the same calls.
    let apply = |more: &[&str]| calibrate(&sandbox, &[&["--apply"], more].concat());
    assert_eq!(apply(&[]).code, Some(0));
    assert_eq!(exactly(), 2048);
    let active = sandbox.json(&["policy", "show", "--json"])["version"].clone();
    let again = apply(&[]);
    assert_eq!(again.code, Some(1), "{again}");
    let version = active.as_str().unwrap();
    insta::assert_snapshot!(again.stderr.replace(version, "VERSION"), @"held back until 100 calls have come since `VERSION` took effect, 100 more: lowering docs/low/openai again; --force does not wait");
    come(&sandbox, 63);
    let told = apply(&[]).stderr;
    assert!(told.contains("took effect, 37 more: "), "{told}");
    assert_eq!(exactly(), 2048);
    come(&sandbox, 100);
    let done = apply(&[]);
    assert!(!done.stderr.contains("held back"), "{done}");
    assert_eq!(done.code, Some(0), "{done}");
    assert!(exactly().as_u64().unwrap() < 2048, "{done}");
}

#[test]
fn who_forces_it_waits_for_no_calls() {
    let sandbox = short_docs();
    assert_eq!(calibrate(&sandbox, &["--apply"]).code, Some(0));
    let done = calibrate(&sandbox, &["--apply", "--force"]);
    assert_eq!(done.code, Some(0), "{done}");
    let done = calibrate(&sandbox, &["--force"]);
    assert_eq!(done.code, Some(2), "{done}");
}

#[test]
fn what_was_taken_back_is_not_proposed_again_at_once() {
    for back in ["revert", "rollback"] {
        let sandbox = docs_and_tests();
        let how = if back == "revert" {
            &["--stage", "0.25"][..]
        } else {
            &["--apply"]
        };
        assert_eq!(calibrate(&sandbox, how).code, Some(0));
        assert_eq!(sandbox.run(&["policy", back]).code, Some(0));
        let again = calibrate(&sandbox, &["--apply"]);
        assert_eq!(again.code, Some(1), "{again}");
        let said = "was taken back, 100 more: proposing docs/low/openai, tests/low/openai again; ";
        assert!(again.stderr.contains(said), "{again}");
        come(&sandbox, 100);
        let done = calibrate(&sandbox, &["--apply"]);
        assert_eq!(done.code, Some(0), "{done}");
    }
}

/// Recorded before groups had finer ones: one model, and nothing else known of its calls.
#[test]
fn calls_of_one_model_that_say_no_more_are_proposed_for_as_ever() {
    let sandbox = docs_and_tests();
    let done = calibrate(&sandbox, &["--apply"]);
    assert_eq!(done.code, Some(0), "{done}");
    let shown = sandbox.json(&["policy", "show", "--json"]);
    let mut evidence = shown["evidence"].clone();
    evidence["made_at"] = "TIME".into();
    let proposed = serde_json::json!([shown["document"]["ceiling"], evidence]);
    insta::assert_snapshot!(
        "quantile_proposed",
        serde_json::to_string_pretty(&proposed).unwrap()
    );
}

#[test]
fn the_target_is_that_of_where_calls_went() {
    let sandbox = docs_and_tests();
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let mut aim = |upstream: &str, cells: &str, args: &[&str]| {
        database.execute(&format!(
            "UPDATE token_estimation_v2_events SET upstream = '{upstream}' WHERE category LIKE '{cells}'"
        ));
        let document = calibrate(&sandbox, &[&["--json"], args].concat()).json();
        let metadata = &document["metadata"];
        let why = metadata["why_this_target"].as_str().unwrap().to_owned();
        (metadata["target_truncation"].as_f64().unwrap(), why)
    };
    for (upstream, cells, expected, said) in [
        ("azure", "%", 0.011, "on azure a ceiling is held"),
        (
            "vllm",
            "docs",
            0.02,
            "the default, as calls went to several",
        ),
        (
            "vllm",
            "%",
            0.02,
            "the default, as on vllm a ceiling has a cost",
        ),
        (
            "mine",
            "%",
            0.02,
            "the default, as what a ceiling costs on mine",
        ),
        (
            "anthropic",
            "%",
            0.002,
            "on anthropic a ceiling costs nothing",
        ),
    ] {
        let (target, why) = aim(upstream, cells, &[]);
        assert!((target - expected).abs() < 1e-12, "{upstream}: {target}");
        assert!(why.starts_with(said), "{why}");
    }
    let (target, why) = aim("azure", "%", &["--near-limit"]);
    assert!((target - 0.03).abs() < 1e-12, "{target}");
    assert!(why.contains("nearly used up"), "{why}");
    let (target, why) = aim("azure", "%", &["--target-truncation", "0.05"]);
    assert!((target - 0.05).abs() < 1e-12, "{target}");
    assert_eq!(why, "--target-truncation asks for it");
}

#[test]
fn a_proposal_is_staged() {
    let sandbox = docs_and_tests();
    let done = calibrate(&sandbox, &["--stage", "0.25", "--json"]);
    assert_eq!(done.code, Some(0), "{done}");
    let made = &done.json()["policy"];
    assert_eq!(made["staged_share"], 0.25);
    let status = sandbox.json(&["policy", "status", "--json"]);
    assert_eq!(status["stage"]["candidate"], made["version"]);
}

#[test]
fn what_calls_cannot_carry_is_not_proposed() {
    let few = with_calls(&[Calls {
        category: "docs",
        n: 60,
        shortest: 1100,
        spread: 900,
        ceiling: 4096,
    }]);
    let cut = with_calls(&[Calls {
        category: "docs",
        n: 60,
        shortest: 5000,
        spread: 900,
        ceiling: 4096,
    }]);
    let none = with_calls(&[]);
    let done = [
        calibrate(&few, &[]),
        calibrate(&cut, &["--apply"]),
        calibrate(&few, &["--min-samples", "100"]),
        calibrate(&none, &[]),
        calibrate(&few, &["--since", "2026-11-02"]),
        calibrate(&few, &["--target-truncation", "0.5"]),
        calibrate(&few, &["--damping", "sqrt"]),
        calibrate(&few, &["--method", "ratio", "--target-truncation", "0.05"]),
    ];
    insta::assert_snapshot!(
        "quantile_refused",
        done.map(|done| done.to_string()).join("\n")
    );
}
