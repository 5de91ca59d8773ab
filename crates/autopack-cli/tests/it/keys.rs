//! Keys never leave: not into words, not into logs, not into files.

use crate::support::{Done, NOWHERE, ONE_PHASE, Sandbox, Server, Simulator, http_reply};

const SECRET: &str = "sk-secret-0123456789";

fn variables<'a>(base_url: &'a str, key: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("ANTHROPIC_BASE_URL", base_url),
        ("OPENAI_BASE_URL", base_url),
        ("GOOGLE_GEMINI_BASE_URL", base_url),
        ("ANTHROPIC_API_KEY", key),
        ("OPENAI_API_KEY", key),
        ("GEMINI_API_KEY", key),
    ]
}

fn run(sandbox: &Sandbox, variables: &[(&str, &str)], args: &[&str]) -> Done {
    let run = ["run", "plan.toml", "--provider", "all"];
    sandbox.run_with(variables, &[&run, args].concat())
}

/// Neither what was said nor any file has the secret in it.
fn check(sandbox: &Sandbox, done: &Done) {
    assert!(!done.stdout.contains("secret"), "{done}");
    assert!(!done.stderr.contains("secret"), "{done}");
    for name in sandbox.files() {
        let bytes = std::fs::read(sandbox.path(&name)).unwrap();
        let found = bytes
            .windows(SECRET.len())
            .any(|window| window == SECRET.as_bytes());
        assert!(!found, "the key is in {name}");
    }
}

#[test]
fn doctor_says_that_a_key_is_there_and_no_more() {
    let sandbox = Sandbox::new();
    let done = sandbox.run_with(
        &[("ANTHROPIC_API_KEY", SECRET), ("GOOGLE_API_KEY", SECRET)],
        &["doctor"],
    );
    assert!(
        done.stdout
            .contains(" anthropic   present   environment ANTHROPIC_API_KEY"),
        "{done}"
    );
    assert!(
        done.stdout
            .contains(" gemini      present   environment GOOGLE_API_KEY"),
        "{done}"
    );
    assert!(
        done.stdout
            .contains(" openai      missing   set OPENAI_API_KEY"),
        "{done}"
    );
    check(&sandbox, &done);
}

#[test]
fn a_server_that_cannot_be_reached_brings_no_key_to_light() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    let done = run(&sandbox, &variables(NOWHERE, SECRET), &[]);
    assert_eq!(done.code, Some(3), "{done}");
    check(&sandbox, &done);
}

#[test]
fn a_run_that_goes_well_and_logs_all_it_can_brings_no_key_to_light() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    let simulator = Simulator::start(&sandbox, &[]);
    let variables = variables(simulator.base_url(), SECRET);
    let variables = [&variables[..], &[("AUTOPACK_LOG", "trace")]].concat();
    for args in [&[][..], &["--stream"]] {
        let done = run(&sandbox, &variables, args);
        assert_eq!(done.code, Some(0), "{done}");
        assert!(done.stderr.contains("TRACE"), "the log is on: {done}");
        check(&sandbox, &done);
    }
    assert!(sandbox.files().contains(&"autopack.db".to_owned()));
}

#[test]
fn a_server_that_repeats_the_key_is_not_repeated() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    let error = format!(r#"{{"error": {{"type": "e", "message": "bad {SECRET}, {SECRET}"}}}}"#);
    for status in [
        "400 Bad Request",
        "401 Unauthorized",
        "500 Internal Server Error",
    ] {
        let server = Server::always(http_reply(status, "application/json", &error));
        let done = run(&sandbox, &variables(&server.base_url(), SECRET), &[]);
        assert_eq!(done.code, Some(3), "{done}");
        check(&sandbox, &done);
    }
}

#[test]
fn what_can_be_no_key_is_not_repeated() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    let variables = [("OPENAI_API_KEY", "sk secret")];
    let done = sandbox.run_with(&variables, &["run", "plan.toml", "--provider", "openai"]);
    insta::assert_snapshot!(done, @"
    exit 2
    --- stderr
    error: environment OPENAI_API_KEY: the key has a character that no key has (a line end, a blank or a letter outside ASCII): copy it again
    ");
    insta::assert_snapshot!(sandbox.run_with(&variables, &["doctor"]), @"
    exit 2
    --- stderr
    error: environment OPENAI_API_KEY: the key has a character that no key has (a line end, a blank or a letter outside ASCII): copy it again
    ");
}
