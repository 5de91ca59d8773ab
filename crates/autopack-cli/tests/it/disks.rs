//! Disks that are full from the start, fill on the way, or cannot be written.

use serde_json::json;

use crate::support::{Database, Sandbox, on_disk};

/// Six documentation phases.
fn sandbox() -> Sandbox {
    use std::fmt::Write as _;
    let mut plan = String::new();
    for number in 1..=6 {
        write!(
            plan,
            "[[phases]]\nphase_id = \"p{number}\"\ntask_category = \"docs\"\ncomplexity = \"low\"\n\
             deliverables = [\"docs/{number}.md\"]\n"
        )
        .unwrap();
    }
    Sandbox::with(&[("plan.toml", &plan), ("s.toml", "output_tokens = 4000")])
}

const RUN: &str =
    r#""$AUTOPACK" run plan.toml --simulate s.toml --provider openai --jobs 1 --run-id r"#;

/// Nothing more may be written on the disk. Binding is what a namespace of one's own permits.
const READ_ONLY: &str = "mount -o remount,ro,bind disk || exit 99";

#[test]
fn a_full_disk_for_the_database_is_told_before_anything_is_sent() {
    let sandbox = sandbox();
    let script =
        format!("cat /dev/zero > disk/fill 2> fill.log; {RUN} --database sqlite:///disk/x.db");
    let Some(done) = on_disk(&sandbox, "64k", &script) else {
        return;
    };
    insta::assert_snapshot!(done, @"
    exit 3
    --- stderr
    error: the disk of `disk/x.db` is full: make room, or choose a file on another disk: error returned from database: (code: 13) database or disk is full
    ");
    assert!(
        !sandbox.path("autopack-out/openai").exists(),
        "nothing was sent"
    );
}

#[test]
fn a_full_disk_for_replies_is_told_before_anything_is_sent() {
    let sandbox = sandbox();
    let script = format!("cat /dev/zero > disk/fill 2> fill.log; {RUN} --out disk/replies");
    let Some(done) = on_disk(&sandbox, "64k", &script) else {
        return;
    };
    insta::assert_snapshot!(done, @"
    exit 3
    --- stderr
    error: cannot write `disk/replies` (No space left on device (os error 28)): free some space and run it again
    ");
    assert!(!sandbox.path("autopack.db").exists(), "nothing was sent");
}

#[test]
fn a_read_only_disk_for_the_database_is_told_before_anything_is_sent() {
    let sandbox = sandbox();
    let database = "--database sqlite:///disk/x.db";
    let script = format!("{RUN} {database} > first.log 2>&1; {READ_ONLY}; {RUN} {database}");
    let Some(done) = on_disk(&sandbox, "1m", &script) else {
        return;
    };
    insta::assert_snapshot!(done, @"
    exit 3
    --- stderr
    error: cannot write to `disk/x.db`: the file or its folder is read-only; make both writable, or choose another file: error returned from database: (code: 14) unable to open database file
    ");
}

#[test]
fn a_read_only_disk_can_be_reported_on() {
    let sandbox = sandbox();
    let database = "--database sqlite:///disk/x.db";
    let report = format!(r#""$AUTOPACK" report {database} --by run"#);
    let script = format!("{RUN} {database} > first.log 2>&1; {READ_ONLY}; {report}");
    let Some(done) = on_disk(&sandbox, "1m", &script) else {
        return;
    };
    insta::assert_snapshot!(done);
}

#[test]
fn a_read_only_disk_for_replies_is_told_before_anything_is_sent() {
    let sandbox = sandbox();
    let script = format!("{READ_ONLY}; {RUN} --out disk/replies");
    let Some(done) = on_disk(&sandbox, "1m", &script) else {
        return;
    };
    insta::assert_snapshot!(done, @"
    exit 3
    --- stderr
    error: cannot write `disk/replies` (Read-only file system (os error 30)): choose a directory you may write to with --out
    ");
    assert!(!sandbox.path("autopack.db").exists(), "nothing was sent");
}

#[test]
fn a_disk_for_replies_that_fills_ends_the_run_and_keeps_what_is_there() {
    let sandbox = sandbox();
    let Some(done) = on_disk(&sandbox, "64k", &format!("{RUN} --out disk/replies")) else {
        return;
    };
    insta::assert_snapshot!(done);
    let kept = sandbox.files();
    let kept: Vec<&str> = kept
        .iter()
        .filter_map(|name| name.strip_prefix("kept/"))
        .collect();
    assert_eq!(
        kept,
        ["replies/openai/p1.md", "replies/openai/p2.md"],
        "whole or not at all"
    );
    for name in kept {
        let n_words = sandbox
            .read(&format!("kept/{name}"))
            .split_whitespace()
            .count();
        assert_eq!(n_words, 4000, "{name}");
    }
    let mut database = Database::open(&sandbox.path("autopack.db"));
    let rows = database.calls(&["phase_id", "success", "failure", "actual_output_tokens"]);
    let row = |id, success, failure: Option<&str>| json!({"phase_id": id, "success": success, "failure": failure, "actual_output_tokens": 4000});
    let lost = Some("output_not_written");
    assert_eq!(
        rows,
        [row("p1", 1, None), row("p2", 1, None), row("p3", 0, lost)]
    );
}

#[test]
fn a_disk_for_telemetry_that_fills_loses_no_row() {
    let sandbox = sandbox();
    let database = "--database sqlite:///disk/x.db";
    let Some(done) = on_disk(&sandbox, "172k", &format!("{RUN} {database}")) else {
        return;
    };
    assert_eq!(done.code, Some(3), "{done}");
    assert!(
        done.stderr
            .contains("the disk of `disk/x.db` is full: make room"),
        "{done}"
    );
    assert!(
        done.stderr
            .contains("the row is kept in `autopack-out/unrecorded-telemetry.ndjson`"),
        "{done}"
    );
    let mut phases: Vec<String> = Vec::new();
    let mut database = Database::open(&sandbox.path("kept/x.db"));
    for row in database.calls(&["phase_id"]) {
        phases.push(row["phase_id"].as_str().unwrap().to_owned());
    }
    let n_recorded = phases.len();
    assert!(
        (1..6).contains(&n_recorded),
        "some rows went in before the disk was full"
    );
    for line in sandbox
        .read("autopack-out/unrecorded-telemetry.ndjson")
        .lines()
    {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        phases.push(row["phase_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(
        phases,
        ["p1", "p2", "p3", "p4", "p5", "p6"],
        "{n_recorded} in the database"
    );
    for phase_id in phases {
        assert!(
            sandbox
                .path(&format!("autopack-out/openai/{phase_id}.md"))
                .exists()
        );
    }
}
