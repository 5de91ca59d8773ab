//! How a reply was cut off decides what comes next: each kind from the scenario to the telemetry.

use serde_json::{Value, json};

use crate::support::{Database, Done, ONE_PHASE, Sandbox};

const COLUMNS: [&str; 6] = [
    "attempt",
    "actual_max_tokens",
    "actual_output_tokens",
    "truncated",
    "truncation",
    "success",
];

fn sandbox(scenario: &str) -> Sandbox {
    Sandbox::with(&[("plan.toml", ONE_PHASE), ("scenario.toml", scenario)])
}

fn run(sandbox: &Sandbox, provider: &str, more: &[&str]) -> Done {
    let run = ["run", "plan.toml", "--simulate", "scenario.toml"];
    let named = ["--run-id", "r", "--provider", provider];
    sandbox.run(&[&run[..], &named, more].concat())
}

/// What became of the phase, told as JSON.
fn phase(done: &Done) -> Value {
    done.json()["phases"][0].clone()
}

/// Rows of attempts, as [`COLUMNS`] has them.
fn rows(attempts: &[(u64, u64, Option<&str>, bool)]) -> Vec<Value> {
    let rows = attempts.iter().zip(1..);
    rows.map(|((ceiling, used, kind, success), attempt)| {
        json!({
            "attempt": attempt, "actual_max_tokens": ceiling, "actual_output_tokens": used,
            "truncated": u8::from(kind.is_some()), "truncation": kind, "success": u8::from(*success),
        })
    })
    .collect()
}

fn database(sandbox: &Sandbox) -> Database {
    Database::open(&sandbox.path("autopack.db"))
}

#[test]
fn prose_goes_on_where_it_stopped() {
    let sandbox = sandbox("output_tokens = [4100, 300]");
    insta::assert_snapshot!(run(&sandbox, "anthropic", &[]));
    let reply = sandbox.read("autopack-out/anthropic/guide.md");
    // Nothing stands at the seam, so that two words are one there.
    assert_eq!(reply.split_whitespace().count(), 4096 + 300 - 1);
    let mut database = database(&sandbox);
    let expected = rows(&[
        (4096, 4096, Some("at_ceiling"), false),
        (4096, 300, None, true),
    ]);
    assert_eq!(database.calls(&COLUMNS), expected);
    assert_eq!(database.escalations(&["event_id"]), [json!(null); 0]);
    // What is predicted is the whole answer.
    let learned = database.calls(&["predicted_output_tokens IS NULL", "group_key IS NULL"]);
    let nothing = |yes| json!({"predicted_output_tokens IS NULL": yes, "group_key IS NULL": yes});
    assert_eq!(learned, [nothing(0), nothing(1)]);
}

#[test]
fn prose_goes_on_with_every_provider_whole_and_streamed() {
    for provider in ["anthropic", "openai", "gemini"] {
        for stream in [&[][..], &["--stream"]] {
            let sandbox = sandbox("output_tokens = [4100, 300]");
            let done = run(&sandbox, provider, &[&["--json"], stream].concat());
            assert_eq!(done.code, Some(0), "{done}");
            let input = database(&sandbox).calls(&["input_tokens"]);
            let input = |row: usize| input[row]["input_tokens"].as_u64().unwrap();
            let text = sandbox.read(&format!("autopack-out/{provider}/guide.md"));
            let so_far = text.len() as u64 / 4 - 500;
            assert!(
                input(1) > input(0) + so_far,
                "the text so far was sent along"
            );
        }
    }
}

#[test]
fn what_is_repeated_at_a_seam_stands_there_once() {
    let words = "All that there is to say about it";
    let first = "Some of what comes before. ".repeat(2) + words;
    let scenario = format!(
        "text = [\"{first}{}\", \"{words} is said.\\n\"]\noutput_tokens = [8192, 20]",
        "#".repeat(first.len())
    );
    let sandbox = sandbox(&scenario);
    let done = run(&sandbox, "gemini", &["--json"]);
    assert_eq!(done.code, Some(0), "{done}");
    assert_eq!(
        sandbox.read("autopack-out/gemini/guide.md"),
        format!("{first} is said.\n")
    );
}

#[test]
fn prose_goes_on_twice_and_then_gets_more_room_once() {
    let sandbox = sandbox("output_tokens = 9000");
    insta::assert_snapshot!(run(&sandbox, "openai", &[]));
    let cut = Some("at_ceiling");
    let expected = rows(&[
        (4096, 4096, cut, false),
        (4096, 4096, cut, false),
        (4096, 4096, cut, false),
        (5120, 5120, cut, false),
    ]);
    let mut database = database(&sandbox);
    assert_eq!(database.calls(&COLUMNS), expected);
    assert_eq!(
        database.escalations(&["attempt_index", "retry_max_tokens"]),
        [json!({"attempt_index": 3, "retry_max_tokens": 5120})]
    );
    let reply = sandbox.read("autopack-out/openai/guide.md");
    assert_eq!(reply.split_whitespace().count(), 4096 + 4096 + 5120 - 2);
}

#[test]
fn a_runaway_is_not_asked_again() {
    let sandbox = sandbox("text_file = 'loop.txt'");
    sandbox.write("loop.txt", "Wait, let me try that again.\n".repeat(1000));
    insta::assert_snapshot!(run(&sandbox, "anthropic", &[]));
    let mut database = database(&sandbox);
    let expected = rows(&[(4096, 4096, Some("runaway"), false)]);
    assert_eq!(database.calls(&COLUMNS), expected);
    assert_eq!(database.escalations(&["event_id"]), [json!(null); 0]);
}

#[test]
fn a_runaway_on_demand_is_one_with_every_provider() {
    for provider in ["anthropic", "openai", "gemini"] {
        for stream in [&[][..], &["--stream"]] {
            let sandbox = sandbox("fault = 'runaway'");
            let done = run(&sandbox, provider, &[&["--json"], stream].concat());
            assert_eq!(done.code, Some(1), "{done}");
            let phase = phase(&done);
            assert_eq!(phase["truncation"], "runaway", "{done}");
            assert_eq!(
                (&phase["failure"], &phase["n_attempts"]),
                (&json!("truncated"), &json!(1))
            );
        }
    }
}

#[test]
fn reasoning_that_leaves_no_text_gets_more_room_once_and_is_a_runaway_then() {
    let sandbox = sandbox("reasoning_tokens = 20000");
    insta::assert_snapshot!(run(&sandbox, "gemini", &[]));
    let mut database = database(&sandbox);
    let expected = rows(&[
        (4096, 4096, Some("empty_by_reasoning"), false),
        (5120, 5120, Some("runaway"), false),
    ]);
    assert_eq!(database.calls(&COLUMNS), expected);
    assert_eq!(
        database.escalations(&["attempt_index"]),
        [json!({"attempt_index": 1})]
    );
}

#[test]
fn text_behind_the_reasoning_of_a_larger_ceiling_goes_on() {
    let sandbox = sandbox("reasoning_tokens = [5000, 5000, 0]\noutput_tokens = [1, 1000, 50]");
    let done = run(&sandbox, "openai", &["--json"]);
    assert_eq!(done.code, Some(0), "{done}");
    let expected = rows(&[
        (4096, 4096, Some("empty_by_reasoning"), false),
        (5120, 5120, Some("at_ceiling"), false),
        (5120, 50, None, true),
    ]);
    assert_eq!(database(&sandbox).calls(&COLUMNS), expected);
}

#[test]
fn a_cut_that_the_provider_calls_an_end_is_one_all_the_same() {
    for (provider, native) in [
        ("anthropic", "end_turn"),
        ("openai", "stop"),
        ("gemini", "STOP"),
    ] {
        let sandbox = sandbox("output_tokens = [4200, 104]\nfault = ['unsaid_truncation', 'none']");
        let done = run(&sandbox, provider, &["--json"]);
        assert_eq!(done.code, Some(0), "{done}");
        let mut database = database(&sandbox);
        let expected = rows(&[
            (4096, 4096, Some("at_ceiling_unsaid"), false),
            (4096, 104, None, true),
        ]);
        assert_eq!(database.calls(&COLUMNS), expected);
        let stops = database.calls(&["stop_reason", "native_stop_reason", "is_truncated_output"]);
        assert_eq!(
            stops[0],
            json!({"stop_reason": "end_turn", "native_stop_reason": native, "is_truncated_output": 1})
        );
    }
}

#[test]
fn a_reply_that_ends_right_below_its_ceiling_is_whole() {
    let sandbox = sandbox("output_tokens = 4095");
    let done = run(&sandbox, "anthropic", &["--json"]);
    assert_eq!(done.code, Some(0), "{done}");
    assert_eq!(
        database(&sandbox).calls(&COLUMNS),
        rows(&[(4096, 4095, None, true)])
    );
}

#[test]
fn a_full_window_gets_no_larger_ceiling() {
    let sandbox = sandbox("fault = 'window_full'");
    insta::assert_snapshot!(run(&sandbox, "anthropic", &[]));
    let mut database = database(&sandbox);
    let expected = rows(&[(4096, 600, Some("window_full"), false)]);
    assert_eq!(database.calls(&COLUMNS), expected);
    assert_eq!(
        database.calls(&["stop_reason", "native_stop_reason"]),
        [
            json!({"stop_reason": "context_window", "native_stop_reason": "model_context_window_exceeded"})
        ]
    );
    assert_eq!(database.escalations(&["event_id"]), [json!(null); 0]);
}

#[test]
fn json_tells_every_attempt() {
    let sandbox = sandbox("output_tokens = [4100, 300]");
    let phase = phase(&run(&sandbox, "anthropic", &["--json"]));
    assert_eq!(
        phase["attempts"],
        json!([
            {"extent": "whole", "actual_max_tokens": 4096, "actual_output_tokens": 4096, "truncation": "at_ceiling"},
            {"extent": "rest", "actual_max_tokens": 4096, "actual_output_tokens": 300, "truncation": null},
        ])
    );
    assert_eq!(phase["truncation"], json!(null));
    let waste = phase["waste"].as_f64().unwrap();
    assert_eq!(format!("{waste:.3}"), format!("{:.3}", 8192.0 / 4396.0));
}
