//! All telemetry as text, and back.

use std::io::Read;
use std::process::Stdio;

use crate::support::{LEGACY, ONE_PHASE, Sandbox};

/// A folder with a database of a simulated run, cut off and escalated.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE), ("s.toml", "output_tokens = 4500")]);
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "s.toml",
        "--provider",
        "openai",
        "--run-id",
        "r",
    ];
    let done = sandbox.run(&run);
    assert_eq!(done.code, Some(0), "{done}");
    sandbox
}

#[test]
fn a_run_goes_round_byte_for_byte() {
    let sandbox = sandbox();
    for (format, said) in [
        ("ndjson", "exported 4 calls and 1 escalations from"),
        ("csv", "exported 4 calls and 0 escalations from"),
    ] {
        let exported = sandbox.run(&["export", "--format", format]);
        assert_eq!(exported.code, Some(0), "{exported}");
        assert!(exported.stderr.contains(said), "{exported}");
        sandbox.write("rows", &exported.stdout);
        let other = format!("--database=sqlite:///{format}.db");
        let imported = sandbox.json(&["import", "rows", "--json", &other]);
        assert_eq!(imported[0]["calls"]["n_new"], 4, "{imported}");
        let again = sandbox.run(&["export", "--format", format, &other]);
        assert_eq!(again.stdout, exported.stdout);
        let known = sandbox.json(&["import", "rows", "--json"]);
        assert_eq!(
            known[0]["calls"]["n_known"], 4,
            "a database knows its own rows"
        );
    }
}

#[test]
fn rows_are_chosen_by_run_and_time() {
    let sandbox = sandbox();
    for (flags, n_rows) in [
        (["--run-id", "r"], 5),
        (["--run-id", "other"], 0),
        (["--since", "1h"], 5),
        (["--since", "2999-01-01"], 0),
    ] {
        let done = sandbox.run(&["export", flags[0], flags[1]]);
        assert_eq!(done.stdout.lines().count(), n_rows, "{done}");
        assert_eq!(done.code, Some(i32::from(n_rows == 0)));
    }
    insta::assert_snapshot!(sandbox.run(&["export", "--since", "yesterday"]), @"
    exit 2
    --- stderr
    error: --since: `yesterday` is no time: allowed are 2026-01-31, 2026-01-31T12:00:00Z, or an age such as 45m, 12h, 7d
    ");
    insta::assert_snapshot!(sandbox.run(&["export", "--format", "xml"]), @"
    exit 2
    --- stderr
    error: invalid value 'xml' for '--format <FORMAT>'
      [possible values: ndjson, csv]

    For more information, try '--help'.
    ");
}

#[test]
fn what_cannot_be_exported_is_told() {
    let sandbox = Sandbox::new();
    insta::assert_snapshot!(sandbox.run(&["export"]), @"
    exit 3
    --- stderr
    error: no database at `autopack.db`: run a plan first
    ");
    sandbox.unpack(LEGACY, "autopack.db");
    insta::assert_snapshot!(sandbox.run(&["export"]), @"
    exit 3
    --- stderr
    error: `autopack.db` was written by the Python Autopack: bring it up to date with `autopack migrate`, or choose another file
    ");
    assert_eq!(sandbox.run(&["migrate", "--no-backup"]).code, Some(0));
    let exported = sandbox.run(&["export"]);
    assert_eq!(exported.stdout.lines().count(), 28);
}

#[test]
fn whoever_has_read_enough_may_leave() {
    let sandbox = Sandbox::new();
    let line = |number: u32| {
        format!(
            "[2025-12-29 19:40:01] INFO: [TOKEN_BUDGET] phase=p complexity=low input={number} output=2/3 total=3 utilization=66.7% model=m\n"
        )
    };
    sandbox.write("run.log", (0..4_000).map(line).collect::<String>());
    assert_eq!(sandbox.run(&["import", "run.log"]).code, Some(0));
    let mut process = sandbox.process(&["export"]);
    let mut child = process
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    output.read_exact(&mut [0; 100]).unwrap();
    drop(output);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
