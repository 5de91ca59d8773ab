//! Providers that cannot be reached, refuse, or answer what is no answer.

use serde_json::json;

use crate::support::{
    Database, Done, NOWHERE, ONE_PHASE, Request, Sandbox, Server, Simulator, http_reply,
};

/// Calls that fail in passing are sent again at once: waiting is tested where it is decided.
const AT_ONCE: &str = "[retries]\nbase_ms = 0\n";

fn sandbox() -> Sandbox {
    Sandbox::with(&[("plan.toml", ONE_PHASE), ("autopack.toml", AT_ONCE)])
}

/// A run of one phase on OpenAI at this address.
fn run(sandbox: &Sandbox, base_url: &str, args: &[&str]) -> Done {
    let variables = [("OPENAI_BASE_URL", base_url), ("OPENAI_API_KEY", "k")];
    let run = ["run", "plan.toml", "--provider", "openai", "--run-id", "r"];
    sandbox.run_with(&variables, &[&run, args].concat())
}

/// What became of the only call, in the database.
fn check_recorded(sandbox: &Sandbox, failure: &str) {
    let mut database = Database::open(&sandbox.path("autopack.db"));
    assert_eq!(
        database.calls(&[
            "success",
            "failure",
            "actual_max_tokens",
            "actual_output_tokens"
        ]),
        [json!({
            "success": 0, "failure": failure,
            "actual_max_tokens": 4096, "actual_output_tokens": null,
        })]
    );
}

/// What is said of a server that answers so: on standard error, after the call was written down.
fn said(answer: impl FnMut(Request) + Send + 'static, failure: &str, args: &[&str]) -> String {
    let sandbox = sandbox();
    let server = Server::start(answer);
    let done = run(&sandbox, &server.base_url(), args);
    assert_eq!(done.code, Some(3), "{done}");
    check_recorded(&sandbox, failure);
    done.stderr
}

/// What is said of a server that answers every call with these bytes.
fn said_of(reply: Vec<u8>, failure: &str) -> String {
    said(move |request| request.reply(&reply), failure, &[])
}

#[test]
fn a_server_that_cannot_be_reached() {
    let sandbox = sandbox();
    insta::assert_snapshot!(run(&sandbox, NOWHERE, &[]));
    check_recorded(&sandbox, "unreachable");
}

#[test]
fn a_failure_in_json() {
    let sandbox = sandbox();
    let server = Server::always(http_reply("401 Unauthorized", "application/json", "{}"));
    let done = run(&sandbox, &server.base_url(), &["--json"]);
    assert_eq!(done.code, Some(3), "{done}");
    let phase = &done.json()["phases"][0];
    assert_eq!(phase["success"], false);
    assert_eq!(phase["failure"], "unauthorized");
    assert!(
        phase["message"]
            .as_str()
            .unwrap()
            .contains("check `OPENAI_API_KEY`")
    );
    assert_eq!(
        phase["actual_output_tokens"],
        json!(null),
        "unknown is not nothing"
    );
}

#[test]
fn a_key_that_is_refused() {
    let sandbox = sandbox();
    let simulator = Simulator::start(&sandbox, &[]);
    let run = [
        "run",
        "plan.toml",
        "--provider",
        "all",
        "--jobs",
        "1",
        "--run-id",
        "r",
    ];
    let done = sandbox.run_with(&simulator.variables("invalid"), &run);
    insta::assert_snapshot!(done);
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let refused = json!({"failure": "unauthorized"});
    assert_eq!(database.calls(&["failure"]), vec![refused; 3]);
}

#[test]
fn a_model_that_nobody_knows() {
    let sandbox = sandbox();
    let done = sandbox.run(&[
        "run",
        "plan.toml",
        "--simulate",
        "--provider",
        "openai",
        "--model",
        "gpt-17",
        "--run-id",
        "r",
    ]);
    insta::assert_snapshot!(done);
}

#[test]
fn answers_that_are_none() {
    let html = "<!doctype html><title>Welcome</title>";
    let found = |media_type, body: &str| http_reply("200 OK", media_type, body);
    insta::assert_snapshot!(said_of(found("text/html", html), "unreadable"), @"guide (openai): openai at `127.0.0.1:[PORT]` sent what is no reply of its API (reply is not readable at line 1 column 1: it is not JSON of this dialect): check the base URL");
    insta::assert_snapshot!(said_of(found("application/json", "{\"choices\": 3}"), "unreadable"), @"guide (openai): openai at `127.0.0.1:[PORT]` sent what is no reply of its API (neither text nor usage nor a stop reason): check the base URL");
    insta::assert_snapshot!(said_of(found("application/json", ""), "unreadable"), @"guide (openai): openai at `127.0.0.1:[PORT]` sent what is no reply of its API (reply is not readable at line 1 column 1: it ends too early): check the base URL");
    insta::assert_snapshot!(said_of(b"garbage\r\n\r\n".to_vec(), "interrupted"), @"guide (openai): the connection to openai at `127.0.0.1:[PORT]` broke (client error (SendRequest): invalid HTTP version parsed): run it again");
}

#[test]
fn refusals_of_servers_that_are_no_providers() {
    let html = "<!doctype html><title>Not here</title>";
    let refused = |status| http_reply(status, "text/html", html);
    insta::assert_snapshot!(said_of(refused("404 Not Found"), "rejected"), @"guide (openai): openai at `127.0.0.1:[PORT]` refused the request (status 404, no reason given): check the model and the base URL");
    insta::assert_snapshot!(said_of(refused("302 Found"), "rejected"), @"guide (openai): openai at `127.0.0.1:[PORT]` refused the request (status 302, no reason given): check the model and the base URL");
    insta::assert_snapshot!(said_of(refused("502 Bad Gateway"), "unavailable"), @"guide (openai): openai at `127.0.0.1:[PORT]` has a fault (status 502, no reason given): run it again later");
}

#[test]
fn a_rate_limit_says_how_long_to_wait() {
    let reply = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 900\r\ncontent-length: 0\r\n\
                  connection: close\r\n\r\n";
    insta::assert_snapshot!(said_of(reply.to_vec(), "rate_limited"), @"guide (openai): openai at `127.0.0.1:[PORT]` limits the rate (status 429, no reason given): wait 900 s");
}

#[test]
fn an_answer_that_breaks_off() {
    let cut = http_reply(
        "200 OK",
        "application/json",
        "{\"choices\": [{\"message\": ",
    );
    let cut = String::from_utf8(cut)
        .unwrap()
        .replace("content-length: 2", "content-length: 9");
    insta::assert_snapshot!(said_of(cut.into_bytes(), "interrupted"), @"guide (openai): the connection to openai at `127.0.0.1:[PORT]` broke (request or response body error: error reading a body from connection: end of file before message length reached): run it again");
    insta::assert_snapshot!(said_of(Vec::new(), "interrupted"), @"guide (openai): the connection to openai at `127.0.0.1:[PORT]` broke (client error (SendRequest): connection closed before message completed): run it again");
}

#[test]
fn a_stream_that_breaks_off() {
    let event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\n";
    let reply = http_reply("200 OK", "text/event-stream", event);
    let said = said(
        move |request| request.reply(&reply),
        "interrupted",
        &["--stream"],
    );
    insta::assert_snapshot!(said, @"guide (openai): the connection to openai at `127.0.0.1:[PORT]` broke (the stream ended without a stop reason): run it again");
}

#[test]
fn a_server_that_never_answers() {
    let sandbox = sandbox();
    sandbox.write("autopack.toml", "[deadlines]\ntotal_s = 1\n");
    let server = Server::start(Request::keep_waiting);
    let done = run(&sandbox, &server.base_url(), &[]);
    assert_eq!(done.code, Some(3), "{done}");
    check_recorded(&sandbox, "timed_out");
    insta::assert_snapshot!(done.stderr, @"guide (openai): openai at `127.0.0.1:[PORT]` did not answer in time (operation timed out): raise the deadline in the settings, or run it again");
}
