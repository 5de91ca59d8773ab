//! A reply that is cut off and cannot go on is asked for once more, with a larger ceiling.

use std::fmt::Write as _;

use serde_json::json;

use crate::support::{Database, Done, ONE_PHASE, Sandbox};

const COLUMNS: [&str; 9] = [
    "attempt",
    "chain_id",
    "selected_budget",
    "actual_max_tokens",
    "actual_output_tokens",
    "truncated",
    "success",
    "stop_reason",
    "failure",
];

/// A phase that builds a file, which is cut off where it wants more tokens than its ceiling.
fn sandbox(output_tokens: &str) -> Sandbox {
    let scenario = format!("output_tokens = {output_tokens}\ntext_file = \"reply.md\"");
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE), ("scenario.toml", &scenario)]);
    sandbox.write("reply.md", reply());
    std::fs::create_dir(sandbox.path("work")).unwrap();
    sandbox
}

fn guide() -> String {
    let mut guide = String::new();
    for number in 0..1000 {
        writeln!(guide, "Step {number} of the guide.").unwrap();
    }
    guide
}

fn reply() -> String {
    format!("### docs/guide.md\n```\n{}```\n", guide())
}

fn run(sandbox: &Sandbox) -> Done {
    let run = ["run", "plan.toml", "--simulate", "scenario.toml"];
    let more = ["--provider", "anthropic", "--run-id", "r"];
    sandbox.run(&[&run[..], &["--workspace", "work", "--apply"], &more].concat())
}

fn kept(sandbox: &Sandbox) -> String {
    sandbox.read("autopack-out/anthropic/guide.md")
}

#[test]
fn a_reply_that_fits_the_larger_ceiling_is_kept_whole() {
    let sandbox = sandbox("[9000, 4500]");
    insta::assert_snapshot!(run(&sandbox));
    assert_eq!(kept(&sandbox), reply());
    assert_eq!(sandbox.read("work/docs/guide.md"), guide());
    let mut database = Database::open(&sandbox.path("autopack.db"));
    assert_eq!(
        database.calls(&COLUMNS),
        [
            json!({
                "attempt": 1, "chain_id": "r/guide/anthropic", "selected_budget": 4096,
                "actual_max_tokens": 4096, "actual_output_tokens": 4096, "truncated": 1,
                "success": 0, "stop_reason": "max_tokens", "failure": "truncated",
            }),
            json!({
                "attempt": 2, "chain_id": "r/guide/anthropic", "selected_budget": 4096,
                "actual_max_tokens": 5120, "actual_output_tokens": 4500, "truncated": 0,
                "success": 1, "stop_reason": "end_turn", "failure": null,
            }),
        ]
    );
    let columns = [
        "attempt_index",
        "reason",
        "was_truncated",
        "output_utilization",
        "escalation_factor",
        "base_value",
        "base_source",
        "retry_max_tokens",
        "tokens_used",
        "provider",
        "chain_id",
    ];
    assert_eq!(
        database.escalations(&columns),
        [json!({
            "attempt_index": 1, "reason": "truncation", "was_truncated": 1,
            "output_utilization": 100.0, "escalation_factor": 1.25, "base_value": 4096,
            "base_source": "selected_budget", "retry_max_tokens": 5120, "tokens_used": 4096,
            "provider": "anthropic", "chain_id": "r/guide/anthropic",
        })]
    );
}

#[test]
fn a_reply_that_is_cut_off_twice_is_kept_and_the_answer_is_no() {
    let sandbox = sandbox("[9000, 9000]");
    insta::assert_snapshot!(run(&sandbox));
    let (kept, reply) = (kept(&sandbox), reply());
    assert!(
        reply.starts_with(&kept) && kept.len() > reply.len() / 2,
        "what came is kept"
    );
    assert!(!sandbox.path("work/docs/guide.md").exists());
    let mut database = Database::open(&sandbox.path("autopack.db"));
    assert_eq!(
        database.calls(&[
            "attempt",
            "actual_max_tokens",
            "actual_output_tokens",
            "failure"
        ]),
        [
            json!({"attempt": 1, "actual_max_tokens": 4096, "actual_output_tokens": 4096, "failure": "truncated"}),
            json!({"attempt": 2, "actual_max_tokens": 5120, "actual_output_tokens": 5120, "failure": "truncated"}),
        ]
    );
    assert_eq!(
        database.escalations(&["attempt_index"]),
        [json!({"attempt_index": 1})]
    );
}

#[test]
fn reasoning_counts_against_the_ceiling() {
    let sandbox = sandbox("100\nreasoning_tokens = [4096, 100]");
    let done = run(&sandbox);
    assert_eq!(done.code, Some(0), "{done}");
    assert_eq!(kept(&sandbox), reply());
    let mut database = Database::open(&sandbox.path("autopack.db"));
    assert_eq!(
        database.calls(&["actual_output_tokens", "truncated"]),
        [
            json!({"actual_output_tokens": 4096, "truncated": 1}),
            json!({"actual_output_tokens": 200, "truncated": 0}),
        ]
    );
}
