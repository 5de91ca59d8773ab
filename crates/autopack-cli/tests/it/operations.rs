//! Operations that came whole before a cut count, with the rest that is asked for, or not at all.

use serde_json::{Value, json};

use crate::support::{Database, Done, Sandbox};

/// Five documents: a reply of operations.
const PLAN: &str = r#"
[[phases]]
phase_id = "docs"
task_category = "docs"
complexity = "low"
deliverables = ["Create a.md", "Create b.md", "Create c.md", "Create d.md", "Create e.md"]
"#;

fn create(path: &str, content: &str) -> String {
    json!({"op": "create", "path": path, "content": content}).to_string() + "\n"
}

/// The operations on these files, each with its name as its text.
fn creates(paths: &[&str]) -> String {
    paths.iter().map(|path| create(path, path)).collect()
}

/// Replies one after the other, each as long as it says in tokens.
fn sandbox(replies: &[(&str, u64)]) -> Sandbox {
    let files: Vec<String> = (0..replies.len()).map(|n| format!("{n}.ndjson")).collect();
    let tokens: Vec<u64> = replies.iter().map(|(_, tokens)| *tokens).collect();
    let scenario = format!("text_file = {files:?}\noutput_tokens = {tokens:?}");
    let sandbox = Sandbox::with(&[("plan.toml", PLAN), ("scenario.toml", &scenario)]);
    for (file, (text, _)) in files.iter().zip(replies) {
        sandbox.write(file, text);
    }
    std::fs::create_dir(sandbox.path("work")).unwrap();
    sandbox
}

fn run(sandbox: &Sandbox, more: &[&str]) -> Done {
    let run = ["run", "plan.toml", "--simulate", "scenario.toml"];
    let apply = ["--workspace", "work", "--apply", "--run-id", "r"];
    let provider = ["--provider", "openai"];
    sandbox.run(&[&run[..], &apply, &provider, more].concat())
}

/// The files of the workspace with their texts.
fn built(sandbox: &Sandbox) -> Vec<(String, String)> {
    let files = sandbox.files().into_iter();
    let files = files.filter_map(|file| Some(file.strip_prefix("work/")?.to_owned()));
    files
        .map(|file| (file.clone(), sandbox.read(&format!("work/{file}"))))
        .collect()
}

fn named(paths: &[&str]) -> Vec<(String, String)> {
    let named = paths.iter().map(|path| (*path).to_owned());
    named.map(|path| (path.clone(), path)).collect()
}

fn attempts(done: &Done) -> Vec<(Value, Value)> {
    let phase = &done.json()["phases"][0];
    let attempts = phase["attempts"].as_array().unwrap().iter();
    attempts
        .map(|attempt| (attempt["extent"].clone(), attempt["truncation"].clone()))
        .collect()
}

/// The text that is cut at its half, with the ceiling of the phase.
fn cut_at_half(whole: &str) -> (String, u64) {
    let text = format!(
        "{whole}{}",
        "{\"op\":".to_owned() + &" ".repeat(whole.len())
    );
    (text, 2 * CEILING)
}

/// What the phase is sent with, in tokens.
const CEILING: u64 = 6240;

const ALL: [&str; 5] = ["a.md", "b.md", "c.md", "d.md", "e.md"];

#[test]
fn only_the_rest_is_asked_for_and_all_is_made_at_once() {
    let (first, tokens) = cut_at_half(&creates(&ALL[..3]));
    let sandbox = sandbox(&[(&first, tokens), (&creates(&ALL[3..]), 100)]);
    insta::assert_snapshot!(run(&sandbox, &[]));
    assert_eq!(built(&sandbox), named(&ALL));
    let kept = sandbox.read("autopack-out/openai/docs.md");
    assert_eq!(kept, creates(&ALL), "one reply");
    let mut database = Database::open(&sandbox.path("autopack.db"));
    assert_eq!(
        database.escalations(&["attempt_index", "retry_max_tokens"]),
        [json!({"attempt_index": 1, "retry_max_tokens": CEILING * 5 / 4})]
    );
}

#[test]
fn operations_that_are_repeated_are_made_once() {
    let (first, tokens) = cut_at_half(&creates(&ALL[..3]));
    let sandbox = sandbox(&[(&first, tokens), (&creates(&ALL), 100)]);
    let done = run(&sandbox, &["--json"]);
    assert_eq!(done.code, Some(0), "{done}");
    assert_eq!(built(&sandbox), named(&ALL));
}

#[test]
fn parts_that_contradict_each_other_are_asked_for_again_as_a_whole() {
    let (first, tokens) = cut_at_half(&creates(&ALL[..3]));
    let rest = create("a.md", "something else");
    let whole = creates(&ALL);
    let sandbox = sandbox(&[(&first, tokens), (&rest, 100), (&whole, 200)]);
    let done = run(&sandbox, &["--json"]);
    assert_eq!(done.code, Some(0), "{done}");
    assert_eq!(built(&sandbox), named(&ALL));
    let extents = [
        (json!("whole"), json!("at_ceiling")),
        (json!("rest"), json!(null)),
        (json!("whole"), json!(null)),
    ];
    assert_eq!(attempts(&done), extents);
    let calls = Database::open(&sandbox.path("autopack.db")).calls(&["failure"]);
    assert_eq!(calls[1], json!({"failure": "not_applicable"}));
}

#[test]
fn a_rest_that_is_cut_off_too_makes_nothing() {
    let (first, tokens) = cut_at_half(&creates(&ALL[..3]));
    let (rest, _) = cut_at_half(&creates(&ALL[3..4]));
    let sandbox = sandbox(&[(&first, tokens), (&rest, 2 * (CEILING * 5 / 4))]);
    insta::assert_snapshot!(run(&sandbox, &[]));
    assert_eq!(built(&sandbox), []);
}

#[test]
fn without_room_for_more_nothing_is_made() {
    let (first, tokens) = cut_at_half(&creates(&ALL[..3]));
    let sandbox = sandbox(&[(&first, tokens)]);
    let limit = format!(
        "[[models]]\nid = \"small\"\nprovider = \"openai\"\nmax_output_tokens = {CEILING}\n\
         ceiling_parameter = \"max_tokens\"\nthinking_inside_ceiling = false\n\
         thinking_control = \"none\"\nsource = \"a guess\"\ndate = \"2026-11-23\"\n"
    );
    sandbox.write("autopack.toml", limit);
    let done = run(&sandbox, &["--model", "small"]);
    insta::assert_snapshot!(done.stderr);
    assert_eq!(done.code, Some(1), "{done}");
    assert_eq!(built(&sandbox), []);
}

#[test]
fn a_reply_that_was_wrong_before_its_cut_is_asked_for_as_a_whole() {
    let (first, tokens) = cut_at_half(&format!("Here you are:\n{}", creates(&ALL[..3])));
    let sandbox = sandbox(&[(&first, tokens), (&creates(&ALL), 200)]);
    let done = run(&sandbox, &["--json"]);
    assert_eq!(done.code, Some(0), "{done}");
    assert_eq!(built(&sandbox), named(&ALL));
    let extents = [
        (json!("whole"), json!("at_ceiling")),
        (json!("whole"), json!(null)),
    ];
    assert_eq!(attempts(&done), extents);
}
