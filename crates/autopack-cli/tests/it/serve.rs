//! `autopack serve`: the gateway as a process of its own. What it does to calls stands in `tests/gateway`.

use crate::support::{Sandbox, Simulator};

const CALL: &str = r#"{"model": "gpt-5.2", "messages": [{"role": "user", "content": "x"}]}"#;

#[test]
#[cfg(unix)]
fn it_answers_and_writes_every_row_before_it_ends() {
    let sandbox = Sandbox::with(&[("scenario.toml", "output_tokens = 7")]);
    let simulator = Simulator::start(&sandbox, &["--scenario", "scenario.toml"]);
    let gateway = simulator.gateway(&sandbox);
    insta::assert_snapshot!(gateway.greeting, @"gateway listening on http://127.0.0.1:[PORT]");
    for _ in 0..3 {
        let reply = gateway.post("/v1/chat/completions", &["authorization: Bearer k"], CALL);
        assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
        assert!(reply.contains("x-autopack-decision: learning"), "{reply}");
    }
    let refused = gateway.post(
        "/v1/chat/completions",
        &["authorization: Bearer invalid"],
        CALL,
    );
    assert!(
        refused.starts_with("HTTP/1.1 401"),
        "the client's own key counts: {refused}"
    );
    let (status, rest) = gateway.interrupt();
    assert_eq!(status.code(), Some(0));
    insta::assert_snapshot!(rest, @"
    learned from 3 calls; groups: 1
    rows: 4 recorded = 4 written + 0 refused + 0 dropped + 0 pending
    give your SDK that base URL; stop it with Ctrl-C
    ");
    let (status, rest) = simulator.gateway(&sandbox).interrupt();
    assert_eq!(status.code(), Some(0));
    insta::assert_snapshot!(rest, @"
    learned from 3 calls; groups: 1
    rows: 0 recorded = 0 written + 0 refused + 0 dropped + 0 pending
    remembers 3 calls of the database
    give your SDK that base URL; stop it with Ctrl-C
    ");
}

#[test]
fn keys_of_the_environment_are_shown_where_the_settings_say_so() {
    let settings = "[serve]\nkeys = \"gateway\"\n";
    let sandbox = Sandbox::with(&[("autopack.toml", settings)]);
    let simulator = Simulator::start(&sandbox, &[]);
    let gateway = simulator.gateway(&sandbox);
    let reply = gateway.post(
        "/v1/chat/completions",
        &["authorization: Bearer invalid"],
        CALL,
    );
    assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
}

#[test]
fn an_address_that_is_taken_is_named_with_the_way_out() {
    let sandbox = Sandbox::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let done = sandbox.run(&["serve", "--listen", &address]);
    let words = done.to_string().replace(&address, "[ADDRESS]");
    insta::assert_snapshot!(words, @"
    exit 3
    --- stderr
    error: cannot listen on `[ADDRESS]` (--listen): choose another address with --listen: Address already in use (os error 98)
    ");
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let refused = |settings: &str| {
        let sandbox = Sandbox::with(&[("autopack.toml", settings)]);
        sandbox.run(&["serve"])
    };
    insta::assert_snapshot!(refused("[serve]\nmode = \"loose\""), @"
    exit 2
    --- stderr
    error: [serve] mode: unknown mode `loose`: allowed are `observe`, `fill` and `tighten`
    ");
    insta::assert_snapshot!(refused("[serve]\nlisten = \"here\""), @"
    exit 2
    --- stderr
    error: listen is `here` (file autopack.toml): allowed is an address with a port, such as `127.0.0.1:[PORT]`
    ");
    insta::assert_snapshot!(refused("[serve]\ntarget_truncation = 2.0"), @"
    exit 2
    --- stderr
    error: [serve]: target_truncation is `2`: allowed is 0.001 to 0.3
    ");
    insta::assert_snapshot!(refused("[serve]\nkeys = \"all\""), @"
    exit 2
    --- stderr
    error: settings file `autopack.toml`: line 2, `keys = …`: unknown word: allowed are `client` (each client's own), `gateway` (those of the environment), or tables [[serve.keys]]
    ");
    insta::assert_snapshot!(refused("[serve]\nmax_connections = 0"), @"
    exit 2
    --- stderr
    error: serve.max_connections is `0`: allowed is 1 to 32768 connections
    ");
    insta::assert_snapshot!(refused("[serve]\nport = 1"), @"
    exit 2
    --- stderr
    error: settings file `autopack.toml`: line 2, `port = …`: unknown field `port`, expected one of `listen`, `mode`, `target_truncation`, `lower_streams`, `keys`, `admin_token_hash`, `admission`, `max_connections`, `shutdown_s`, `upstreams`, `groups`
    ");
    insta::assert_snapshot!(refused("[serve.upstreams]\nnobody = \"fill\""), @"
    exit 2
    --- stderr
    error: [serve.upstreams] `nobody` is no upstream: allowed are `anthropic`, `gemini`, `openai`
    ");
    insta::assert_snapshot!(refused("[serve.groups]\ntitles = \"most\""), @"
    exit 2
    --- stderr
    error: [serve.groups] titles: unknown mode `most`: allowed are `observe`, `fill` and `tighten`
    ");
}

#[test]
fn a_gateway_before_itself_is_refused() {
    let sandbox = Sandbox::new();
    let variables = [("OPENAI_BASE_URL", "http://localhost:8484/v1")];
    insta::assert_snapshot!(sandbox.run_with(&variables, &["serve"]), @"
    exit 2
    --- stderr
    error: the base URL of openai is `localhost:8484`, where the gateway itself listens: unset it here, and set it for clients only
    ");
}
