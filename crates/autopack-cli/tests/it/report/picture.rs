//! `--plot`: a picture in a file.

use super::{dated_sandbox, report};
use crate::support::{ONE_PHASE, Sandbox};

#[test]
fn the_same_calls_make_the_same_picture() {
    let sandbox = dated_sandbox();
    for name in ["a.svg", "b.svg", "a.png", "b.png"] {
        let done = report(&sandbox, &["--csv", "--plot", name]);
        assert_eq!(done.code, Some(0), "{done}");
        assert_eq!(done.stderr, format!("picture in {name}\n"));
    }
    let bytes = |name: &str| std::fs::read(sandbox.path(name)).unwrap();
    assert_eq!(bytes("a.svg"), bytes("b.svg"));
    assert_eq!(bytes("a.png"), bytes("b.png"));
    assert_eq!(bytes("a.png")[..8], *b"\x89PNG\r\n\x1a\n");
    let svg = sandbox.read("a.svg");
    assert!(svg.starts_with("<svg "), "{svg}");
    assert!(
        svg.contains("16 calls, 2026-01-05 to 2026-01-14 (UTC)"),
        "{svg}"
    );
    assert!(svg.contains("Truncation by day"), "{svg}");
    assert!(
        svg.contains("1 calls without a prediction or without reported output"),
        "{svg}"
    );
    report(&sandbox, &["--over", "week", "--plot", "week.svg"]);
    assert!(sandbox.read("week.svg").contains("Truncation by week"));
}

#[test]
fn the_picture_comes_with_the_report() {
    let sandbox = dated_sandbox();
    let with = report(&sandbox, &["--plot", "a.svg"]);
    assert_eq!(with.stdout, report(&sandbox, &[]).stdout);
    let json = sandbox.json(&["report", "--json", "--plot", "a.svg"]);
    assert_eq!(json, sandbox.json(&["report", "--json"]));
}

#[test]
fn a_file_that_cannot_be_is_told() {
    let sandbox = Sandbox::with(&[("plan.toml", ONE_PHASE)]);
    // Before anything is read.
    insta::assert_snapshot!(report(&sandbox, &["--plot", "a.pdf"]), @"
    exit 2
    --- stderr
    error: --plot: `a.pdf` ends in neither .svg nor .png: give it one of these endings
    ");
    insta::assert_snapshot!(report(&sandbox, &["--plot", "picture"]), @"
    exit 2
    --- stderr
    error: --plot: `picture` ends in neither .svg nor .png: give it one of these endings
    ");
    sandbox.run(&["run", "plan.toml", "--simulate"]);
    std::fs::create_dir(sandbox.path("folder.svg")).unwrap();
    for path in ["nowhere/a.png", "folder.svg"] {
        let done = report(&sandbox, &["--csv", "--plot", path]);
        assert_eq!(done.code, Some(3), "{done}");
        assert!(
            done.stderr.starts_with(&format!(
                "error: cannot write `{path}`: choose a file in a folder that exists and is writable: "
            )),
            "{done}"
        );
    }
}

#[test]
fn without_calls_there_is_no_picture() {
    let sandbox = dated_sandbox();
    let done = report(&sandbox, &["--since", "2999-01-01", "--plot", "a.svg"]);
    assert_eq!(done.code, Some(1), "{done}");
    assert!(!sandbox.path("a.svg").exists());
}
