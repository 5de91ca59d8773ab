//! `autopack serve`: the gateway as a process of its own. What it does to calls stands in `tests/gateway`.

use crate::support::{Sandbox, Serving, Simulator};

const CALL: &str = r#"{"model": "gpt-5.2", "messages": [{"role": "user", "content": "x"}]}"#;

/// What is said but for the targets, which a test of their own reads.
fn without_targets(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("target of "));
    lines.collect::<Vec<_>>().join("\n")
}

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
    insta::assert_snapshot!(without_targets(&rest), @"
    learned from 3 calls; groups: 1
    rows: 4 recorded = 4 written + 0 refused + 0 dropped + 0 pending
    give your SDK that base URL; stop it with Ctrl-C
    ");
    let (status, rest) = simulator.gateway(&sandbox).interrupt();
    assert_eq!(status.code(), Some(0));
    insta::assert_snapshot!(without_targets(&rest), @"
    learned from 0 calls; groups: 1
    rows: 0 recorded = 0 written + 0 refused + 0 dropped + 0 pending
    goes on with what was learned before
    give your SDK that base URL; stop it with Ctrl-C
    ");
}

#[test]
#[cfg(unix)]
fn what_was_learned_outlives_the_process_that_is_killed() {
    let sandbox = Sandbox::with(&[("scenario.toml", "output_tokens = 7")]);
    let simulator = Simulator::start(&sandbox, &["--scenario", "scenario.toml"]);
    let variables = simulator.variables("sk-not-shown");
    let chat = "POST /v1/chat/completions";
    let ask = |serving: &Serving, n: usize| {
        for _ in 0..n {
            let reply = serving.ask(chat, &["authorization: Bearer k"], CALL);
            assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
        }
        let written = format!("autopack_rows_written_total {n}\n");
        while !serving.ask("GET /metrics", &[], "").contains(&written) {}
    };
    let mut serving = Serving::start(&sandbox, &variables);
    ask(&serving, 3);
    serving.end();
    serving = Serving::start(&sandbox, &variables);
    serving.wait_for("goes on with what was learned before");
    ask(&serving, 2);
    serving.signal("KILL");
    serving = Serving::start(&sandbox, &variables);
    serving.wait_for("goes on with what was learned before, and remembers 2 calls that came since");
    let groups = serving.ask("GET /api/v1/groups", &[], "");
    assert!(groups.contains(r#""n_calls":5"#), "{groups}");
    serving.signal("KILL");
    drop(serving);

    sandbox.write("autopack.toml", "[serve.targets]\nopenai = 0.05\n");
    serving = Serving::start(&sandbox, &variables);
    serving.wait_for("remembers 5 calls");
    let said = serving.end();
    assert!(
        said.contains(
            "what was learned for openai is not gone on with: it was learned for a target of 0.011, \
             and that of the upstream is 0.05; it is learned anew from the rows"
        ),
        "{said}"
    );
}

#[test]
fn each_upstream_has_its_target_and_the_reason_is_said() {
    let sandbox = Sandbox::with(&[(
        "autopack.toml",
        "[serve.targets]\ngemini = 0.05\n\
         [upstreams.mine]\ndialect = \"openai-chat\"\nbase_url = \"https://mine.openai.azure.com/openai/v1\"\n\
         [upstreams.other]\ndialect = \"openai-chat\"\nbase_url = \"http://localhost:9\"\n",
    )]);
    let mut serving = Serving::start(&sandbox, &[]);
    let upstreams = serving.ask("GET /api/v1/upstreams", &[], "");
    for shown in [
        r#""target_truncation":0.002,"why_target":"on anthropic a ceiling costs nothing"#,
        r#""target_truncation":0.05,"why_target":"`serve.targets.gemini` asks for it""#,
        r#""target_truncation":0.011,"why_target":"on azure a ceiling is held"#,
        r#""target_truncation":0.011,"why_target":"on openai a ceiling is held"#,
        r#""target_truncation":0.02,"why_target":"the default, as what a ceiling costs on other is not known""#,
    ] {
        assert!(upstreams.contains(shown), "{upstreams}");
    }
    // What was learned is for that target: another one has to wait.
    sandbox.write("autopack.toml", "[serve.targets]\nopenai = 0.1\n");
    serving.signal("HUP");
    serving.wait_for(
        "the target of openai stays `0.011`, and will be `0.1` when the gateway starts again",
    );
    let upstreams = serving.ask("GET /api/v1/upstreams", &[], "");
    assert!(upstreams.contains(r#""target_truncation":0.011,"why_target":"on openai"#));
    assert!(!upstreams.contains(r#""name":"mine""#), "{upstreams}");
    let said = serving.end();
    let started = said.split("settings read again").next().unwrap_or_default();
    insta::assert_snapshot!(started);
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
    error: serve.target_truncation is `2`: allowed is 0.001 to 0.3
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
    error: settings file `autopack.toml`: line 2, `port = …`: unknown field `port`, expected one of `listen`, `mode`, `target_truncation`, `targets`, `lower_streams`, `keys`, `admin_token_hash`, `admission`, `max_connections`, `shutdown_s`, `upstreams`, `groups`
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
