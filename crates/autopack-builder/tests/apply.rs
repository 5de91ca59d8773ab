//! Replies applied to workspaces on the disk, through the public interface.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use autopack_builder::{Action, ApplyError, ApplyProblem, DryRun, MAX_FILES, ReplyFormat};
use proptest::collection::btree_map;
use proptest::prelude::*;
use serde_json::json;
use tempfile::TempDir;

fn workspace(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let place = folder.path().join(path);
        fs::create_dir_all(place.parent().expect("a folder")).expect("folders");
        fs::write(place, text).expect("a file");
    }
    folder
}

/// The files below a folder with their texts.
fn files(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if path.is_file() {
                let name = path
                    .strip_prefix(root)
                    .expect("below")
                    .display()
                    .to_string();
                let text = fs::read(&path).expect("a file");
                files.insert(name, String::from_utf8_lossy(&text).into_owned());
            }
        }
    }
    files
}

fn plan(format: ReplyFormat, reply: &str, root: &Path) -> Result<DryRun, ApplyError> {
    format.parse(reply).expect("a well-formed reply").plan(root)
}

/// The problem with operations on a workspace; the dry run has to leave it as it was.
fn problem(operations: &[serde_json::Value], root: &Path) -> (usize, ApplyProblem) {
    let lines: Vec<String> = operations.iter().map(ToString::to_string).collect();
    let before = files(root);
    let error = plan(ReplyFormat::Operations, &lines.join("\n"), root);
    assert_eq!(files(root), before);
    match error.expect_err("a problem") {
        ApplyError::Change { line, problem, .. } => (line, problem),
        other => panic!("{other}"),
    }
}

fn create(path: &str) -> serde_json::Value {
    json!({"op": "create", "path": path, "content": "x"})
}

fn actions(plan: &DryRun) -> Vec<(&str, Action)> {
    plan.files()
        .map(|(path, action)| (path.as_str(), action))
        .collect()
}

#[test]
fn every_format_ends_in_files() {
    let folder = workspace(&[
        ("a.txt", "1\n2\n3\n"),
        ("b.txt", "b\n"),
        ("same.txt", "s\n"),
    ]);
    let root = folder.path();

    let diff = "--- a/a.txt\n+++ b/a.txt\n@@ -9,2 +9,2 @@\n 2\n-3\n+three\n";
    let dry = plan(ReplyFormat::UnifiedDiff, diff, root).expect("a plan");
    let notes: Vec<String> = dry.notes().iter().map(ToString::to_string).collect();
    let note = "`a.txt`: the hunk on line 3 of the reply belongs at line 2, not 9";
    assert_eq!(notes, [note]);
    drop(dry.apply().expect("written"));

    let whole = "### new/c.md\n```\nc\n```\n### same.txt\n```\ns\n```\n";
    let dry = plan(ReplyFormat::WholeFiles, whole, root).expect("a plan");
    assert_eq!(actions(&dry), [("new/c.md", Action::Create)]);
    drop(dry.apply().expect("written"));

    let operations = [
        json!({"op": "append", "path": "a.txt", "content": "4\n"}),
        json!({"op": "edit", "path": "a.txt", "find": "three\n4", "replace": "3\n4"}),
        json!({"op": "delete", "path": "b.txt"}),
        json!({"op": "create", "path": "b.txt", "content": "again"}),
        json!({"op": "create", "path": "gone.txt", "content": ""}),
        json!({"op": "delete", "path": "gone.txt"}),
    ];
    let operations = operations.map(|operation| operation.to_string()).join("\n");
    let dry = plan(ReplyFormat::Operations, &operations, root).expect("a plan");
    let expected = [("a.txt", Action::Modify), ("b.txt", Action::Modify)];
    assert_eq!(actions(&dry), expected);
    drop(dry.apply().expect("written"));

    let expected = [
        ("a.txt", "1\n2\n3\n4\n"),
        ("b.txt", "again"),
        ("new/c.md", "c\n"),
        ("same.txt", "s\n"),
    ];
    let expected = expected.map(|(path, text)| (path.to_owned(), text.to_owned()));
    assert_eq!(files(root), BTreeMap::from(expected));
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_written() {
    let folder = workspace(&[("a.txt", "a\n"), ("dir/b.txt", "b\n"), ("README.md", "r\n")]);
    let root = folder.path();
    fs::write(root.join("latin1.txt"), [0xe9]).expect("a file");
    let check = |operations: &[serde_json::Value], line: usize, expected: &str| {
        let (found, problem) = problem(operations, root);
        let message = problem.to_string();
        assert!(message.contains(expected), "{operations:?}: {message}");
        assert_eq!(found, line, "{message}");
    };
    let ok = create("new.txt");
    check(&[ok.clone(), create("a.txt")], 2, "is there already");
    for op in ["replace", "append"] {
        let missing = json!({"op": op, "path": "no.txt", "content": ""});
        check(&[missing], 1, "no such file");
    }
    let twice = json!({"op": "delete", "path": "a.txt"});
    check(&[twice.clone(), twice], 2, "no such file");
    check(&[create("dir")], 1, "no regular file");
    check(&[create("a.txt/b")], 1, "`a.txt` is no folder");
    check(&[create("n"), create("n/b")], 2, "`n` is no folder");
    check(&[create("readme.md")], 1, "`README.md` differs in upper");
    check(&[create("DIR/c.txt")], 1, "`dir` differs in upper");
    check(&[create("x/A"), create("x/a")], 2, "`x/A` differs in upper");
    check(&[create("y/A"), create("Y/b")], 1, "`Y` differs in upper");
    let binary = json!({"op": "append", "path": "latin1.txt", "content": ""});
    check(&[binary], 1, "no UTF-8 text");
    let edit = json!({"op": "edit", "path": "a.txt", "find": "z", "replace": ""});
    check(&[ok, edit], 2, "`find` is not in the file");
    let many: Vec<_> = (0..=MAX_FILES).map(|n| create(&format!("n{n}"))).collect();
    check(&many, MAX_FILES + 1, "more than 1000 files");
}

#[test]
fn a_file_that_would_be_too_large_is_refused() {
    let folder = workspace(&[]);
    let large = "x".repeat(5 * 1024 * 1024);
    let create = json!({"op": "create", "path": "a", "content": large});
    let append = json!({"op": "append", "path": "a", "content": large});
    let (line, problem) = problem(&[create, append], folder.path());
    assert!(
        matches!(problem, ApplyProblem::TooLarge { .. }),
        "{problem}"
    );
    assert_eq!(line, 2);
    fs::write(folder.path().join("b"), large.repeat(2)).expect("a file");
    let delete = json!({"op": "delete", "path": "b"});
    let error = plan(ReplyFormat::Operations, &delete.to_string(), folder.path());
    assert!(error.is_err(), "one that is not looked at is not deleted");
}

#[test]
fn hunks_that_delete_a_file_have_to_take_all_of_it() {
    let folder = workspace(&[("a.txt", "1\n2\n")]);
    let delete = |lines: &str| format!("--- a/a.txt\n+++ /dev/null\n{lines}");
    let part = plan(
        ReplyFormat::UnifiedDiff,
        &delete("@@ -1 +0,0 @@\n-1\n"),
        folder.path(),
    );
    let error = part.expect_err("a part").to_string();
    assert!(
        error.starts_with("`a.txt` (line 1 of the reply): the hunks"),
        "{error}"
    );
    let all = plan(
        ReplyFormat::UnifiedDiff,
        &delete("@@ -1,2 +0,0 @@\n-1\n-2\n"),
        folder.path(),
    );
    assert_eq!(actions(&all.expect("a plan")), [("a.txt", Action::Delete)]);
}

#[cfg(unix)]
#[test]
fn no_link_leads_out() {
    use std::os::unix::fs::symlink;
    let folder = workspace(&[("w/in/a.txt", "a\n"), ("out/secret.txt", "s\n")]);
    let root = folder.path().join("w");
    symlink("../out", root.join("folder")).expect("a link");
    symlink("../out/secret.txt", root.join("file.txt")).expect("a link");
    symlink("../out/new.txt", root.join("dangling.txt")).expect("a link");
    symlink("in", root.join("inside")).expect("a link");
    symlink("loop", root.join("loop")).expect("a link");
    for path in [
        "folder/secret.txt",
        "folder/new.txt",
        "file.txt",
        "dangling.txt",
        "inside/a.txt",
        "loop/a",
    ] {
        for op in ["create", "replace"] {
            let operation = json!({"op": op, "path": path, "content": "x"});
            let (_, problem) = problem(&[operation], &root);
            assert!(
                matches!(problem, ApplyProblem::Link { .. }),
                "{path}: {problem}"
            );
        }
    }
    assert_eq!(files(&folder.path().join("out")).len(), 1);
    // The workspace itself may be reached over a link.
    symlink("w", folder.path().join("door")).expect("a link");
    let reply = create("b.txt").to_string();
    let dry = plan(ReplyFormat::Operations, &reply, &folder.path().join("door"));
    drop(dry.expect("a plan").apply().expect("written"));
    assert!(root.join("b.txt").is_file());
}

#[test]
fn no_workspace_is_told() {
    let error = plan(
        ReplyFormat::Operations,
        &create("a").to_string(),
        Path::new("no/such/folder"),
    );
    let error = error.expect_err("none").to_string();
    assert!(error.contains("give an existing directory"), "{error}");
}

/// Operations that lead from one set of files to another.
fn between(a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> String {
    let gone = a.keys().filter(|path| !b.contains_key(*path));
    let gone = gone.map(|path| json!({"op": "delete", "path": path}));
    let there = b.iter().map(|(path, text)| {
        let op = if a.contains_key(path) {
            "replace"
        } else {
            "create"
        };
        json!({"op": op, "path": path, "content": text})
    });
    let lines: Vec<String> = gone.chain(there).map(|line| line.to_string()).collect();
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn changes_can_be_made_and_taken_back(
        a in btree_map("[ab]/[cd]/[e-g]", "[xy\r\n]{0,6}", 1..6),
        b in btree_map("[ab]/[cd]/[e-g]", "[xy\n]{0,3}\r", 1..6),
    ) {
        let texts: Vec<(&str, &str)> = a.iter().map(|(path, text)| (&**path, &**text)).collect();
        let folder = workspace(&texts);
        let root = folder.path();
        let there = plan(ReplyFormat::Operations, &between(&a, &b), root).expect("a plan");
        let applied = there.apply().expect("written");
        prop_assert_eq!(&files_of(root), &b);
        applied.undo().expect("undone");
        prop_assert_eq!(&files_of(root), &a);
    }
}

/// The files below a folder, without those that hold what can be undone.
fn files_of(root: &Path) -> BTreeMap<String, String> {
    let mut files = files(root);
    files.retain(|path, _| !path.starts_with(".autopack-"));
    files
}
