//! Databases brought up to date: what is said, and that what was brought along is of use.

use serde_json::json;

#[cfg(target_os = "linux")]
use crate::support::on_disk;
use crate::support::{Database, Done, LEGACY, ONE_PHASE, SPLIT, Sandbox};

fn legacy() -> Sandbox {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    sandbox.unpack(LEGACY, "autopack.db");
    sandbox
}

/// Without the steps that every database takes: which there are is told by the schema.
fn shown(done: &Done) -> String {
    let text = done.to_string();
    let is_own = |line: &&str| line.starts_with("  schema ");
    let lines: Vec<&str> = text.lines().filter(|line| !is_own(line)).collect();
    let newest = format!("schema {}", newest());
    lines.join("\n").replace(&newest, "schema [NEWEST]")
}

/// The version of a database that has just been made.
fn newest() -> i64 {
    let sandbox = Sandbox::new();
    let made = sandbox.json(&["migrate", "--json"]);
    made["schema_version"].as_i64().unwrap()
}

#[test]
fn the_real_database_is_of_use_afterwards() {
    let sandbox = legacy();
    insta::assert_snapshot!("refused_before", sandbox.run(&["report"]));
    let would = sandbox.run(&["migrate", "--dry-run"]);
    insta::assert_snapshot!("dry_run", shown(&would));
    assert_eq!(
        sandbox.files(),
        ["autopack.db", "plan.toml"],
        "nothing is made"
    );
    let did = sandbox.run(&["migrate"]);
    insta::assert_snapshot!("did", shown(&did));
    assert_eq!(sandbox.files().len(), 3, "and a copy");
    insta::assert_snapshot!(
        "report_afterwards",
        sandbox.run(&["report", "--by", "category"])
    );
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "--provider",
        "openai",
        "--run-id",
        "r",
    ];
    let run = sandbox.run(&run);
    assert_eq!(run.code, Some(0), "{run}");
    let doctor = sandbox.run(&["doctor"]);
    assert!(
        doctor
            .stdout
            .contains("token_estimation_v2_events: 29 rows"),
        "{doctor}"
    );
    insta::assert_snapshot!("a_second_time", shown(&sandbox.run(&["migrate"])));
}

#[test]
fn the_url_is_understood_as_the_python_autopack_wrote_it() {
    let sandbox = Sandbox::new();
    let absolute = format!("sqlite:///{}", sandbox.path("absolute.db").display());
    std::fs::create_dir(sandbox.path("below")).unwrap();
    for (url, name) in [
        ("sqlite:///relative.db", "relative.db"),
        ("sqlite:///below/relative.db", "below/relative.db"),
        (absolute.as_str(), "absolute.db"),
    ] {
        sandbox.unpack(SPLIT, name);
        let done = sandbox.run_with(&[("DATABASE_URL", url)], &["migrate", "--json"]);
        assert_eq!(done.json()["was"], "python_after_split", "{done}");
        let again = sandbox.json(&["migrate", "--json", "--database", url]);
        assert_eq!(
            (&again["was"], &again["steps"]),
            (&json!("ours"), &json!([]))
        );
    }
    let memory = sandbox.json(&["migrate", "--json", "--database", "sqlite:///:memory:"]);
    assert_eq!(memory["was"], "empty");
    insta::assert_snapshot!(sandbox.run(&["migrate", "--database", "postgresql://localhost/autopack"]), @"
    exit 2
    --- stderr
    error: the database (--database) cannot be used: `postgresql` databases are not supported: this version writes SQLite only, so write a URL such as `sqlite:///autopack.db`
    ");
}

#[test]
fn json_has_every_step() {
    let sandbox = legacy();
    let mut did = sandbox.json(&["migrate", "--json", "--no-backup"]);
    let newest = did["schema_version"].take();
    let steps = did["steps"].as_array_mut().unwrap();
    steps.retain(|step| step["step"] != "advance");
    insta::assert_snapshot!(serde_json::to_string_pretty(&did).unwrap());
    let before = json!({"schema_version": newest, "steps": [], "was": "ours"});
    let again = sandbox.json(&["migrate", "--json"]);
    for (key, value) in before.as_object().unwrap() {
        assert_eq!(&again[key], value, "{key}");
    }
}

#[test]
fn a_database_that_is_held_open_is_left_alone() {
    let sandbox = legacy();
    let before = std::fs::read(sandbox.path("autopack.db")).unwrap();
    let mut writer = Database::open(&sandbox.path("autopack.db"));
    writer.execute("BEGIN IMMEDIATE");
    insta::assert_snapshot!(sandbox.run(&["migrate"]), @"
    exit 3
    --- stderr
    error: `autopack.db` is locked: another program has held it for more than 5s; wait until it is done or close it, or choose another file
    ");
    drop(writer);
    assert_eq!(std::fs::read(sandbox.path("autopack.db")).unwrap(), before);
    assert_eq!(sandbox.files(), ["autopack.db", "plan.toml"], "no copy");
}

#[test]
fn what_is_not_autopacks_is_refused() {
    let sandbox = Sandbox::new();
    let mut database = Database::open(&sandbox.path("autopack.db"));
    database.execute("CREATE TABLE articles (id INTEGER)");
    drop(database);
    insta::assert_snapshot!(sandbox.run(&["migrate"]), @"
    exit 3
    --- stderr
    error: `autopack.db` holds tables that are not Autopack's (`articles`), and is left alone: choose another file
    ");
    sandbox.write("autopack.db", "dear diary\n".repeat(100));
    insta::assert_snapshot!(sandbox.run(&["migrate"]), @"
    exit 3
    --- stderr
    error: `autopack.db` is not a SQLite database: choose another file: error returned from database: (code: 26) file is not a database
    ");
    insta::assert_snapshot!(sandbox.run(&["migrate", "--database", "sqlite:///no/such/x.db"]), @"
    exit 3
    --- stderr
    error: no folder `no/such` for the database `no/such/x.db`: create it, or choose another file
    ");
}

/// Runs `migrate` on a small disk with the database on it and `room` KiB left, and then says what is on the
/// disk and whether the database is what it was.
#[cfg(target_os = "linux")]
fn on_full_disk(room: u32, flags: &str) -> Option<Done> {
    let sandbox = legacy();
    let script = format!(
        r#"cp autopack.db disk/x.db
        head -c $(( $(stat -f -c '%a * %S' disk) - {room} * 1024 )) /dev/zero > disk/fill
        "$AUTOPACK" migrate --database sqlite:///disk/x.db {flags}
        code=$?
        cmp autopack.db disk/x.db && echo unchanged
        ls disk
        sh -c "exit $code""#
    );
    on_disk(&sandbox, "8m", &script)
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_without_room_for_the_copy() {
    let Some(done) = on_full_disk(200, "") else {
        return;
    };
    insta::assert_snapshot!(done, @"
    exit 3
    --- stdout
    unchanged
    fill
    x.db
    --- stderr
    error: no copy of `disk/x.db` could be made at `disk/x.db.backup-[TIME]`, so nothing was changed: make room and see that the folder can be written, or do without a copy (--no-backup): error returned from database: (code: 13) database or disk is full
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_on_the_way() {
    for room in [0, 8, 64, 104] {
        let Some(done) = on_full_disk(room, "--no-backup") else {
            return;
        };
        assert_eq!(done.code, Some(3), "{room} KiB: {done}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(done, @"
            exit 3
            --- stdout
            unchanged
            fill
            x.db
            --- stderr
            error: the disk of `disk/x.db` is full: make room, or choose a file on another disk: error returned from database: (code: 13) database or disk is full
            ");
        }
    }
}
