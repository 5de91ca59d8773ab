//! Databases that cannot be written: locked, somebody else's, no database at all.

use crate::support::{Database, Done, ONE_PHASE, Sandbox};

fn run(sandbox: &Sandbox, args: &[&str]) -> Done {
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "--provider",
        "openai",
        "--run-id",
        "r",
    ];
    sandbox.run(&[&run, args].concat())
}

/// What a run says of a database that is left alone, byte for byte; `report` says the same.
fn refused(make: impl FnOnce(&Sandbox)) -> Done {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    make(&sandbox);
    let before = std::fs::read(sandbox.path("autopack.db")).unwrap();
    let done = run(&sandbox, &[]);
    assert_eq!(std::fs::read(sandbox.path("autopack.db")).unwrap(), before);
    assert_eq!(
        sandbox.files(),
        ["autopack.db", "plan.toml"],
        "nothing was sent"
    );
    assert_eq!(sandbox.run(&["report"]).to_string(), done.to_string());
    done
}

#[test]
fn a_database_of_another_program() {
    let done = refused(|sandbox| {
        let mut database = Database::open(&sandbox.path("autopack.db"));
        for table in ["articles", "orders", "users", "visits"] {
            database.execute(&format!("CREATE TABLE {table} (id INTEGER)"));
        }
    });
    insta::assert_snapshot!(done, @"
    exit 3
    --- stderr
    error: `autopack.db` holds tables that are not Autopack's (`articles`, `orders`, `users` and 1 more), and is left alone: choose another file
    ");
}

#[test]
fn a_database_of_the_python_autopack() {
    let done = refused(|sandbox| {
        let mut database = Database::open(&sandbox.path("autopack.db"));
        database.execute(
            "CREATE TABLE token_estimation_v2_events (event_id INTEGER PRIMARY KEY, run_id TEXT)",
        );
    });
    insta::assert_snapshot!(done, @"
    exit 3
    --- stderr
    error: `autopack.db` was written by the Python Autopack: bring it up to date with `autopack migrate`, or choose another file
    ");
}

#[test]
fn a_text_in_place_of_a_database() {
    let done = refused(|sandbox| sandbox.write("autopack.db", "dear diary\n".repeat(100)));
    insta::assert_snapshot!(done, @"
    exit 3
    --- stderr
    error: `autopack.db` is not a SQLite database: choose another file: error returned from database: (code: 26) file is not a database
    ");
}

#[test]
fn a_database_of_a_later_version() {
    let done = refused(|sandbox| {
        run(sandbox, &[]);
        let mut database = Database::open(&sandbox.path("autopack.db"));
        database.execute(
            "PRAGMA journal_mode = DELETE; \
             INSERT INTO _sqlx_migrations VALUES (999, 'later', 0, TRUE, x'00', 0)",
        );
        std::fs::remove_dir_all(sandbox.path("autopack-out")).unwrap();
    });
    insta::assert_snapshot!(done, @"
    exit 3
    --- stderr
    error: `autopack.db` has schema version 999, and this program knows versions up to [N]: use a newer autopack, or choose another file
    ");
}

#[test]
fn a_folder_that_is_missing_or_in_the_way() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    insta::assert_snapshot!(run(&sandbox, &["--database", "sqlite:///no/such/x.db"]), @"
    exit 3
    --- stderr
    error: no folder `no/such` for the database `no/such/x.db`: create it, or choose another file
    ");
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    insta::assert_snapshot!(run(&sandbox, &["--database", "sqlite:///folder"]), @"
    exit 3
    --- stderr
    error: `folder` is a folder, not a database: choose a file
    ");
    assert_eq!(sandbox.files(), ["plan.toml"], "nothing was sent");
}

#[test]
fn a_database_that_another_program_locks() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    assert_eq!(run(&sandbox, &[]).code, Some(0));
    std::fs::remove_dir_all(sandbox.path("autopack-out")).unwrap();
    let mut other = Database::open(&sandbox.path("autopack.db"));
    other.execute("BEGIN EXCLUSIVE");
    insta::assert_snapshot!(run(&sandbox, &[]), @"
    exit 3
    --- stderr
    error: `autopack.db` is locked: another program has held it for more than 5s; wait until it is done or close it, or choose another file
    ");
    assert!(
        !sandbox.path("autopack-out/openai").exists(),
        "nothing was sent"
    );
    assert_eq!(sandbox.run(&["report"]).code, Some(0), "reading goes on");
    drop(other);
    assert_eq!(run(&sandbox, &[]).code, Some(0), "free again");
}

#[test]
fn memory_keeps_nothing_and_needs_no_file() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    let done = run(&sandbox, &["--database", "sqlite:///:memory:"]);
    assert_eq!(done.code, Some(0), "{done}");
    assert_eq!(
        sandbox.files(),
        ["autopack-out/openai/guide.md", "plan.toml"]
    );
}
