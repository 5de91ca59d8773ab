//! Replies that become files: applied, committed, gone on with.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Database, Done, Sandbox};

/// The folder of the ten-phase example.
const TEN_PHASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/ten-phases");

/// Three phases, each after the one before.
const CHAIN: &str = r#"
run_id = "chain"
providers = ["anthropic"]

[[phases]]
phase_id = "a"
task_category = "docs"
complexity = "low"
deliverables = ["Create a.md"]

[[phases]]
phase_id = "b"
after = ["a"]
task_category = "docs"
complexity = "low"
deliverables = ["Create b.md"]

[[phases]]
phase_id = "c"
after = ["b"]
task_category = "docs"
complexity = "low"
deliverables = ["Create c.md"]
"#;

fn writes(path: &str) -> String {
    format!("text = \"\"\"### {path}\n```\nhello\n```\n\"\"\"\n")
}

fn scenario(b: &str) -> String {
    let phase = |id: &str, path: &str| format!("[phases.{id}]\n{}", writes(path));
    format!(
        "{}{}{}",
        phase("a", "a.md"),
        phase("b", b),
        phase("c", "c.md")
    )
}

fn sandbox(b: &str) -> Sandbox {
    let scenario = scenario(b);
    let sandbox = Sandbox::with(&[("plan.toml", CHAIN), ("scenario.toml", &scenario)]);
    std::fs::create_dir(sandbox.path("work")).unwrap();
    sandbox
}

const APPLY: [&str; 6] = [
    "run",
    "plan.toml",
    "--simulate",
    "scenario.toml",
    "--workspace",
    "work",
];

fn apply(sandbox: &Sandbox, more: &[&str]) -> Done {
    sandbox.run(&[&APPLY[..], &["--apply"], more].concat())
}

/// `git` may be anywhere the machine has it.
fn path_variable() -> String {
    std::env::var("PATH").unwrap()
}

fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What was known of each call before it was made is written down.
fn check_facts(sandbox: &Sandbox) {
    let mut database = Database::open(&sandbox.path("autopack.db"));
    for call in database.calls(&["template", "estimated_input_tokens"]) {
        let template = call["template"].as_str().unwrap();
        assert!(
            ["operations", "unified_diff", "whole_files"].contains(&template),
            "{call}"
        );
        assert!(
            call["estimated_input_tokens"].as_u64().unwrap() > 100,
            "{call}"
        );
    }
}

#[test]
fn ten_phases_build_a_program_whose_tests_pass() {
    let sandbox = Sandbox::new();
    let tally = sandbox.path("tally");
    std::fs::create_dir(&tally).unwrap();
    git(&tally, &["init", "--quiet"]);
    let (plan, scenario) = (
        format!("{TEN_PHASES}/plan.toml"),
        format!("{TEN_PHASES}/scenario.toml"),
    );
    let run = [
        "run",
        &plan,
        "--simulate",
        &scenario,
        "--workspace",
        "tally",
    ];
    let args = [
        &run[..],
        &["--apply", "--commit", "--run-id", "tally", "--json"],
    ]
    .concat();
    let done = sandbox.run_with(&[("PATH", &path_variable())], &args);
    assert_eq!(done.code, Some(0), "{done}");
    let report = done.json();
    assert_eq!(
        report["totals"]["n_truncated"], 1,
        "the documents are cut off once"
    );
    let of_phase = |id: &str, key: &str| {
        let phases = report["phases"].as_array().unwrap();
        phases.iter().find(|phase| phase["phase_id"] == id).unwrap()[key].clone()
    };
    let attempts = |id: &str| of_phase(id, "n_attempts");
    assert_eq!(attempts("documents"), 2);
    let second = &of_phase("documents", "attempts")[1];
    assert_eq!(second["extent"], "rest", "three of the five came whole");
    check_facts(&sandbox);
    assert_eq!(
        of_phase("documents", "changed").as_array().unwrap().len(),
        5
    );
    assert_eq!(
        attempts("count"),
        1,
        "the provider's limits are the client's business"
    );
    assert_eq!(
        attempts("report"),
        2,
        "an answer that is no diff is asked for again"
    );
    let log = git(&tally, &["log", "--format=%s", "autopack/tally"]);
    assert_eq!(log.lines().count(), 10, "{log}");
    assert_eq!(git(&tally, &["status", "--porcelain"]), "");

    let cargo = Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--offline"])
        .current_dir(&tally)
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&cargo.stdout).into_owned();
    assert!(cargo.status.success(), "{output}");
    assert!(output.contains("4 passed"), "{output}");
}

#[test]
fn a_reply_that_leaves_the_workspace_is_refused_and_what_comes_after_it_waits() {
    let sandbox = sandbox("../secret.md");
    let done = apply(&sandbox, &["--run-id", "r"]);
    assert_eq!(done.code, Some(1), "{done}");
    assert!(
        done.stderr
            .contains("b (anthropic): the answer could not be used, asked again"),
        "{done}"
    );
    assert!(
        done.stderr.contains(
            "1 phases were not begun (a phase they come after has failed): go on with --resume r"
        ),
        "{done}"
    );
    let files = sandbox.files();
    let built: Vec<&String> = files
        .iter()
        .filter(|file| file.starts_with("work"))
        .collect();
    assert_eq!(built, ["work/a.md"]);
    assert!(!files.contains(&"secret.md".to_owned()));
}

#[test]
fn a_run_is_gone_on_with_where_it_stopped() {
    let sandbox = sandbox("../secret.md");
    assert_eq!(apply(&sandbox, &["--run-id", "r"]).code, Some(1));
    sandbox.write("scenario.toml", scenario("b.md"));
    let done = apply(&sandbox, &["--resume", "r", "--json"]);
    assert_eq!(done.code, Some(0), "{done}");
    let report = done.json();
    let ids: Vec<&str> = report["phases"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|phase| phase["phase_id"].as_str())
        .collect();
    assert_eq!(ids, ["b", "c"], "`a` is not sent again");
    assert_eq!(report["totals"]["n_done_before"], 1);
    assert_eq!(sandbox.read("work/c.md"), "hello\n");

    let unknown = apply(&sandbox, &["--resume", "no-such-run"]);
    assert_eq!(unknown.code, Some(2), "{unknown}");
    assert!(
        unknown
            .stderr
            .contains("`no-such-run`, of which the database knows nothing"),
        "{unknown}"
    );
}

#[test]
fn an_interrupted_run_finishes_what_is_on_the_way() {
    let sandbox = sandbox("b.md");
    // `a` and `b` begin together, and `b` is still on the way when `a` is done.
    sandbox.write("plan.toml", CHAIN.replace("after = [\"a\"]", ""));
    let slow = "fault = \"slow_first_byte\"\n[phases.c]";
    let slow = scenario("b.md").replace("[phases.c]", slow);
    let times = "[fault_times]\nslow_first_byte_ms = 1500\n";
    sandbox.write("scenario.toml", slow + times);
    let args = [&APPLY[..], &["--apply", "--run-id", "r"]].concat();
    let mut process = sandbox
        .process(&args)
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.starts_with("a (anthropic)"), "{first}");
    let killed = Command::new("kill")
        .args(["-INT", &process.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let status = process.wait().unwrap();
    assert_eq!(status.code(), Some(1), "{rest:?}");
    let told = rest.join("\n");
    assert!(
        told.contains("interrupted: what is on the way is finished and recorded"),
        "{told}"
    );
    assert!(
        told.contains("b (anthropic): "),
        "what was on the way is finished: {told}"
    );
    assert!(
        told.contains("1 phases were not begun (the run was interrupted): go on with --resume r"),
        "{told}"
    );
    assert_eq!(sandbox.read("work/b.md"), "hello\n");
    assert!(!sandbox.path("work/c.md").exists());
}

#[test]
fn a_dirty_work_tree_is_left_alone() {
    let sandbox = sandbox("b.md");
    let work = sandbox.path("work");
    git(&work, &["init", "--quiet"]);
    sandbox.write("work/x.md", "one\n");
    git(&work, &["add", "x.md"]);
    let args = [&APPLY[..], &["--apply", "--commit"]].concat();
    let done = sandbox.run_with(&[("PATH", &path_variable())], &args);
    assert_eq!(done.code, Some(3), "{done}");
    assert!(done.stderr.contains("x.md"), "{done}");
    assert!(!sandbox.path("work/a.md").exists());
}

#[test]
fn flags_that_need_each_other_say_so() {
    let sandbox = sandbox("b.md");
    for (args, expected) in [
        (&["--apply"][..], "--workspace"),
        (&["--commit", "--workspace", "work"][..], "--apply"),
    ] {
        let run = ["run", "plan.toml", "--simulate", "scenario.toml"];
        let done = sandbox.run(&[&run[..], args].concat());
        assert_eq!(done.code, Some(2), "{done}");
        assert!(done.stderr.contains(expected), "{done}");
    }
    let several = apply(&sandbox, &["--provider", "all"]);
    assert_eq!(several.code, Some(2), "{several}");
    assert!(
        several
            .stderr
            .contains("--apply goes with one provider, and this run has 3"),
        "{several}"
    );
}
