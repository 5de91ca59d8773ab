//! The files that deliverables may already be: found, odd, hostile.

use serde_json::Value;

use crate::support::{Done, Sandbox};

const MANY_LINES: &str = "def f(x):\n    if x:\n        return x\n";

fn plan(deliverable: &str) -> String {
    format!(
        "[[phases]]\nphase_id = \"change\"\ntask_category = \"refactoring\"\n\
         complexity = \"low\"\ndeliverables = [\"{deliverable}\"]\n"
    )
}

/// What is predicted for a change of this file, with or without a workspace.
fn predicted(sandbox: &Sandbox, deliverable: &str, args: &[&str]) -> Value {
    sandbox.write("plan.toml", plan(deliverable));
    let explained = sandbox.json(&[&["explain", "plan.toml", "--json"], args].concat());
    explained["decisions"][0]["predicted_output_tokens"].clone()
}

const IN_WORK: [&str; 2] = ["--workspace", "work"];

/// Runs a change of this file in the workspace.
fn run(sandbox: &Sandbox, deliverable: &str) -> Done {
    sandbox.write("plan.toml", plan(deliverable));
    let run = [
        "run",
        "plan.toml",
        "--simulate",
        "--jobs",
        "1",
        "--run-id",
        "r",
    ];
    let done = sandbox.run(&[&run[..], &IN_WORK].concat());
    assert_eq!(done.code, Some(0), "{done}");
    done
}

/// A file that is there and no text: the run goes on, both commands say so.
fn check_unreadable(sandbox: &Sandbox, deliverable: &str) {
    let warning =
        "1 deliverables exist but are no readable UTF-8 text: counted as of ordinary complexity";
    let done = run(sandbox, deliverable);
    assert!(
        done.stderr
            .contains(&format!("warning: change: {warning}\n")),
        "{done}"
    );
    assert_eq!(
        done.stderr.matches("warning").count(),
        1,
        "once for three providers: {done}"
    );
    let explained = sandbox.run(&[&["explain", "plan.toml"][..], &IN_WORK].concat());
    assert_eq!(explained.code, Some(0), "{explained}");
    assert_eq!(explained.stderr, format!("warning: {warning}\n"));
}

#[test]
fn a_file_that_is_there_counts_by_its_text() {
    let sandbox = Sandbox::new();
    sandbox.write("work/src/long.py", MANY_LINES.repeat(1000));
    let deliverable = "modify src/long.py";
    let unknown = predicted(&sandbox, deliverable, &[]);
    assert_ne!(predicted(&sandbox, deliverable, &IN_WORK), unknown);
    let done = run(&sandbox, deliverable);
    assert!(!done.stderr.contains("warning"), "{done}");
}

#[test]
fn a_binary_file_is_told_and_the_run_goes_on() {
    let sandbox = Sandbox::new();
    sandbox.write("work/logo.png", [0x89, b'P', b'N', b'G', 0, 0xff, 0xfe]);
    check_unreadable(&sandbox, "update logo.png");
}

#[test]
fn a_text_in_another_encoding_is_told_and_the_run_goes_on() {
    let sandbox = Sandbox::new();
    sandbox.write("work/notes.txt", b"gr\xfc\xdfe\n");
    check_unreadable(&sandbox, "update notes.txt");
}

#[test]
fn a_huge_file_is_told_and_the_run_goes_on() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("work")).unwrap();
    let huge = std::fs::File::create(sandbox.path("work/huge.csv")).unwrap();
    huge.set_len(10 << 30).unwrap();
    check_unreadable(&sandbox, "update huge.csv");
}

#[test]
fn a_folder_is_told_and_the_run_goes_on() {
    let sandbox = Sandbox::new();
    std::fs::create_dir_all(sandbox.path("work/assets.d")).unwrap();
    check_unreadable(&sandbox, "update assets.d");
}

/// A file outside of the workspace: it counts as one that is not there.
fn check_outside(sandbox: &Sandbox, path: &str) {
    let deliverable = format!("modify {path}");
    let unknown = predicted(sandbox, &deliverable, &[]);
    assert_eq!(predicted(sandbox, &deliverable, &IN_WORK), unknown);
    let done = run(sandbox, &deliverable);
    assert!(!done.stderr.contains("warning"), "{done}");
}

#[test]
fn a_path_that_leads_outside_is_not_looked_at() {
    let sandbox = Sandbox::new();
    sandbox.write("secret.py", MANY_LINES.repeat(1000));
    sandbox.write("work/secret.py", MANY_LINES.repeat(1000));
    check_outside(&sandbox, "../secret.py");
    check_outside(&sandbox, sandbox.path("secret.py").to_str().unwrap());
    // The same file inside is looked at, so it is the place that counts.
    let inside = predicted(&sandbox, "modify secret.py", &IN_WORK);
    assert_ne!(inside, predicted(&sandbox, "modify secret.py", &[]));
}

#[test]
#[cfg(unix)]
fn a_link_that_leads_outside_is_not_followed() {
    let sandbox = Sandbox::new();
    sandbox.write("secret.py", MANY_LINES.repeat(1000));
    std::fs::create_dir(sandbox.path("work")).unwrap();
    std::os::unix::fs::symlink("../secret.py", sandbox.path("work/link.py")).unwrap();
    check_outside(&sandbox, "link.py");
}
