//! `autopack sim`: the simulator as a process of its own.

use serde_json::Value;

use crate::support::{Sandbox, Simulator};

/// The body of a reply, which ends with its connection.
fn body(reply: &str) -> &str {
    reply.split_once("\r\n\r\n").unwrap().1
}

fn json(reply: &str) -> Value {
    assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
    serde_json::from_str(body(reply)).unwrap()
}

#[test]
#[cfg(unix)]
fn it_says_where_it_listens_and_ends_when_interrupted() {
    let sandbox = Sandbox::new();
    let simulator = Simulator::start(&sandbox, &[]);
    insta::assert_snapshot!(simulator.greeting, @"simulator listening on http://127.0.0.1:[PORT]");
    let (status, rest) = simulator.interrupt();
    assert_eq!(status.code(), Some(0));
    insta::assert_snapshot!(rest, @"stop it with Ctrl-C; any key but `invalid` is accepted");
}

#[test]
fn anthropic_messages_are_answered() {
    let sandbox = Sandbox::with(&[("scenario.toml", "output_tokens = 7")]);
    let simulator = Simulator::start(&sandbox, &["--scenario", "scenario.toml"]);
    let request = r#"{"model": "claude-sonnet-5", "max_tokens": 5,
                      "messages": [{"role": "user", "content": "Say something."}]}"#;
    let headers = ["x-api-key: k", "anthropic-version: 2023-06-01"];
    let reply = json(&simulator.post("/v1/messages", &headers, request));
    assert_eq!(reply["stop_reason"], "max_tokens");
    assert_eq!(reply["usage"]["output_tokens"], 5);
}

#[test]
fn openai_completions_are_answered() {
    let sandbox = Sandbox::with(&[("scenario.toml", "output_tokens = 7")]);
    let simulator = Simulator::start(&sandbox, &["--scenario", "scenario.toml"]);
    let request = r#"{"model": "gpt-5.2", "max_completion_tokens": 50,
                      "messages": [{"role": "user", "content": "Say something."}]}"#;
    let headers = ["authorization: Bearer k"];
    let reply = json(&simulator.post("/v1/chat/completions", &headers, request));
    assert_eq!(reply["choices"][0]["finish_reason"], "stop");
    assert_eq!(reply["usage"]["completion_tokens"], 7);
}

#[test]
fn gemini_contents_are_generated_whole_and_streamed() {
    let sandbox = Sandbox::with(&[("scenario.toml", "[phases.guide]\noutput_tokens = [3, 7]")]);
    let simulator = Simulator::start(&sandbox, &["--scenario", "scenario.toml"]);
    let request = r#"{"contents": [{"role": "user", "parts": [{"text": "Say something."}]}],
                      "generationConfig": {"maxOutputTokens": 50}}"#;
    let headers = [
        "x-goog-api-key: k",
        "x-autopack-phase: guide",
        "x-autopack-attempt: 2",
    ];
    let path = "/v1beta/models/gemini-2.5-pro";
    let reply = json(&simulator.post(&format!("{path}:generateContent"), &headers, request));
    assert_eq!(reply["candidates"][0]["finishReason"], "STOP");
    assert_eq!(reply["usageMetadata"]["candidatesTokenCount"], 7);
    let streamed = format!("{path}:streamGenerateContent?alt=sse");
    let reply = simulator.post(&streamed, &headers, request);
    assert!(reply.contains("content-type: text/event-stream"), "{reply}");
    assert!(reply.contains(r#""finishReason":"STOP""#), "{reply}");
}

#[test]
fn a_wrong_key_is_refused() {
    let sandbox = Sandbox::new();
    let simulator = Simulator::start(&sandbox, &[]);
    let reply = simulator.post("/v1/messages", &["x-api-key: invalid"], "{}");
    assert!(reply.starts_with("HTTP/1.1 401 Unauthorized"), "{reply}");
}

#[test]
fn the_seed_changes_what_is_said_and_nothing_else_does() {
    let sandbox = Sandbox::new();
    let said = |seed| {
        let simulator = Simulator::start(&sandbox, &["--seed", seed]);
        let request = r#"{"model": "gpt-5.2", "messages": [{"role": "user", "content": "x"}]}"#;
        let reply = simulator.post(
            "/v1/chat/completions",
            &["authorization: Bearer k"],
            request,
        );
        json(&reply)
    };
    assert_eq!(said("1"), said("1"));
    assert_ne!(said("1"), said("2"));
}

#[test]
fn a_port_that_is_taken_is_named_with_the_way_out() {
    let sandbox = Sandbox::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let done = sandbox.run(&["sim", "--port", &port]);
    let words = done.to_string().replace(&port, "[PORT]");
    insta::assert_snapshot!(words, @"
    exit 3
    --- stderr
    error: port [PORT] of 127.0.0.1 cannot be used: choose another with --port: Address already in use (os error 98)
    ");
}

#[test]
fn what_can_be_no_port_or_scenario_is_refused() {
    let sandbox = Sandbox::with(&[("scenario.toml", "output_tokens = -3")]);
    insta::assert_snapshot!(sandbox.run(&["sim", "--port", "70000"]), @"
    exit 2
    --- stderr
    error: invalid value '70000' for '--port <PORT>': 70000 is not in 0..=65535

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(sandbox.run(&["sim", "--scenario", "scenario.toml"]), @"
    exit 2
    --- stderr
    error: scenario `scenario.toml`: scenario key `output_tokens` is `-3`: allowed is a number of tokens from 0 to 10485760, or a list of such, one for each attempt
    ");
    insta::assert_snapshot!(sandbox.run(&["sim", "--scenario", "nowhere.toml"]), @"
    exit 2
    --- stderr
    error: scenario `nowhere.toml`: it cannot be read: check its path: No such file or directory (os error 2)
    ");
}
