use std::fs;

use super::*;

fn workspace(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let place = folder.path().join(path);
        fs::create_dir_all(place.parent().expect("a folder")).expect("folders");
        fs::write(place, text).expect("a file");
    }
    folder
}

fn gather(root: &Path, paths: &[&str], budget: u64) -> FileContext {
    let paths: Vec<String> = paths.iter().map(|&path| path.to_owned()).collect();
    FileContext::gather(root, &paths, Tokens::new(budget)).expect("a workspace")
}

fn names(context: &FileContext) -> Vec<&str> {
    context
        .files()
        .iter()
        .map(|file| file.path.as_str())
        .collect()
}

fn left_out(context: &FileContext) -> Vec<(&str, LeftOutReason)> {
    context
        .left_out()
        .iter()
        .map(|file| (file.path.as_str(), file.reason))
        .collect()
}

#[test]
fn files_at_and_below_the_paths_come_in_order() {
    let folder = workspace(&[
        ("b/z.txt", "z\n"),
        ("b/a.txt", "a"),
        ("b/.hidden", "no\n"),
        ("bb.txt", "no\n"),
        (".github/ci.yml", "ci\n"),
        ("a.txt", "1\n2\n"),
    ]);
    let context = gather(
        folder.path(),
        &["b/", "./a.txt", ".github", "b/z.txt", "new/file.txt"],
        1000,
    );
    assert_eq!(
        names(&context),
        [".github/ci.yml", "a.txt", "b/a.txt", "b/z.txt"]
    );
    assert_eq!(context.left_out(), []);
    let expected = ContextFile {
        path: "a.txt".to_owned(),
        n_lines: 3,
    };
    assert_eq!(context.context_files()[1], expected);
    let whole = gather(folder.path(), &["."], 1000);
    assert_eq!(names(&whole), ["a.txt", "b/a.txt", "b/z.txt", "bb.txt"]);
}

#[test]
fn ignored_files_stay_out_unless_they_are_named() {
    let folder = workspace(&[
        (".gitignore", "target/\n*.log\n"),
        ("sub/.gitignore", "!keep.log\n"),
        ("sub/keep.log", "k\n"),
        ("sub/no.log", "n\n"),
        ("target/x.txt", "x\n"),
        ("named.log", "l\n"),
    ]);
    let context = gather(folder.path(), &["sub", "target", "named.log"], 1000);
    assert_eq!(names(&context), ["named.log", "sub/keep.log"]);
}

#[test]
fn a_workspace_inside_a_repository_hears_all_of_it() {
    let folder = workspace(&[
        (".git/HEAD", "ref: refs/heads/main\n"),
        (".gitignore", "*.log\n"),
        ("work/a.log", "l\n"),
        ("work/a.txt", "t\n"),
    ]);
    let context = gather(&folder.path().join("work"), &["."], 1000);
    assert_eq!(names(&context), ["a.txt"]);
}

#[test]
fn what_does_not_fit_is_named_and_smaller_files_still_come() {
    let long = "word ".repeat(100);
    let folder = workspace(&[("a.txt", "a\n"), ("b.txt", &long), ("c.txt", "c\n")]);
    let context = gather(folder.path(), &["."], 40);
    assert_eq!(names(&context), ["a.txt", "c.txt"]);
    assert_eq!(left_out(&context), [("b.txt", LeftOutReason::OverBudget)]);
    assert!(context.n_tokens() <= Tokens::new(40));
    let nothing = gather(folder.path(), &["."], 0);
    assert_eq!((names(&nothing).len(), nothing.left_out().len()), (0, 3));
}

#[test]
fn only_text_of_moderate_size_inside_the_workspace_is_read() {
    let large = "x".repeat(1024 * 1024 + 1);
    let folder = workspace(&[
        ("w/large.txt", &large),
        ("w/nul.txt", "a\0b"),
        ("secret.txt", "s"),
    ]);
    let root = folder.path().join("w");
    fs::write(root.join("latin1.txt"), [0xe9]).expect("a file");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../secret.txt", root.join("link.txt")).expect("a link");
        std::os::unix::fs::symlink("..", root.join("up")).expect("a link");
    }
    let paths = [
        ".",
        "../secret.txt",
        "/etc/hosts",
        "link.txt",
        "up/secret.txt",
    ];
    let context = gather(&root, &paths, 1000);
    assert_eq!(names(&context), [""; 0]);
    let found = left_out(&context);
    for expected in [
        ("../secret.txt", LeftOutReason::Outside),
        ("/etc/hosts", LeftOutReason::Outside),
        ("large.txt", LeftOutReason::TooLarge),
        ("latin1.txt", LeftOutReason::NotText),
        ("nul.txt", LeftOutReason::NotText),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    #[cfg(unix)]
    for expected in ["link.txt", "up/secret.txt"] {
        assert!(
            found.contains(&(expected, LeftOutReason::Outside)),
            "{found:?}"
        );
    }
}

#[test]
fn no_workspace_is_told() {
    let error = FileContext::gather(Path::new("no/such/folder"), &[], Tokens::new(1));
    let error = error.expect_err("none").to_string();
    assert!(error.contains("give an existing directory"), "{error}");
}

#[test]
fn a_block_cannot_be_closed_from_within() {
    let file = |text: &str| ShownFile {
        path: WorkspacePath::parse("a.md").expect("a path"),
        text: text.into(),
    };
    assert_eq!(file("x\n").block(), "```\nx\n```");
    assert_eq!(file("").block(), "```\n```");
    assert_eq!(file("```\ny").block(), "````\n```\ny\n````");
    assert!(file("y").ends_in_a_line());
}
