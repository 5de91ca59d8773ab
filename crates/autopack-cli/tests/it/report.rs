//! `autopack report`: what telemetry says, group by group and section by section.

mod comparison;
mod overview;
mod picture;
mod timeline;

use autopack_store::{DatabaseUrl, OpenMode, Store};

use crate::support::{Database, Done, ONE_PHASE, Sandbox};

/// One documentation phase that fits, one that is cut off twice, one of code.
const PLAN: &str = r#"
[[phases]]
phase_id = "guide"
task_category = "docs"
complexity = "low"
deliverables = ["docs/guide.md"]

[[phases]]
phase_id = "manual"
task_category = "docs"
complexity = "low"
deliverables = ["docs/manual.md"]

[[phases]]
phase_id = "parser"
task_category = "implementation"
complexity = "high"
deliverables = ["src/parser.rs", "src/parser/tests.rs"]
"#;

const SCENARIO: &str = "
output_tokens = 1000
[phases.manual]
output_tokens = 9000
";

/// Telemetry of two runs under two policies, and of a call that was refused.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&[
        ("plan.toml", PLAN),
        ("scenario.toml", SCENARIO),
        ("one.toml", ONE_PHASE),
    ]);
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "scenario.toml",
        "--run-id",
    ];
    sandbox.run(
        &[
            &run[..],
            &["first", "--policy", "pre-142", "--provider", "openai"],
        ]
        .concat(),
    );
    sandbox.run(&[&run[..], &["second, \"new\""]].concat());
    let refused = ["run", "one.toml", "--simulate", "--run-id", "third"];
    let model = ["--provider", "openai", "--model", "gpt-17"];
    sandbox.run(&[&refused[..], &model].concat());
    sandbox
}

/// The same, on days of their own.
fn dated_sandbox() -> Sandbox {
    let sandbox = sandbox();
    let mut database = Database::open(&sandbox.path("autopack.db"));
    for (run, time) in [
        ("first", "2026-01-05 08:00:00.000000"),
        ("second, \"new\"", "2026-01-06 09:30:00.000000"),
        ("third", "2026-01-14 10:00:00.000000"),
    ] {
        for table in [
            "token_estimation_v2_events",
            "token_budget_escalation_events",
        ] {
            database.execute(&format!(
                "UPDATE {table} SET timestamp = '{time}' WHERE run_id = '{run}'"
            ));
        }
    }
    sandbox
}

fn report(sandbox: &Sandbox, args: &[&str]) -> Done {
    sandbox.run(&[&["report"], args].concat())
}

/// The first section alone.
fn groups(sandbox: &Sandbox, args: &[&str]) -> Done {
    let mut done = report(sandbox, args);
    if let Some((groups, _)) = done.stdout.split_once("\n\n") {
        done.stdout = groups.to_owned();
    }
    done
}

#[test]
fn calls_are_grouped_by_provider_category_and_complexity() {
    insta::assert_snapshot!(groups(&sandbox(), &[]));
}

#[test]
fn calls_are_grouped_by_any_key() {
    let sandbox = sandbox();
    for key in [
        "provider",
        "category",
        "complexity",
        "model",
        "run",
        "policy",
    ] {
        insta::assert_snapshot!(format!("by_{key}"), groups(&sandbox, &["--by", key]));
    }
    insta::assert_snapshot!(report(&sandbox, &["--by", "colour"]), @"
    exit 2
    --- stderr
    error: invalid value 'colour' for '--by <KEYS>'
      [possible values: provider, upstream, category, complexity, model, run, policy]

    For more information, try '--help'.
    ");
}

#[test]
fn json_and_csv_have_the_same_figures() {
    let sandbox = dated_sandbox();
    insta::assert_snapshot!("csv", report(&sandbox, &["--by", "run", "--csv"]));
    insta::assert_snapshot!("json", report(&sandbox, &["--by", "run", "--json"]));
    insta::assert_snapshot!(report(&sandbox, &["--json", "--csv"]), @"
    exit 2
    --- stderr
    error: the argument '--json' cannot be used with '--csv'

    Usage: autopack report --json

    For more information, try '--help'.
    ");
}

#[test]
fn only_calls_since_then_count() {
    let sandbox = sandbox();
    let n_calls = |since: &str| {
        let report = sandbox.json(&["report", "--json", "--since", since]);
        report["total"]["n_calls"].as_u64().unwrap()
    };
    let all = n_calls("2020-01-01");
    assert_eq!(n_calls("1h"), all);
    assert_eq!(n_calls("7d"), all);
    // The first run was long ago.
    let mut database = Database::open(&sandbox.path("autopack.db"));
    database.execute(
        "UPDATE token_estimation_v2_events SET timestamp = '2026-01-31 12:00:00.000000' \
         WHERE run_id = 'first'",
    );
    drop(database);
    let n_first = 3;
    assert_eq!(n_calls("2026-01-31"), all);
    assert_eq!(
        n_calls("2026-01-31T12:00:00Z"),
        all,
        "the time itself counts"
    );
    assert_eq!(n_calls("2026-01-31T12:00:01Z"), all - n_first);
    assert_eq!(n_calls("2026-02-01"), all - n_first);
    insta::assert_snapshot!(report(&sandbox, &["--since", "2999-01-01"]), @"
    exit 1
    --- stderr
    no calls in sqlite:///autopack.db since 2999-01-01: go back further
    ");
}

#[test]
fn what_is_no_time_is_refused_with_what_is_allowed() {
    let sandbox = Sandbox::new();
    insta::assert_snapshot!(report(&sandbox, &["--since", "yesterday"]), @"
    exit 2
    --- stderr
    error: --since: `yesterday` is no time: allowed are 2026-01-31, 2026-01-31T12:00:00Z, or an age such as 45m, 12h, 7d
    ");
    insta::assert_snapshot!(report(&sandbox, &["--since", "2026-13-01"]), @"
    exit 2
    --- stderr
    error: --since: `2026-13-01` is no time: allowed are 2026-01-31, 2026-01-31T12:00:00Z, or an age such as 45m, 12h, 7d
    ");
    insta::assert_snapshot!(report(&sandbox, &["--since", "4294967295w"]), @"
    exit 2
    --- stderr
    error: --since: that age is out of range: parameter 'Unix timestamp seconds' is not in the required range of -377705023201..=253402207200
    ");
    insta::assert_snapshot!(report(&sandbox, &["--since", "-3d"]), @"
    exit 2
    --- stderr
    error: unexpected argument '-3' found

    Usage: autopack report [OPTIONS]

    For more information, try '--help'.
    ");
}

#[test]
fn a_database_without_calls_says_what_to_do() {
    let sandbox = Sandbox::new();
    let url: DatabaseUrl = format!("sqlite:///{}", sandbox.path("autopack.db").display())
        .parse()
        .unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Store::open(&url, OpenMode::ReadWrite).await.unwrap();
        store.close().await.unwrap();
    });
    insta::assert_snapshot!(report(&sandbox, &[]), @"
    exit 1
    --- stderr
    no calls in sqlite:///autopack.db: run a plan first
    ");
}

#[test]
fn a_database_that_is_missing_or_empty_says_what_to_do() {
    let sandbox = Sandbox::with(&[("empty.db", "")]);
    insta::assert_snapshot!(report(&sandbox, &[]), @"
    exit 3
    --- stderr
    error: no database at `autopack.db`: run a plan first
    ");
    insta::assert_snapshot!(report(&sandbox, &["--database", "sqlite:///empty.db"]), @"
    exit 3
    --- stderr
    error: no telemetry in `empty.db` yet: run a plan first
    ");
    insta::assert_snapshot!(report(&sandbox, &["--database", "sqlite:///:memory:"]), @"
    exit 3
    --- stderr
    error: no telemetry in `:memory:` yet: run a plan first
    ");
    assert_eq!(sandbox.files(), ["empty.db"], "looking leaves no trace");
}

#[test]
fn rows_that_cannot_be_are_counted_and_left_out() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    sandbox.run(&["run", "plan.toml", "--simulate"]);
    let mut database = Database::open(&sandbox.path("autopack.db"));
    database.execute(
        "UPDATE token_estimation_v2_events SET actual_output_tokens = -1 WHERE provider = 'gemini'",
    );
    drop(database);
    insta::assert_snapshot!(groups(&sandbox, &["--by", "provider"]));
}

#[test]
#[cfg(unix)]
fn output_that_cannot_be_written_is_told_and_a_reader_that_leaves_is_no_fault() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    sandbox.run(&["run", "plan.toml", "--simulate"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut process = sandbox.process(&["report"]);
    let done = Done::from(process.stdout(writer).output().unwrap());
    assert_eq!(done.to_string(), "exit 0");
    #[cfg(target_os = "linux")]
    {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let done = Done::from(sandbox.process(&["report"]).stdout(full).output().unwrap());
        insta::assert_snapshot!(done, @"
        exit 3
        --- stderr
        error: cannot write to standard output: No space left on device (os error 28)
        ");
    }
}
