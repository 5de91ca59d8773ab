//! `autopack policy`: the life of versions, from a file to a rollback, and of stages.

mod calibrated;
mod staged;

use serde_json::{Value, json};

use crate::support::{Database, Done, ONE_PHASE, Sandbox};

/// A policy file with another base for documents of low complexity.
const MINE: &str =
    "extends = \"build-142\"\nname = \"mine\"\nsource = \"a trial\"\nbase.docs.low = 3000\n";
/// The version that it becomes.
const MINE_VERSION: &str = "mine+9242d401";

fn sandbox() -> Sandbox {
    Sandbox::with(&[("plan.toml", ONE_PHASE), ("mine.toml", MINE)])
}

fn policy(sandbox: &Sandbox, args: &[&str]) -> Done {
    sandbox.run(&[&["policy"], args].concat())
}

/// A policy command that goes well.
fn made(sandbox: &Sandbox, args: &[&str]) -> Done {
    let done = policy(sandbox, args);
    assert_eq!(done.code, Some(0), "{done}");
    done
}

/// The active version, as `policy list` has it.
fn active(sandbox: &Sandbox) -> String {
    let list = sandbox.json(&["policy", "list", "--json"]);
    let active = list.as_array().unwrap().iter();
    let names: Vec<&Value> = active
        .filter(|line| line["is_active"] == true)
        .map(|line| &line["version"])
        .collect();
    let [name] = names[..] else {
        panic!("one version is active: {list}")
    };
    name.as_str().unwrap().to_owned()
}

/// What is decided for the one phase: its ceiling and the policy.
fn explained(sandbox: &Sandbox, args: &[&str]) -> (Value, Value) {
    let explained = sandbox.json(&[&["explain", "plan.toml", "--json"], args].concat());
    let ceiling = explained["decisions"][0]["actual_max_tokens"].clone();
    (explained["policy"].clone(), ceiling)
}

#[test]
fn without_a_database_there_are_the_policies_of_the_program() {
    let sandbox = sandbox();
    insta::assert_snapshot!(policy(&sandbox, &["list"]), @"
    exit 0
    --- stdout
     version     state    parent   written   from
    ─────────────────────────────────────────────────────
     build-142   active   -        -         the program
     pre-142              -        -         the program
    ");
    insta::assert_snapshot!(policy(&sandbox, &["status"]), @"
    exit 0
    --- stdout
    no stage is running, and `build-142` decides every phase
    ");
    insta::assert_snapshot!(policy(&sandbox, &["promote"]), @"
    exit 1
    --- stderr
    no stage is running: begin one with `autopack policy stage`
    ");
    assert!(
        policy(&sandbox, &["show"])
            .stdout
            .contains("name = \"build-142\"")
    );
    let files = sandbox.files();
    assert!(
        files.contains(&"autopack.db".to_owned()),
        "promote may write: {files:?}"
    );
}

#[test]
fn a_version_lives_from_a_file_to_a_rollback() {
    let sandbox = sandbox();
    insta::assert_snapshot!("apply", policy(&sandbox, &["apply", "mine.toml"]));
    assert_eq!(active(&sandbox), MINE_VERSION);
    insta::assert_snapshot!("apply_again", policy(&sandbox, &["apply", "mine.toml"]));
    // The same content in another form is the same version.
    sandbox.write(
        "same.toml",
        MINE.replace("base.docs.low = 3000", "base = { docs = { low = 3_000 } }"),
    );
    assert!(
        made(&sandbox, &["apply", "same.toml"])
            .stdout
            .contains("is active already")
    );
    sandbox.write("next.toml", MINE.replace("3000", "2800"));
    made(&sandbox, &["apply", "next.toml", "--reason", "lower still"]);
    insta::assert_snapshot!("list", policy(&sandbox, &["list"]));
    insta::assert_snapshot!(
        "diff",
        policy(&sandbox, &["diff", MINE_VERSION, "next.toml"])
    );
    insta::assert_snapshot!("rollback", policy(&sandbox, &["rollback"]));
    made(&sandbox, &["rollback", "--reason", "further"]);
    assert_eq!(active(&sandbox), "build-142");
    insta::assert_snapshot!("rollback_too_far", policy(&sandbox, &["rollback"]));
    made(&sandbox, &["rollback", "--to", MINE_VERSION]);
    made(&sandbox, &["apply", "build-142"]);
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let history = "SELECT kind, version, reason FROM policy_activations ORDER BY activation_id";
    let history = database.table_of(history);
    let lines: Vec<String> = history.iter().map(|row| row.join(" | ")).collect();
    insta::assert_snapshot!("history", lines.join("\n"));
}

#[test]
fn a_version_that_is_shown_can_be_applied_elsewhere() {
    let (here, there) = (sandbox(), Sandbox::new());
    made(&here, &["apply", "mine.toml"]);
    let shown = made(&here, &["show"]).stdout;
    assert!(shown.starts_with("# written "), "{shown}");
    there.write("copy.toml", &shown);
    made(&there, &["apply", "copy.toml"]);
    assert_eq!(active(&there), MINE_VERSION);
    let json = here.json(&["policy", "show", MINE_VERSION, "--json"]);
    assert_eq!(json["version"], MINE_VERSION);
    assert_eq!(json["parent"], "build-142");
    assert_eq!(json["origin"], "the file `mine.toml`");
    assert_eq!(json["document"]["base"]["docs"]["low"], 3000);
    assert_eq!(json["evidence"], Value::Null);
}

#[test]
fn the_active_version_decides_everywhere() {
    let sandbox = sandbox();
    assert_eq!(explained(&sandbox, &[]), (json!("build-142"), json!(4096)));
    made(&sandbox, &["apply", "mine.toml"]);
    // ⌊1.2 × 2600⌋ is above the base.
    let mine = (json!(MINE_VERSION), json!(3120));
    assert_eq!(explained(&sandbox, &[]), mine);
    assert_eq!(explained(&sandbox, &["--policy", "build-142"]).1, 4096);
    assert_eq!(explained(&sandbox, &["--policy", MINE_VERSION]), mine);
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "--provider",
        "openai",
        "--run-id",
        "r",
    ];
    insta::assert_snapshot!(sandbox.run(&run));
    let mut database = Database::open(&sandbox.path("autopack.db"));
    assert_eq!(
        database.calls(&["policy_version", "actual_max_tokens"]),
        [json!({"policy_version": MINE_VERSION, "actual_max_tokens": 3120})]
    );
    let doctor = sandbox.json(&["doctor", "--json"]);
    let settings = doctor["settings"].as_array().unwrap();
    let line = settings
        .iter()
        .find(|line| line["name"] == "policy")
        .unwrap();
    assert_eq!(line["value"], MINE_VERSION);
    assert_eq!(line["from"], "active in the database");

    let question = r#"{"provider": "openai", "model": "gpt-5", "phase": {"phase_id": "guide",
        "task_category": "docs", "complexity": "low", "deliverables": ["docs/guide.md"]}}"#;
    let question = question.replace('\n', " ");
    let decide = |args: &[&str]| {
        let mut command = sandbox.command(&[&["decide"], args].concat());
        Done::from(command.write_stdin(question.as_str()).output().unwrap())
    };
    let answer = decide(&[]).json();
    assert_eq!(answer["actual_max_tokens"], 3120);
    assert_eq!(
        answer["policy"],
        Value::Null,
        "said only where it could be another"
    );
    assert_eq!(
        decide(&["--policy", "build-142"]).json()["actual_max_tokens"],
        4096
    );
    let elsewhere = decide(&["--database", "sqlite:///other.db"]).json();
    assert_eq!(elsewhere["actual_max_tokens"], 4096);
    assert!(
        !sandbox.path("other.db").exists(),
        "deciding makes no database"
    );
}

#[test]
fn a_database_that_cannot_be_read_is_no_reason_to_decide_by_another_policy() {
    let sandbox = sandbox();
    sandbox.write("autopack.db", "dear diary\n".repeat(100));
    let mut command = sandbox.command(&["decide"]);
    insta::assert_snapshot!(Done::from(command.write_stdin("{}").output().unwrap()), @"
    exit 3
    --- stderr
    error: `autopack.db` is not a SQLite database: choose another file: error returned from database: (code: 26) file is not a database; or name the policy that is to decide, such as `--policy build-142`
    ");
    insta::assert_snapshot!(sandbox.run_with(&[("DATABASE_URL", "mysql://x")], &["explain", "plan.toml"]), @"
    exit 2
    --- stderr
    error: the database (environment DATABASE_URL) cannot be used: unknown database scheme `mysql`: allowed is `sqlite`, as in `sqlite:///relative.db`, `sqlite:////absolute.db` and `sqlite:///:memory:`; or name the policy that is to decide, such as `--policy build-142`
    ");
    assert_eq!(explained(&sandbox, &["--policy", "build-142"]).1, 4096);
    let lines = sandbox.run(&["doctor"]).stdout;
    let line = lines
        .lines()
        .find(|line| line.starts_with(" policy "))
        .unwrap();
    insta::assert_snapshot!(line.split_whitespace().collect::<Vec<_>>().join(" "), @"policy not known the database cannot be used");
    insta::assert_snapshot!(policy(&sandbox, &["list"]), @"
    exit 3
    --- stderr
    error: `autopack.db` is not a SQLite database: choose another file: error returned from database: (code: 26) file is not a database
    ");
}

#[test]
fn a_database_of_the_python_autopack_holds_no_policies() {
    let sandbox = sandbox();
    Database::open(&sandbox.path("autopack.db")).execute(
        "CREATE TABLE token_estimation_v2_events (event_id INTEGER PRIMARY KEY, run_id TEXT)",
    );
    assert_eq!(explained(&sandbox, &[]), (json!("build-142"), json!(4096)));
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let sandbox = sandbox();
    sandbox.write("bad.toml", MINE.replace("3000", "-3000"));
    sandbox.write("slip.toml", MINE.replace("docs.low", "docs.lwo"));
    for args in [
        &["apply", "bad.toml"][..],
        &["apply", "slip.toml"],
        &["apply", "no-such"],
        &["show", "no-such"],
        &["diff", "build-142", "no-such"],
        &["rollback", "--to", "no-such"],
    ] {
        let done = policy(&sandbox, args);
        assert_eq!(done.code, Some(2), "{done}");
        insta::assert_snapshot!(format!("refused_{}", args.join("_").replace('-', "")), done);
    }
    assert_eq!(active(&sandbox), "build-142");
}
