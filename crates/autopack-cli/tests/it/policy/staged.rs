//! Stages: a share of the phases, a verdict, and the end.

use serde_json::{Value, json};

use super::{MINE_VERSION, active, made, policy, sandbox};
use crate::support::{Database, Done, ONE_PHASE, Sandbox};

/// The version of `base.docs.low=3584`.
const LOWER: &str = "build-142+64d0a01c";

/// A plan of so many documentation phases of low complexity, `p0` and so on.
fn plan(n_phases: usize) -> String {
    (0..n_phases)
        .map(|n| ONE_PHASE.replace("\"guide\"", &format!("\"p{n}\"")))
        .collect()
}

/// A folder in which a base of 3584 is staged for half of the phases, and replies have this length.
fn staged(n_phases: usize, scenario: &str) -> Sandbox {
    let sandbox = Sandbox::with(&[("plan.toml", &plan(n_phases)), ("scenario.toml", scenario)]);
    made(
        &sandbox,
        &["stage", "--set", "base.docs.low=3584", "--share", "0.5"],
    );
    sandbox
}

fn run(sandbox: &Sandbox, run_id: &str, args: &[&str]) -> Done {
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "scenario.toml",
        "--provider",
        "openai",
        "--jobs",
        "1",
    ];
    sandbox.run(&[&run[..], &["--run-id", run_id], args].concat())
}

/// Which policy decided each first call, as `(phase, policy)`.
fn sides(sandbox: &Sandbox) -> Vec<(String, String)> {
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let rows = database.calls(&["phase_id", "policy_version", "attempt"]);
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let first = rows.iter().filter(|row| row["attempt"] == 1);
    first
        .map(|row| (text(row, "phase_id"), text(row, "policy_version")))
        .collect()
}

/// The last lines of what was said, without the table.
fn end(text: &str, n_lines: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len() - n_lines..].join("\n")
}

#[test]
fn a_stage_that_cuts_off_more_is_taken_back_at_the_end_of_the_run() {
    // Longer than 3584, and not longer than 4096.
    let sandbox = staged(40, "output_tokens = 3800");
    insta::assert_snapshot!("begun", policy(&sandbox, &["list"]));
    let done = run(&sandbox, "r", &[]);
    assert_eq!(
        done.code,
        Some(0),
        "every phase has its reply in the end: {}",
        done.stderr
    );
    insta::assert_snapshot!("worse_told", end(&done.stderr, 1));
    insta::assert_snapshot!("worse_totals", end(&done.stdout, 8));
    insta::assert_snapshot!("worse_status", policy(&sandbox, &["status"]));
    assert_eq!(active(&sandbox), "build-142");
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let calls = database.calls(&[
        "policy_version",
        "attempt",
        "actual_max_tokens",
        "truncated",
    ]);
    for call in &calls {
        let is_staged = call["policy_version"] == LOWER;
        let expected = match (is_staged, call["attempt"].as_u64()) {
            // Prose goes on twice before it is asked for anew.
            (true, Some(1..=3)) => (3584, 1),
            (true, _) => (4480, 0),
            (false, _) => (4096, 0),
        };
        assert_eq!(
            (
                call["actual_max_tokens"].as_u64(),
                call["truncated"].as_u64()
            ),
            (Some(expected.0), Some(expected.1)),
            "an escalated attempt is still of the staged policy: {call}"
        );
    }
    run(&sandbox, "later", &[]);
    let sides = sides(&sandbox);
    assert!(sides[40..].iter().all(|(_, policy)| policy == "build-142"));
}

#[test]
fn a_look_takes_a_worse_stage_back_and_says_so_by_its_exit_code() {
    let sandbox = staged(40, "output_tokens = 3800");
    // Without telemetry nothing is staged; what a run that was killed has left behind is looked at later.
    let off = [("TELEMETRY_DB_ENABLED", "0")];
    let args = [
        "run",
        "plan.toml",
        "--simulate",
        "scenario.toml",
        "--provider",
        "openai",
    ];
    let done = sandbox.run_with(&off, &args);
    assert!(
        done.stderr.contains(
            "without telemetry nothing would be learned: `build-142` decides every phase"
        ),
        "{}",
        done.stderr
    );
    let mut database = Database::open(&sandbox.path("autopack.db"));
    for (policy, truncated) in [(LOWER, 1), ("build-142", 0)] {
        for n in 0..10 {
            database.execute(&format!(
                "INSERT INTO token_estimation_v2_events (run_id, phase_id, timestamp, category, complexity,
                    deliverable_count, deliverables_json, actual_output_tokens, actual_max_tokens, success,
                    truncated, model, created_at, attempt, policy_version)
                 VALUES ('left', '{policy}{n}', '2999-01-01 00:00:00', 'docs', 'low', 1, '[]', 3584, 3584,
                    {truncated} = 0, {truncated}, 'm', '2999-01-01 00:00:00', 1, '{policy}')"
            ));
        }
    }
    let json = policy(&sandbox, &["status", "--json"]);
    assert_eq!(json.code, Some(1), "{json}");
    let stage = &json.json()["stage"];
    assert_eq!(stage["verdict"], "revert");
    assert_eq!(stage["is_reverted"], true);
    assert_eq!(stage["staged"]["n_truncated"], 10);
    assert_eq!(stage["against"]["n_truncated"], 0);
    let again = policy(&sandbox, &["status"]);
    assert_eq!(again.code, Some(0), "it was told once: {again}");
    assert!(
        again
            .stdout
            .contains(&format!("the last stage, of `{LOWER}`, was reverted")),
        "{again}"
    );
}

#[test]
fn a_run_looks_before_it_begins() {
    let sandbox = staged(40, "output_tokens = 3800");
    run(&sandbox, "r", &[]);
    // The same stage again, with the calls of the one before it made part of it.
    made(&sandbox, &["stage", LOWER, "--share", "0.5"]);
    Database::open(&sandbox.path("autopack.db"))
        .execute("UPDATE token_estimation_v2_events SET timestamp = '2999-01-01 00:00:00'");
    let done = run(&sandbox, "s", &[]);
    assert!(
        done.stderr.starts_with(&format!(
            "warning: the staged policy `{LOWER}` is taken back"
        )),
        "{}",
        done.stderr
    );
    assert!(
        sides(&sandbox)[40..]
            .iter()
            .all(|(_, policy)| policy == "build-142")
    );
}

#[test]
fn a_stage_that_holds_is_promoted() {
    let sandbox = staged(400, "output_tokens = 1200");
    let done = run(&sandbox, "r", &["--json"]);
    let stage = &done.json()["stage"];
    assert_eq!(stage["candidate"], LOWER);
    assert_eq!(stage["verdict"], "promote");
    let n_staged = stage["n_phases"].as_u64().unwrap();
    assert!((179..240).contains(&n_staged), "{n_staged}");
    insta::assert_snapshot!("good_status", policy(&sandbox, &["status"]));
    insta::assert_snapshot!("promoted", policy(&sandbox, &["promote"]));
    assert_eq!(active(&sandbox), LOWER);
    let status = policy(&sandbox, &["status"]);
    assert!(status.stdout.contains("was promoted at"), "{status}");
    made(&sandbox, &["rollback"]);
    assert_eq!(active(&sandbox), "build-142");
}

#[test]
fn a_promotion_before_its_time_has_to_be_wanted() {
    let sandbox = staged(1, "output_tokens = 1200");
    insta::assert_snapshot!(policy(&sandbox, &["promote"]), @"
    exit 1
    --- stderr
    keep watching: it is not seen to cut off more than the 2 % that it may, nor yet less: 179 more staged calls if none is cut off; --force promotes it all the same
    ");
    assert_eq!(active(&sandbox), "build-142");
    made(&sandbox, &["promote", "--force"]);
    assert_eq!(active(&sandbox), LOWER);
}

#[test]
fn a_stage_is_ended_by_hand_or_by_a_rollback() {
    let sandbox = sandbox();
    made(&sandbox, &["apply", "mine.toml"]);
    made(
        &sandbox,
        &["stage", "--set", "buffer.default=1.1", "--share", "0.25"],
    );
    insta::assert_snapshot!(policy(&sandbox, &["apply", "build-142"]), @"
    exit 2
    --- stderr
    error: `mine+1671e985` is staged, and what it is held against must not change meanwhile: promote or revert it first
    ");
    insta::assert_snapshot!(policy(&sandbox, &["stage", "--set", "buffer.default=1.3", "--share", "0.1"]), @"
    exit 2
    --- stderr
    error: `mine+1671e985` is staged, and what it is held against must not change meanwhile: promote or revert it first
    ");
    insta::assert_snapshot!(policy(&sandbox, &["revert"]), @"
    exit 0
    --- stdout
    the stage of `mine+1671e985` is over: `mine+9242d401` decides every phase
    ");
    insta::assert_snapshot!(policy(&sandbox, &["revert"]), @"
    exit 1
    --- stderr
    no stage is running: begin one with `autopack policy stage`
    ");
    assert_eq!(active(&sandbox), MINE_VERSION);
    made(&sandbox, &["stage", "pre-142", "--share", "0.01"]);
    insta::assert_snapshot!(policy(&sandbox, &["rollback"]).stderr, @"the stage of `pre-142` ends");
    assert_eq!(active(&sandbox), "build-142");
    assert!(
        policy(&sandbox, &["status"])
            .stdout
            .contains("`build-142` became active")
    );
}

#[test]
fn what_cannot_be_staged_is_refused() {
    let sandbox = sandbox();
    for (args, expected) in [
        (
            &["--set", "base.docs.low=3584", "--share", "0.6"][..],
            "`0.6` is no share: allowed is a number from 0.01 to 0.5",
        ),
        (&["--set", "base.docs.low=3584"], "--share"),
        (
            &["--set", "base.docs.low", "--share", "0.2"],
            "`base.docs.low` is no KEY=VALUE",
        ),
        (
            &["--set", "base.docs.lwo=1", "--share", "0.2"],
            "unknown policy key `base.docs.lwo`: did you mean `base.docs.low`",
        ),
        (
            &["--set", "base.docs.low=0", "--share", "0.2"],
            "policy key `base.docs.low` is `0`: allowed is",
        ),
        (
            &["--set", "base.docs.low=4096", "--share", "0.2"],
            "nothing would change in `build-142`",
        ),
        (
            &["build-142", "--share", "0.2"],
            "says the same as the active `build-142`",
        ),
        (
            &["no-such", "--share", "0.2"],
            "nor a version in the database",
        ),
        (&["--share", "0.2"], "FILE|VERSION"),
    ] {
        let done = policy(&sandbox, &[&["stage"], args].concat());
        assert_eq!(done.code, Some(2), "{done}");
        assert!(done.stderr.contains(expected), "{done}");
    }
    assert!(
        policy(&sandbox, &["status"])
            .stdout
            .starts_with("no stage is running")
    );
}

#[test]
fn a_run_that_is_gone_on_with_keeps_its_sides() {
    let sandbox = staged(
        12,
        "output_tokens = 1200\nfault = [\"garbage\", \"none\"]\n",
    );
    let scenario = (0..6).map(|n| format!("[phases.p{n}]\nfault = \"none\"\n"));
    let failing = format!(
        "output_tokens = 1200\nfault = \"garbage\"\n{}",
        scenario.collect::<String>()
    );
    sandbox.write("scenario.toml", failing);
    sandbox.write("autopack.toml", "retries.max_calls = 1");
    assert_ne!(run(&sandbox, "r", &[]).code, Some(0));
    let before = sides(&sandbox);
    sandbox.write("scenario.toml", "output_tokens = 1200");
    let args = [
        "run",
        "plan.toml",
        "--simulate",
        "scenario.toml",
        "--provider",
        "openai",
        "--resume",
        "r",
    ];
    let done = sandbox.run(&args);
    assert_eq!(done.code, Some(0), "{done}");
    let all = sides(&sandbox);
    let (first, again) = all.split_at(before.len());
    assert_eq!(again.len(), 6, "what had succeeded is not sent again");
    for side in again {
        assert!(first.contains(side), "{side:?} is on the side where it was");
    }
    let n_staged = first.iter().filter(|(_, policy)| policy == LOWER).count();
    assert!(
        (1..12).contains(&n_staged),
        "both sides have phases: {n_staged}"
    );
}

#[test]
fn a_policy_that_is_named_or_changed_for_the_whole_run_is_not_staged() {
    let sandbox = staged(12, "output_tokens = 1200");
    run(&sandbox, "named", &["--policy", "build-142"]);
    let variable = [("AUTOPACK_DOCS_LOW_BASE", "3072")];
    let args = [
        "run",
        "plan.toml",
        "--simulate",
        "scenario.toml",
        "--provider",
        "openai",
    ];
    sandbox.run_with(&variable, &args);
    let sides = sides(&sandbox);
    assert!(sides[..12].iter().all(|(_, policy)| policy == "build-142"));
    assert!(
        sides[12..]
            .iter()
            .all(|(_, policy)| policy == "build-142+base.docs.low=3072")
    );
}

#[test]
fn decide_goes_by_the_names_in_its_lines() {
    let sandbox = staged(1, "output_tokens = 1200");
    let line = |names: &str| {
        format!(
            r#"{{"provider": "openai", "model": "gpt-5", "phase": {{{names} "task_category": "docs", "complexity": "low", "deliverables": ["docs/guide.md"]}}}}"#
        )
    };
    let input = [
        line(r#""run_id": "r", "phase_id": "guide","#),
        line(r#""run_id": "v8b-1", "phase_id": "installation-steps","#),
        line(""),
    ];
    let mut command = sandbox.command(&["decide"]);
    let done = Done::from(command.write_stdin(input.join("\n")).output().unwrap());
    let answers: Vec<Value> = done
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<Value> = answers
        .iter()
        .map(|answer| json!([answer["actual_max_tokens"], answer["policy"]]))
        .collect();
    assert_eq!(
        told,
        [
            json!([3584, LOWER]),
            json!([4096, "build-142"]),
            json!([4096, "build-142"])
        ]
    );
    let explain = sandbox.run(&["explain", "plan.toml"]);
    assert!(
        explain
            .stderr
            .contains(&format!("`{LOWER}` is staged for a share of 0.5")),
        "{explain}"
    );
}
