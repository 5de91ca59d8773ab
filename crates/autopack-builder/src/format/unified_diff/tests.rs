use super::*;

fn changes(reply: &str) -> Result<Vec<(usize, String, Edit)>, String> {
    let changes = parse(&Lines::of(reply)).map_err(|error| error.to_string())?;
    Ok(changes
        .into_iter()
        .map(|change| (change.line, change.path.to_string(), change.edit))
        .collect())
}

fn hunk(line: usize, start: usize, old: &str, new: &str) -> Hunk {
    Hunk {
        line,
        start,
        old: old.into(),
        new: new.into(),
    }
}

fn new(text: &str, executable: bool) -> Edit {
    Edit::Create {
        content: text.into(),
        executable,
    }
}

#[test]
fn what_git_writes_is_read() {
    let reply = "\
diff --git a/src/a.rs b/src/a.rs
index 83db48f..bf269f4 100644
--- a/src/a.rs
+++ b/src/a.rs
@@ -1,3 +1,3 @@ fn a() {
 1
-2
+two
 3
@@ -9 +9,2 @@
-9
+9
+10
diff --git a/run.sh b/run.sh
new file mode 100755
index 0000000..257cc56
--- /dev/null
+++ b/run.sh
@@ -0,0 +1 @@
+foo
diff --git a/a b/a
deleted file mode 100644
index 257cc56..0000000
--- a/a
+++ /dev/null
@@ -1 +0,0 @@
-foo
diff --git a/old name b/new name
similarity index 100%
rename from old name
rename to new name
diff --git a/empty b/empty
new file mode 100644
index 0000000..e69de29
diff --git a/gone b/gone
deleted file mode 100644
index e69de29..0000000
";
    let patch = Edit::Patch(vec![
        hunk(5, 1, "1\n2\n3\n", "1\ntwo\n3\n"),
        hunk(10, 9, "9\n", "9\n10\n"),
    ]);
    let rename = Edit::Rename {
        from: WorkspacePath::parse("old name").expect("a path"),
        hunks: Vec::new(),
    };
    let deleted = Edit::Delete(vec![hunk(26, 1, "foo\n", "")]);
    let expected = [
        (1, "src/a.rs", patch),
        (14, "run.sh", new("foo\n", true)),
        (21, "a", deleted),
        (28, "new name", rename),
        (32, "empty", new("", false)),
        (35, "gone", Edit::Delete(Vec::new())),
    ];
    let expected = expected.map(|(line, path, edit)| (line, path.to_owned(), edit));
    assert_eq!(changes(reply), Ok(expected.to_vec()));
}

#[test]
fn a_last_line_may_have_no_end() {
    let head = "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n 1\n";
    let no_end = "\\ No newline at end of file\n";
    for (lines, old, new) in [
        (format!("-2\n{no_end}+two\n"), "1\n2", "1\ntwo\n"),
        (format!("-2\n+two\n{no_end}"), "1\n2\n", "1\ntwo"),
        (format!("-2\n{no_end}+two\n{no_end}"), "1\n2", "1\ntwo"),
        (format!(" 2\n{no_end}"), "1\n2", "1\n2"),
    ] {
        let expected = vec![(1, "a".to_owned(), Edit::Patch(vec![hunk(3, 1, old, new)]))];
        assert_eq!(changes(&format!("{head}{lines}")), Ok(expected), "{lines}");
    }
}

#[test]
fn what_looks_like_a_head_inside_a_hunk_is_a_line() {
    let reply = "--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n--- a/b\n+++ b/b\n @@ -1 +1 @@\n\n";
    let patch = Edit::Patch(vec![hunk(
        3,
        1,
        "-- a/b\n@@ -1 +1 @@\n\n",
        "++ b/b\n@@ -1 +1 @@\n\n",
    )]);
    assert_eq!(changes(reply), Ok(vec![(1, "a".to_owned(), patch)]));
}

#[test]
fn line_ends_of_the_file_stay_and_those_of_the_reply_go() {
    let of_the_file = "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-1\r\n+2\r\n";
    let patch = Edit::Patch(vec![hunk(3, 1, "1\r\n", "2\r\n")]);
    assert_eq!(changes(of_the_file), Ok(vec![(1, "a".to_owned(), patch)]));
    let of_the_reply = "--- a/a\r\n+++ b/a\r\n@@ -1 +1 @@\r\n-1\r\n+2\r\n";
    let patch = Edit::Patch(vec![hunk(3, 1, "1\n", "2\n")]);
    assert_eq!(changes(of_the_reply), Ok(vec![(1, "a".to_owned(), patch)]));
}

#[test]
fn a_diff_may_stand_in_a_fence_with_words_around_it() {
    let reply =
        "Done:\n\n```diff\n--- /dev/null\n+++ b/a.md\n@@ -0,0 +1,2 @@\n+```\n+\n\n```\nEnjoy.\n";
    let expected = vec![(4, "a.md".to_owned(), new("```\n\n", false))];
    assert_eq!(changes(reply), Ok(expected));
}

const HUNK: &str = "@@ -1 +1 @@\n-1\n+2\n";
const SIDES: &str = "--- a/a\n+++ b/a\n";
const GIT_A: &str = "diff --git a/a b/a\n";

fn check(reply: &str, line: usize, expected: &str) {
    let error = changes(reply).expect_err(reply);
    let expected = format!("line {line} of the reply: {expected}");
    assert!(error.starts_with(&expected), "{reply:?}: {error}");
}

#[test]
fn what_stands_outside_is_refused() {
    let stray = "text that belongs to no file";
    check(&format!("Here:\n{SIDES}{HUNK}"), 1, stray);
    check(&format!("{SIDES}{HUNK}+3\n"), 6, stray);
    check(&format!("{SIDES}{HUNK}Done.\n"), 6, stray);
}

#[test]
fn a_head_that_is_unclear_is_refused() {
    check(SIDES, 1, "nothing is changed");
    check(GIT_A, 1, "nothing is changed");
    check(&format!("--- a/a\n{HUNK}"), 2, "a line `+++ b/…`");
    let no_prefix = "the path has no `a/`";
    check(&format!("--- a\n+++ b\n{HUNK}"), 1, no_prefix);
    let no_prefix = "the path has no `b/`";
    check(&format!("--- a/a\n+++ a/a\n{HUNK}"), 2, no_prefix);
    for head in [
        "--- a/a\n+++ b/b\n",
        "--- /dev/null\n+++ /dev/null\n",
        "diff --git a/x b/x\n--- a/a\n+++ b/a\n",
        "diff --git a/a b/a\nnew file mode 100644\n--- a/a\n+++ b/a\n",
        "diff --git a/a b/a\ndeleted file mode 100644\n--- a/a\n+++ b/a\n",
        "diff --git a/a b/b\nrename from a\n--- a/a\n+++ b/b\n",
        "diff --git a/a b/b\nrename from a\nrename to b\n--- a/a\n+++ b/c\n",
        "diff --git nothing\n",
    ] {
        check(
            &format!("{head}{HUNK}"),
            1,
            "the head names different files",
        );
    }
    for (line, expected) in [
        ("new mode 100755", "a change of the mode cannot be applied"),
        ("new file mode 120000", "a link, a submodule"),
        ("deleted file mode 160000", "a link, a submodule"),
        ("Binary files a/a and b/a differ", "a binary file"),
        ("copy from a", "a copy"),
        ("foo", "unknown line"),
    ] {
        check(&format!("{GIT_A}{line}\n{SIDES}{HUNK}"), 2, expected);
    }
    let quoted = format!("--- \"a/\\303\"\n+++ b/a\n{HUNK}");
    check(&quoted, 1, "the path is quoted");
    let above = format!("--- a/../a\n+++ b/../a\n{HUNK}");
    check(&above, 1, "the path has a `..`");
    let git = format!("--- a/.git/config\n+++ b/.git/config\n{HUNK}");
    check(&git, 1, "the path leads into `.git`");
    let new = format!("--- /dev/null\n+++ b/a\n{HUNK}");
    check(&new, 1, "a new file has one hunk");
}

#[test]
fn a_hunk_that_is_not_as_its_head_says_is_refused() {
    for (hunk, line, expected) in [
        (
            "@@ -1,2 +1 @@\n-1\n+2\n",
            6,
            "the hunk has other counts than its head says (1 old and 0 new",
        ),
        ("@@ -1 +1 @@\n+2\n+3\n", 5, "the hunk has other counts"),
        ("@@ -1 +1 @@\n*1\n", 4, "a line of a hunk"),
        ("@@ -0 +1 @@\n-1\n+2\n", 3, "the head of a hunk"),
        ("@@ 1 @@\n", 3, "the head of a hunk"),
        ("@@ -+1 +1 @@\n", 3, "the head of a hunk"),
        ("@@ -1 +99999999999999999999 @@\n", 3, "the head of a hunk"),
        ("@@ -1,2 +1 @@\n-1\n\\ No newline\n", 5, "`\\ No newline"),
        ("@@ -1 +1 @@\n\\ No newline\n", 4, "`\\ No newline"),
    ] {
        check(&format!("{SIDES}{hunk}"), line, expected);
    }
    let many = SIDES.to_owned() + &HUNK.repeat(MAX_HUNKS + 1);
    check(&many, 3003, "more than 1000 hunks");
}
