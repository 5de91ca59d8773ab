//! Upstreams by name: servers of the user's own, and OpenAI by its Responses API.

use std::sync::mpsc;

use serde_json::json;

use crate::support::{Database, ONE_PHASE, Sandbox, Server, Simulator, http_reply};

const CHAT_REPLY: &str = r#"{"choices": [{"index": 0, "message": {"role": "assistant", "content": "Done."},
    "finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}"#;

/// A settings file with these upstreams.
fn settings(base_url: &str, rest: &str) -> String {
    format!("[upstreams.own]\ndialect = \"openai-chat\"\nbase_url = \"{base_url}\"\n{rest}")
}

fn run(sandbox: &Sandbox, variables: &[(&str, &str)]) -> crate::support::Done {
    let args = ["run", "plan.toml", "--provider", "own", "--run-id", "r"];
    sandbox.run_with(variables, &args)
}

#[test]
fn a_server_of_ones_own_gets_what_the_settings_say() {
    let (sender, requests) = mpsc::channel();
    let server = Server::start(move |request| {
        sender.send(request.text.clone()).unwrap();
        request.reply(&http_reply("200 OK", "application/json", CHAT_REPLY));
    });
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    let rest = "model = \"qwen3\"\nauth = \"api-key\"\nkey_variable = \"OWN_KEY\"\n\
                path = \"/deployments/q/chat/completions\"\nquery = \"api-version=2024-10-21\"\n";
    sandbox.write("autopack.toml", settings(&server.base_url(), rest));
    let done = run(&sandbox, &[("OWN_KEY", "secret-1")]);
    assert_eq!(done.code, Some(0), "{done}");

    let request = requests.recv().unwrap();
    let line = "POST /deployments/q/chat/completions?api-version=2024-10-21 HTTP/1.1\r\n";
    assert!(request.starts_with(line), "{request}");
    assert!(request.contains("\r\napi-key: secret-1\r\n"), "{request}");
    assert!(!request.contains("authorization:"), "{request}");
    assert!(
        request.contains("\"max_tokens\":4096"),
        "the oldest name: {request}"
    );
    assert_eq!(sandbox.read("autopack-out/own/guide.md"), "Done.");
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let columns = [
        "provider",
        "upstream",
        "model",
        "wire_parameter",
        "n_http_calls",
    ];
    assert_eq!(
        database.calls(&columns),
        [json!({
            "provider": "openai", "upstream": "own", "model": "qwen3",
            "wire_parameter": "max_tokens", "n_http_calls": 1,
        })]
    );

    let resumed = sandbox.run_with(
        &[("OWN_KEY", "secret-1")],
        &["run", "plan.toml", "--provider", "own", "--resume", "r"],
    );
    assert_eq!(resumed.code, Some(0), "{resumed}");
    assert!(requests.try_recv().is_err(), "it is done already");
}

#[test]
fn a_server_without_a_key_variable_is_asked_without_one() {
    let (sender, requests) = mpsc::channel();
    let server = Server::start(move |request| {
        sender.send(request.text.clone()).unwrap();
        request.reply(&http_reply("200 OK", "application/json", CHAT_REPLY));
    });
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    let with_version = format!("{}/v1", server.base_url());
    sandbox.write(
        "autopack.toml",
        settings(&with_version, "model = \"qwen3\"\n"),
    );
    let done = run(&sandbox, &[("OPENAI_API_KEY", "not-for-you")]);
    assert_eq!(done.code, Some(0), "{done}");
    let request = requests.recv().unwrap();
    assert!(
        request.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(!request.contains("not-for-you"), "{request}");
}

#[test]
fn openai_by_its_responses_api() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    let simulator = Simulator::start(&sandbox, &[]);
    let run = [
        "run",
        "plan.toml",
        "--provider",
        "openai-responses",
        "--run-id",
        "r",
    ];
    for stream in [&[][..], &["--stream"]] {
        let done = sandbox.run_with(&simulator.variables("k"), &[&run, stream].concat());
        assert_eq!(done.code, Some(0), "{done}");
    }
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let columns = [
        "provider",
        "upstream",
        "wire_parameter",
        "actual_max_tokens",
        "success",
    ];
    let row = json!({
        "provider": "openai", "upstream": "openai-responses",
        "wire_parameter": "max_output_tokens", "actual_max_tokens": 4096, "success": 1,
    });
    assert_eq!(database.calls(&columns), vec![row; 2]);
}

#[test]
fn what_is_missing_or_wrong_is_told_before_any_call() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    let told = |rest: &str| {
        sandbox.write("autopack.toml", settings("http://127.0.0.1:9", rest));
        let done = run(&sandbox, &[]);
        assert_eq!(done.code, Some(2), "{done}");
        done.stderr
    };
    insta::assert_snapshot!(told(""), @"error: no model is named for own: add --model, or `model` under [upstreams.own]");
    insta::assert_snapshot!(told("model = \"m\"\nkey_variable = \"OWN_KEY\"\n"), @"
    warning: model `m` of openai is not in the catalogue: a limit of 64000 tokens is assumed; add it under [[models]] in autopack.toml
    error: no key for own: set OWN_KEY, or add --simulate to try it without one
    ");
    insta::assert_snapshot!(told("auth = \"basic\"\n"), @"error: [upstreams.own]: unknown auth `basic`: allowed are `bearer`, `api-key`, `x-api-key` and `x-goog-api-key`");
    insta::assert_snapshot!(told("key = \"sk-secret\"\n"), @"error: settings file `autopack.toml`: line 4, `key = …`: unknown field `key`, expected one of `dialect`, `base_url`, `model`, `key_variable`, `auth`, `path`, `query`, `ceiling_parameter`, `near_limit`");
    insta::assert_snapshot!(told("[upstreams.openai]\ndialect = \"openai-chat\"\nbase_url = \"http://x\"\n[upstreams.Big]\ndialect = \"a\"\nbase_url = \"b\"\n"), @"error: settings file `autopack.toml`: line 7: upstream name `Big` cannot be used: allowed are 1 to 40 lower-case letters, digits, `-`, `_`, `.`, a letter first");
}

#[test]
fn doctor_shows_upstreams_and_their_keys() {
    let sandbox = Sandbox::new();
    let own = settings("http://127.0.0.1:8000/v1", "key_variable = \"OWN_KEY\"\n")
        + "[upstreams.local]\ndialect = \"anthropic-messages\"\nbase_url = \"http://127.0.0.1:9\"\n";
    sandbox.write("autopack.toml", own);
    let report = sandbox
        .run_with(&[("OWN_KEY", "k")], &["doctor", "--json"])
        .json();
    let named = |list: &str, name: &str| {
        let lines = report[list].as_array().unwrap();
        let line = lines.iter().find(|line| line["name"] == name).unwrap();
        line["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        named("settings", "own base URL"),
        "http://127.0.0.1:8000/v1 (openai-chat)"
    );
    assert_eq!(named("keys", "own"), "present");
    assert_eq!(named("keys", "local"), "not asked for");
}
