use std::collections::BTreeMap;

use super::*;
use crate::change::Changes;
use crate::format::ReplyFormat;

/// The files below a folder with their texts; folders end in `/`.
fn tree(root: &Path) -> BTreeMap<String, String> {
    let mut tree = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path
                .strip_prefix(root)
                .expect("below")
                .display()
                .to_string();
            if path.is_dir() {
                tree.insert(name + "/", String::new());
                folders.push(path);
            } else {
                tree.insert(name, fs::read_to_string(path).expect("a text"));
            }
        }
    }
    tree
}

fn operations(lines: &[&str]) -> Changes {
    let reply = lines.join("\n");
    ReplyFormat::Operations.parse(&reply).expect("operations")
}

fn planned(changes: &Changes, root: &Path) -> Vec<PlannedFile> {
    changes.plan(root).expect("a plan").files
}

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("src")).expect("a folder");
    fs::write(folder.path().join("src/a.txt"), "a\n").expect("a file");
    fs::write(folder.path().join("src/b.txt"), "b\n").expect("a file");
    folder
}

/// Changes, removes and makes files; the last it makes is `src/z.txt`.
fn changes() -> Changes {
    operations(&[
        r#"{"op":"replace","path":"src/a.txt","content":"A\n"}"#,
        r#"{"op":"delete","path":"src/b.txt"}"#,
        r#"{"op":"create","path":"new/deep/c.txt","content":"C\n"}"#,
        r#"{"op":"create","path":"src/z.txt","content":"Z\n"}"#,
    ])
}

#[test]
fn what_is_in_the_way_of_the_last_file_puts_all_back() {
    let folder = workspace();
    let root = folder.path().canonicalize().expect("a folder");
    let files = planned(&changes(), &root);
    // No file can take the place of a folder, whoever asks.
    fs::create_dir(root.join("src/z.txt")).expect("a folder");
    let before = tree(&root);
    let error = write(&root, &files).expect_err("in the way");
    assert!(
        error.to_string().starts_with("cannot write `src/z.txt` (")
            && error.to_string().contains("every file is as before"),
        "{error}"
    );
    assert_eq!(tree(&root), before);
}

#[test]
fn what_was_written_can_be_undone() {
    let folder = workspace();
    let root = folder.path().canonicalize().expect("a folder");
    let before = tree(&root);
    let applied = apply(&root, &planned(&changes(), &root)).expect("written");
    let paths: Vec<&str> = applied.paths().iter().map(WorkspacePath::as_str).collect();
    assert_eq!(
        paths,
        ["new/deep/c.txt", "src/a.txt", "src/b.txt", "src/z.txt"]
    );
    assert_eq!(
        fs::read_to_string(root.join("src/a.txt")).expect("there"),
        "A\n"
    );
    assert!(!root.join("src/b.txt").exists());
    applied.undo().expect("undone");
    assert_eq!(tree(&root), before);
}

#[test]
fn nothing_but_the_files_stays_behind() {
    let folder = workspace();
    let root = folder.path().canonicalize().expect("a folder");
    drop(apply(&root, &planned(&changes(), &root)).expect("written"));
    let names: Vec<String> = tree(&root).into_keys().collect();
    let expected = [
        "new/",
        "new/deep/",
        "new/deep/c.txt",
        "src/",
        "src/a.txt",
        "src/z.txt",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_file_that_changed_since_the_dry_run_stops_it() {
    let folder = workspace();
    let root = folder.path().canonicalize().expect("a folder");
    let files = planned(&changes(), &root);
    fs::write(root.join("src/b.txt"), "mine\n").expect("a file");
    let before = tree(&root);
    let error = apply(&root, &files).expect_err("changed");
    assert!(matches!(error, WriteError::Changed { .. }), "{error}");
    assert_eq!(tree(&root), before);
}

#[test]
fn what_cannot_be_put_back_is_kept_and_told() {
    let folder = workspace();
    let root = folder.path().canonicalize().expect("a folder");
    let applied = apply(&root, &planned(&changes(), &root)).expect("written");
    fs::remove_file(root.join("src/a.txt")).expect("a file");
    fs::create_dir(root.join("src/a.txt")).expect("a folder");
    let WriteError::Stuck { kept, .. } = applied.undo().expect_err("in the way") else {
        panic!("not stuck");
    };
    assert_eq!(
        fs::read_to_string(root.join("src/b.txt")).expect("put back"),
        "b\n"
    );
    let originals = tree(&kept);
    assert!(
        originals.values().any(|text| text == "a\n"),
        "{originals:?}"
    );
}

#[cfg(unix)]
#[test]
fn permissions_stay_as_they_were() {
    use std::os::unix::fs::PermissionsExt;
    let folder = workspace();
    let root = folder.path().canonicalize().expect("a folder");
    let mode = |name: &str| {
        let facts = fs::metadata(root.join(name)).expect("there");
        facts.permissions().mode() & 0o777
    };
    fs::set_permissions(root.join("src/a.txt"), Permissions::from_mode(0o750)).expect("a mode");
    let ordinary = mode("src/b.txt");
    let diff = "diff --git a/run.sh b/run.sh\nnew file mode 100755\n--- /dev/null\n+++ b/run.sh\n\
                @@ -0,0 +1 @@\n+true\n\
                diff --git a/src/a.txt b/moved.txt\nrename from src/a.txt\nrename to moved.txt\n";
    let changes = ReplyFormat::UnifiedDiff.parse(diff).expect("a diff");
    drop(apply(&root, &planned(&changes, &root)).expect("written"));
    assert_eq!(mode("moved.txt"), 0o750);
    assert_eq!(mode("run.sh"), ordinary | 0o111);
}
