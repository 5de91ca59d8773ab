//! Values of settings: what they do, and what is said of those that cannot be.

use crate::support::{Done, ONE_PHASE, Sandbox};

fn sandbox() -> Sandbox {
    Sandbox::with(&[("plan.toml", ONE_PHASE)])
}

/// A run under these variables.
fn run(sandbox: &Sandbox, variables: &[(&str, &str)]) -> Done {
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "--provider",
        "openai",
        "--run-id",
        "r",
    ];
    sandbox.run_with(variables, &run)
}

/// What is said of a run under a settings file that cannot be.
fn refused(file: &str) -> Done {
    let sandbox = sandbox();
    sandbox.write("autopack.toml", file);
    let done = run(&sandbox, &[]);
    assert_eq!(
        sandbox.files(),
        ["autopack.toml", "plan.toml"],
        "nothing was begun"
    );
    done
}

#[test]
fn the_base_of_docs_low_can_be_staged() {
    let sandbox = sandbox();
    insta::assert_snapshot!(run(&sandbox, &[("AUTOPACK_DOCS_LOW_BASE", "3584")]));
}

#[test]
fn a_base_that_cannot_be_is_named_with_what_is_allowed() {
    let sandbox = sandbox();
    let with = |value| run(&sandbox, &[("AUTOPACK_DOCS_LOW_BASE", value)]);
    insta::assert_snapshot!(with("0"), @"
    exit 2
    --- stderr
    error: AUTOPACK_DOCS_LOW_BASE: policy key `base.docs.low` is `0`: allowed is a whole number of tokens from 1 to 1048576
    ");
    insta::assert_snapshot!(with("-1"), @"
    exit 2
    --- stderr
    error: AUTOPACK_DOCS_LOW_BASE: policy key `base.docs.low` is `-1`: allowed is a whole number of tokens from 1 to 1048576
    ");
    insta::assert_snapshot!(with("abc"), @"
    exit 2
    --- stderr
    error: AUTOPACK_DOCS_LOW_BASE is `abc`: allowed is a whole number of tokens from 1 to 1048576
    ");
    insta::assert_snapshot!(with("99999999999"), @"
    exit 2
    --- stderr
    error: AUTOPACK_DOCS_LOW_BASE: policy key `base.docs.low` is `99999999999`: allowed is a whole number of tokens from 1 to 1048576
    ");
    insta::assert_snapshot!(with("99999999999999999999"), @"
    exit 2
    --- stderr
    error: AUTOPACK_DOCS_LOW_BASE is `99999999999999999999`: allowed is a whole number of tokens from 1 to 1048576
    ");
}

#[test]
fn telemetry_that_is_turned_off_leaves_no_file() {
    let sandbox = sandbox();
    insta::assert_snapshot!(run(&sandbox, &[("TELEMETRY_DB_ENABLED", "0")]));
    sandbox.write("autopack.toml", "telemetry = false");
    let done = run(&sandbox, &[]);
    assert!(
        done.stderr
            .contains("telemetry is turned off (file autopack.toml)"),
        "{done}"
    );
    let expected = ["autopack-out/openai/guide.md", "autopack.toml", "plan.toml"];
    assert_eq!(sandbox.files(), expected, "no database");
    run(&sandbox, &[("TELEMETRY_DB_ENABLED", "yes")]);
    assert!(
        sandbox.path("autopack.db").exists(),
        "the environment goes before the file"
    );
}

#[test]
fn a_switch_is_a_yes_or_a_no() {
    let sandbox = sandbox();
    insta::assert_snapshot!(run(&sandbox, &[("TELEMETRY_DB_ENABLED", "maybe")]), @"
    exit 2
    --- stderr
    error: TELEMETRY_DB_ENABLED is `maybe`: allowed are 1, true, yes, 0, false, no
    ");
}

#[test]
fn an_unknown_key_is_named() {
    insta::assert_snapshot!(refused("colour = \"red\""), @"
    exit 2
    --- stderr
    error: settings file `autopack.toml`: line 1, `colour = …`: unknown field `colour`, expected one of `database`, `telemetry`, `policy`, `out`, `jobs`, `providers`, `upstreams`, `deadlines`, `retries`, `serve`, `models`
    ");
    insta::assert_snapshot!(refused("[providers.mistral]\nmodel = \"large\""), @"
    exit 2
    --- stderr
    error: settings file `autopack.toml`: line 1: unknown variant `mistral`, expected one of `anthropic`, `openai`, `gemini`
    ");
    insta::assert_snapshot!(refused("[providers.openai]\nkey = \"sk-1\""), @"
    exit 2
    --- stderr
    error: settings file `autopack.toml`: line 2, `key = …`: unknown field `key`, expected one of `base_url`, `model`, `near_limit`
    ");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let sandbox = sandbox();
    insta::assert_snapshot!(sandbox.run(&["--config", "nowhere.toml", "doctor"]), @"
    exit 2
    --- stderr
    error: settings file `nowhere.toml`: it cannot be read: check its path: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(sandbox.run(&["--config", ".", "doctor"]), @"
    exit 2
    --- stderr
    error: settings file `.`: it cannot be read: check its path: Is a directory (os error 21)
    ");
    sandbox.write("latin.toml", b"out = \"\xfc\"");
    insta::assert_snapshot!(sandbox.run(&["--config", "latin.toml", "doctor"]), @"
    exit 2
    --- stderr
    error: settings file `latin.toml`: it is not UTF-8 (byte 7): save it as UTF-8
    ");
    sandbox.write("large.toml", "#".repeat(600 * 1024));
    insta::assert_snapshot!(sandbox.run(&["--config", "large.toml", "doctor"]), @"
    exit 2
    --- stderr
    error: settings file `large.toml`: it has 614400 bytes: at most 524288 are read; split it
    ");
}

#[test]
fn a_value_out_of_range_is_named_with_what_is_allowed() {
    insta::assert_snapshot!(refused("jobs = 0"), @"
    exit 2
    --- stderr
    error: jobs is `0` (file autopack.toml): allowed is 1 to 256
    ");
    insta::assert_snapshot!(refused("jobs = 257"), @"
    exit 2
    --- stderr
    error: jobs is `257` (file autopack.toml): allowed is 1 to 256
    ");
    insta::assert_snapshot!(refused("jobs = -1"), @"
    exit 2
    --- stderr
    error: jobs is `-1` (file autopack.toml): allowed is 1 to 256
    ");
    insta::assert_snapshot!(refused("[deadlines]\ntotal_s = 0"), @"
    exit 2
    --- stderr
    error: deadlines.total_s is `0`: allowed is 1 to 86400 seconds
    ");
    insta::assert_snapshot!(refused("[deadlines]\nidle_s = 86401"), @"
    exit 2
    --- stderr
    error: deadlines.idle_s is `86401`: allowed is 1 to 86400 seconds
    ");
    insta::assert_snapshot!(refused("policy = \"no-such\""), @"
    exit 2
    --- stderr
    error: policy `no-such` is neither `build-142` nor `pre-142` nor a file nor a version in the database: it cannot be read: check its path: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(refused("[[models]]\nid = \"mine\""), @"
    exit 2
    --- stderr
    error: settings file `autopack.toml`: line 1: missing field `provider`
    ");
}

#[test]
fn a_database_url_that_cannot_be_is_named_with_where_it_came_from() {
    let sandbox = sandbox();
    let with = |url| run(&sandbox, &[("DATABASE_URL", url)]);
    insta::assert_snapshot!(with("postgresql://user:hidden@localhost/autopack"), @"
    exit 2
    --- stderr
    error: the database (environment DATABASE_URL) cannot be used: `postgresql` databases are not supported: this version writes SQLite only, so write a URL such as `sqlite:///autopack.db`
    ");
    insta::assert_snapshot!(with("mysql://localhost/autopack"), @"
    exit 2
    --- stderr
    error: the database (environment DATABASE_URL) cannot be used: unknown database scheme `mysql`: allowed is `sqlite`, as in `sqlite:///relative.db`, `sqlite:////absolute.db` and `sqlite:///:memory:`
    ");
    insta::assert_snapshot!(with("telemetry.db"), @"
    exit 2
    --- stderr
    error: the database (environment DATABASE_URL) cannot be used: `telemetry.db` is not a database URL: write `sqlite:///telemetry.db`
    ");
    insta::assert_snapshot!(with("sqlite:///x.db?mode=ro"), @"
    exit 2
    --- stderr
    error: the database (environment DATABASE_URL) cannot be used: `?mode=ro` is not understood: a database URL has no options, so leave them out
    ");
    insta::assert_snapshot!(sandbox.run(&["report", "--database", ""]), @"
    exit 2
    --- stderr
    error: the database (--database) cannot be used: the database URL is empty: write one such as `sqlite:///autopack.db`
    ");
    insta::assert_snapshot!(refused("database = \"telemetry.db\""), @"
    exit 2
    --- stderr
    error: the database (file autopack.toml) cannot be used: `telemetry.db` is not a database URL: write `sqlite:///telemetry.db`
    ");
}

#[test]
fn a_base_url_that_cannot_be_is_named_without_its_secrets() {
    let sandbox = sandbox();
    let with = |url| {
        let variables = [("OPENAI_BASE_URL", url), ("OPENAI_API_KEY", "k")];
        let run = sandbox.run_with(&variables, &["run", "plan.toml", "--provider", "openai"]);
        let doctor = sandbox.run_with(&variables, &["doctor"]);
        assert_eq!(
            run.to_string(),
            doctor.to_string(),
            "doctor sees what a run would"
        );
        run
    };
    insta::assert_snapshot!(with("api.openai.com"), @"
    exit 2
    --- stderr
    error: environment OPENAI_BASE_URL: base URL `api.openai.com` of openai is no address: allowed is an http or https address such as `https://api.openai.com`
    ");
    insta::assert_snapshot!(with("ftp://localhost"), @"
    exit 2
    --- stderr
    error: environment OPENAI_BASE_URL: base URL `ftp://localhost` of openai is not http or https: allowed is an http or https address such as `https://api.openai.com`
    ");
    insta::assert_snapshot!(with("http://localhost:99999"), @"
    exit 2
    --- stderr
    error: environment OPENAI_BASE_URL: base URL `http://localhost:99999` of openai is no address: allowed is an http or https address such as `https://api.openai.com`
    ");
    insta::assert_snapshot!(with("https://user:hidden@localhost/v1"), @"
    exit 2
    --- stderr
    error: environment OPENAI_BASE_URL: base URL `…@localhost/v1` of openai carries credentials: allowed is an http or https address such as `https://api.openai.com`
    ");
    insta::assert_snapshot!(with("https://localhost/v1?key=hidden"), @"
    exit 2
    --- stderr
    error: environment OPENAI_BASE_URL: base URL `https://localhost/v1?…` of openai has a query or a fragment: allowed is an http or https address such as `https://api.openai.com`
    ");
}
