//! The gateway as a command: keys, settings read again, what it says of itself.

use crate::support::{Done, Sandbox, Serving, Simulator};

/// The key of a client, and the key of the provider behind.
const THEIRS: &str = "apk-secret-of-a-client-0123456789";
const OURS: &str = "sk-secret-of-the-gateway-9876543210";

const CHAT: &str = "POST /v1/chat/completions";
const BODY: &str = r#"{"model":"gpt-5","messages":[{"role":"user","content":"secret plans"}]}"#;

fn hash(sandbox: &Sandbox, key: &str) -> String {
    let mut command = sandbox.command(&["serve", "--hash-key"]);
    let done = Done::from(command.write_stdin(format!("{key}\n")).output().unwrap());
    assert_eq!(done.code, Some(0), "{done}");
    done.stdout.trim_end().to_owned()
}

#[test]
fn a_drawn_key_has_the_hash_that_is_printed_beside_it() {
    let sandbox = Sandbox::new();
    let drawn = || {
        let done = sandbox.run(&["serve", "--new-key"]);
        assert_eq!(done.code, Some(0), "{done}");
        let mut lines = done.stdout.lines();
        let mut after = |word: &str| {
            let line = lines.next().expect("two lines");
            line.strip_prefix(word).expect(line).trim().to_owned()
        };
        (after("key"), after("hash"))
    };
    let (key, printed) = drawn();
    assert_eq!(hash(&sandbox, &key), printed);
    assert_ne!(drawn().0, key);
    let mut command = sandbox.command(&["serve", "--hash-key"]);
    let short = Done::from(command.write_stdin("hunter2").output().unwrap());
    insta::assert_snapshot!(short);
}

#[test]
fn secrets_get_into_no_log_no_row_no_error_and_no_count() {
    let sandbox = Sandbox::new();
    let behind = Simulator::start(&sandbox, &[]);
    let settings = format!(
        "[[serve.keys]]\nname = \"docs\"\nhash = \"{}\"\nmodels = [\"gpt-5\"]\n",
        hash(&sandbox, THEIRS)
    );
    sandbox.write("autopack.toml", settings);
    let mut variables = behind.variables(OURS).to_vec();
    variables.push(("AUTOPACK_LOG", "trace"));
    let serving = Serving::start(&sandbox, &variables);
    let bearer = format!("authorization: Bearer {THEIRS}");
    let good = serving.ask(CHAT, &[&bearer], BODY);
    assert!(good.starts_with("HTTP/1.1 200"), "{good}");
    let wrong = serving.ask(CHAT, &["authorization: Bearer wrong-secret-key"], BODY);
    assert!(wrong.starts_with("HTTP/1.1 401"), "{wrong}");
    let closed = serving.ask(CHAT, &[&bearer], &BODY.replace("gpt-5", "gpt-secret"));
    assert!(closed.starts_with("HTTP/1.1 403"), "{closed}");
    let gemini = format!("POST /v1beta/models/gpt-5:generateContent?key={THEIRS}");
    let queried = serving.ask(&gemini, &[], "{}");
    let metrics = serving.ask("GET /metrics", &[], "");
    assert!(metrics.contains("autopack_attempts_total"), "{metrics}");
    let log = serving.end();
    assert!(log.contains("DEBUG") || log.contains("TRACE"), "{log}");
    for text in [good, wrong, closed, queried, metrics, log] {
        assert!(!text.contains("secret"), "{text}");
    }
    for name in sandbox.files() {
        let bytes = std::fs::read(sandbox.path(&name)).unwrap();
        let has_secret = bytes.windows(6).any(|window| window == b"secret");
        assert!(!has_secret, "there is a secret in {name}");
    }
}

/// Puts other settings in the place of the old ones, at once.
fn replace(sandbox: &Sandbox, text: &str) {
    sandbox.write("new.toml", text);
    std::fs::rename(sandbox.path("new.toml"), sandbox.path("autopack.toml")).unwrap();
}

#[test]
fn settings_are_read_again_and_bad_ones_change_nothing() {
    let sandbox = Sandbox::new();
    let behind = Simulator::start(&sandbox, &[]);
    sandbox.write("autopack.toml", "[serve]\nmode = \"observe\"\n");
    let variables = behind.variables("sk-not-shown");
    let mut serving = Serving::start(&sandbox, &variables);
    let mode = |serving: &Serving| {
        let reply = serving.ask(CHAT, &["authorization: Bearer sk"], BODY);
        let line = reply.lines().find(|line| line.contains("x-autopack-mode"));
        line.expect(&reply).trim_end().to_owned()
    };
    assert_eq!(mode(&serving), "x-autopack-mode: observe");

    // As an editor does it: nobody tells the gateway.
    replace(&sandbox, "[serve]\nmode = \"tighten\"\nshutdown_s = 7\n");
    serving.wait_for("settings read again");
    serving.wait_for("serve.shutdown_s stays");
    assert_eq!(mode(&serving), "x-autopack-mode: tighten");

    replace(&sandbox, "[serve]\nmode = \"tighten\"\nlower_streams = 3\n");
    serving.wait_for("stays as it was");
    replace(&sandbox, "[serve]\nmode = \"loose\"\n");
    serving.wait_for("`loose`");
    assert_eq!(mode(&serving), "x-autopack-mode: tighten");

    replace(&sandbox, "[serve]\nmode = \"fill\"\n");
    serving.signal("HUP");
    serving.wait_for("settings read again");
    assert_eq!(mode(&serving), "x-autopack-mode: fill");
    insta::assert_snapshot!(serving.stderr);
    let metrics = serving.ask("GET /metrics", &[], "");
    for line in [
        "autopack_reloads_total{outcome=\"refused\"} 2",
        "autopack_reloads_total{outcome=\"taken\"}",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
}

#[test]
fn keys_that_cannot_be_are_told_with_their_place_and_without_their_text() {
    let sandbox = Sandbox::new();
    let good = hash(&sandbox, THEIRS);
    let key = |name: &str, rest: &str| format!("[[serve.keys]]\nname = \"{name}\"\n{rest}\n");
    let hashed = format!("hash = \"{good}\"");
    let mut said = String::new();
    for text in [
        "[serve]\nkeys = \"sk-secret\"".to_owned(),
        "[serve]\nkeys = 5".to_owned(),
        key("a", "hash = \"sk-secret\""),
        key("a", ""),
        key("", &hashed),
        key("a", &format!("{hashed}\nmodels = []")),
        key("a", &format!("{hashed}\nupstreams = [\"nobody\"]")),
        key("a", &format!("{hashed}\nmode = \"loose\"")),
        key("a", &hashed) + &key("b", &hashed),
        key("a", &format!("{hashed}\nsecret = \"sk-secret\"")),
    ] {
        sandbox.write("autopack.toml", &text);
        let done = sandbox.run(&["serve"]);
        assert_eq!(done.code, Some(2), "{done}");
        assert!(!done.stderr.contains("sk-secret"), "{done}");
        said.push_str(&done.stderr);
    }
    insta::assert_snapshot!(said);
}

#[test]
fn admission_that_cannot_be_is_told_with_its_place() {
    let sandbox = Sandbox::new();
    let mut said = String::new();
    for text in [
        "[serve.admission.nobody]\ntokens_per_minute = 5",
        "[serve.admission.openai]",
        "[serve.admission.openai]\ntokens_per_minute = 0",
        "[serve.admission.openai]\nrequests_per_minute = 5\nwait_s = 601",
        "[serve.admission.openai]\nrequests_per_minute = 5\ncounts = \"all\"",
        "[serve.admission.openai]\nper_hour = 5",
    ] {
        sandbox.write("autopack.toml", text);
        let done = sandbox.run(&["serve"]);
        assert_eq!(done.code, Some(2), "{done}");
        said.push_str(&done.stderr);
    }
    insta::assert_snapshot!(said);
}

#[test]
fn the_api_is_closed_where_others_can_reach_it_until_it_has_a_token() {
    let sandbox = Sandbox::new();
    let behind = Simulator::start(&sandbox, &[]);
    let variables = behind.variables("sk-not-shown");
    let serving = Serving::at("0.0.0.0:0", &sandbox, &variables);
    let status = |serving: &Serving, headers: &[&str]| {
        let reply = serving.ask("GET /api/v1/status", headers, "");
        reply.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(status(&serving, &[]), "HTTP/1.1 403 Forbidden");
    assert!(serving.ask("GET /readyz", &[], "").ends_with("ready\n"));
    serving.end();
    let settings = format!(
        "[serve]\nadmin_token_hash = \"{}\"\n",
        hash(&sandbox, THEIRS)
    );
    sandbox.write("autopack.toml", settings);
    let serving = Serving::at("0.0.0.0:0", &sandbox, &variables);
    let bearer = format!("authorization: Bearer {THEIRS}");
    assert_eq!(status(&serving, &[]), "HTTP/1.1 401 Unauthorized");
    assert_eq!(status(&serving, &[&bearer]), "HTTP/1.1 200 OK");
    let reload = serving.ask("POST /api/v1/reload", &[&bearer], "");
    assert!(reload.ends_with(r#"{"needs_restart":[]}"#), "{reload}");
}
