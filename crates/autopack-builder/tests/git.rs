//! Commits of phases, and diffs as the real git writes them.
//!
//! Git reads its settings from the environment, so each test runs itself again in a process of its own,
//! where there are none.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use autopack_builder::{Commit, GitError, ReplyFormat, RunBranch, WorkspacePath};
use tempfile::TempDir;

/// Set in the process that really tests.
const ALONE: &str = "AUTOPACK_TEST_ALONE";

/// Whether this is the process that really tests; the other has then run it, with `settings`.
fn is_alone(test: &str, settings: &[(&str, &str)]) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let home = tempfile::tempdir().expect("a folder");
    let program = std::env::current_exe().expect("a test");
    let output = Command::new(program)
        .args(["--exact", test, "--nocapture"])
        .env(ALONE, "1")
        .env("HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GIT_AUTHOR_NAME")
        .env_remove("GIT_AUTHOR_EMAIL")
        .env_remove("GIT_COMMITTER_NAME")
        .env_remove("GIT_COMMITTER_EMAIL")
        .env_remove("EMAIL")
        .envs(settings.iter().copied())
        .output()
        .expect("started");
    let said = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{said}");
    assert!(
        told.contains("1 passed"),
        "no test is called {test}: {told}"
    );
    false
}

struct Repository {
    folder: TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// With one commit of `a.txt` and `.gitignore` on `main`.
    fn with_a_commit() -> Self {
        let repository = Self::new();
        repository.write("a.txt", "a\n");
        repository.write(".gitignore", "*.log\n");
        repository.commit_all();
        repository
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, text: &str) -> PathBuf {
        let place = self.root().join(path);
        fs::create_dir_all(place.parent().expect("a folder")).expect("folders");
        fs::write(&place, text).expect("a file");
        place
    }

    fn commit_all(&self) {
        self.git(&["add", "--all"]);
        let who = ["-c", "user.name=T", "-c", "user.email=t@localhost"];
        self.git(&[&who[..], &["commit", "--quiet", "-m", "before"]].concat());
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .arg("-C")
            .arg(self.root())
            .args(arguments)
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .output()
            .expect("git is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }
}

fn paths(names: &[&str]) -> Vec<WorkspacePath> {
    let path = |name: &&str| WorkspacePath::parse(name).expect("a path");
    names.iter().map(path).collect()
}

async fn commit(branch: &RunBranch, phase_id: &str, names: &[&str]) -> Commit {
    let commit = branch.commit(phase_id, &paths(names)).await;
    commit.expect("committed").expect("a change")
}

#[tokio::test]
async fn phases_are_committed_one_by_one_into_an_empty_repository() {
    let name = "phases_are_committed_one_by_one_into_an_empty_repository";
    if !is_alone(name, &[("GIT_DIR", "nowhere"), ("GIT_INDEX_FILE", "none")]) {
        return;
    }
    let repository = Repository::new();
    repository.write("mine.txt", "not yours\n");
    let branch = RunBranch::open(repository.root(), "r1")
        .await
        .expect("a branch");
    assert_eq!(branch.name(), "autopack/r1");

    repository.write("src/a.txt", "a\n");
    repository.write("b [x]*.txt", "b\n");
    let first = commit(&branch, "p1", &["src/a.txt", "b [x]*.txt"]).await;
    assert_eq!(first.ignored, []);
    fs::remove_file(repository.root().join("src/a.txt")).expect("a file");
    repository.write("b [x]*.txt", "B\n");
    let second = commit(&branch, "p2", &["src/a.txt", "b [x]*.txt"]).await;
    let none = branch
        .commit("p3", &paths(&["b [x]*.txt", "never.txt"]))
        .await;
    assert_eq!(none.expect("nothing to commit"), None);

    let log = repository.git(&["log", "--format=%H %s <%an %ae>", "autopack/r1"]);
    let expected = format!(
        "{} autopack: p2 <Autopack autopack@localhost>\n{} autopack: p1 <Autopack \
         autopack@localhost>\n",
        second.id, first.id
    );
    assert_eq!(log, expected);
    let shown = repository.git(&["show", "--name-status", "--format=", "HEAD"]);
    assert_eq!(shown, "M\tb [x]*.txt\nD\tsrc/a.txt\n");
    assert_eq!(repository.git(&["status", "--porcelain"]), "?? mine.txt\n");
}

#[tokio::test]
async fn the_author_is_whoever_git_knows() {
    if !is_alone("the_author_is_whoever_git_knows", &[]) {
        return;
    }
    let repository = Repository::with_a_commit();
    repository.git(&["config", "user.name", "Ada"]);
    repository.git(&["config", "user.email", "ada@localhost"]);
    // A signature would ask for a key.
    repository.git(&["config", "commit.gpgSign", "true"]);
    let branch = RunBranch::open(repository.root(), "r1")
        .await
        .expect("a branch");
    repository.write("a.txt", "A\n");
    commit(&branch, "p1", &["a.txt"]).await;
    let who = repository.git(&["log", "-1", "--format=%an <%ae> %cn"]);
    assert_eq!(who, "Ada <ada@localhost> Ada\n");
}

#[tokio::test]
async fn a_run_goes_on_where_it_was_and_other_branches_stay() {
    let name = "a_run_goes_on_where_it_was_and_other_branches_stay";
    if !is_alone(name, &[]) {
        return;
    }
    let repository = Repository::with_a_commit();
    let main = repository.git(&["rev-parse", "main"]);
    let branch = RunBranch::open(repository.root(), "r1")
        .await
        .expect("a branch");
    repository.write("a.txt", "1\n");
    commit(&branch, "p1", &["a.txt"]).await;

    repository.git(&["switch", "--quiet", "main"]);
    repository.write("a.txt", "2\n");
    let error = branch.commit("p2", &paths(&["a.txt"])).await;
    assert!(
        matches!(error, Err(GitError::OtherBranch { .. })),
        "{error:?}"
    );
    repository.git(&["restore", "a.txt"]);

    let branch = RunBranch::open(repository.root(), "r1")
        .await
        .expect("a branch");
    let text = fs::read_to_string(repository.root().join("a.txt")).expect("a text");
    assert_eq!(text, "1\n");
    repository.write("a.txt", "2\n");
    commit(&branch, "p2", &["a.txt"]).await;
    assert_eq!(repository.git(&["rev-parse", "main"]), main);
    let n_commits = repository.git(&["rev-list", "--count", "main..autopack/r1"]);
    assert_eq!(n_commits, "2\n");
}

#[tokio::test]
async fn changes_that_are_not_committed_are_refused() {
    if !is_alone("changes_that_are_not_committed_are_refused", &[]) {
        return;
    }
    let repository = Repository::with_a_commit();
    repository.write("a.txt", "mine\n");
    for step in [&["status"][..], &["add", "a.txt"]] {
        repository.git(step);
        let error = RunBranch::open(repository.root(), "r1")
            .await
            .expect_err("dirty");
        assert_eq!(
            error.to_string(),
            "the work tree has changes that are not committed (`a.txt` first): commit or stash them"
        );
    }
    assert_eq!(repository.git(&["branch", "--list"]), "* main\n");
    repository.git(&["reset", "--quiet", "--hard"]);

    let branch = RunBranch::open(repository.root(), "r1")
        .await
        .expect("a branch");
    repository.write("mine.txt", "mine\n");
    repository.git(&["add", "mine.txt"]);
    repository.write("a.txt", "yours\n");
    let error = branch
        .commit("p1", &paths(&["a.txt"]))
        .await
        .expect_err("dirty");
    assert!(error.to_string().contains("`mine.txt` first"), "{error}");
}

#[tokio::test]
async fn what_git_ignores_stays_out_and_is_told() {
    if !is_alone("what_git_ignores_stays_out_and_is_told", &[]) {
        return;
    }
    let repository = Repository::with_a_commit();
    let branch = RunBranch::open(repository.root(), "r1")
        .await
        .expect("a branch");
    repository.write("new.log", "l\n");
    repository.write("a.txt", "A\n");
    let commit = commit(&branch, "p1", &["new.log", "a.txt"]).await;
    assert_eq!(commit.ignored, paths(&["new.log"]));
    let shown = repository.git(&["show", "--name-only", "--format=", "HEAD"]);
    assert_eq!(shown, "a.txt\n");
}

#[tokio::test]
async fn a_workspace_may_be_a_part_of_the_work_tree() {
    if !is_alone("a_workspace_may_be_a_part_of_the_work_tree", &[]) {
        return;
    }
    let repository = Repository::with_a_commit();
    repository.write("part/a.txt", "part\n");
    repository.commit_all();
    let part = repository.root().join("part");
    let branch = RunBranch::open(&part, "r1").await.expect("a branch");
    repository.write("a.txt", "not of the workspace\n");
    repository.write("part/a.txt", "PART\n");
    commit(&branch, "p1", &["a.txt"]).await;
    let shown = repository.git(&["show", "--name-only", "--format=", "HEAD"]);
    assert_eq!(shown, "part/a.txt\n");
}

#[cfg(unix)]
#[tokio::test]
async fn no_hook_runs() {
    use std::os::unix::fs::PermissionsExt;
    if !is_alone("no_hook_runs", &[]) {
        return;
    }
    let repository = Repository::with_a_commit();
    repository.git(&["config", "core.hooksPath", "hooks"]);
    for hook in [
        "pre-commit",
        "commit-msg",
        "post-commit",
        "post-checkout",
        "reference-transaction",
    ] {
        let place = repository.write(&format!("hooks/{hook}"), "#!/bin/sh\ntouch ran\nexit 1\n");
        fs::set_permissions(place, fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    let branch = RunBranch::open(repository.root(), "r1")
        .await
        .expect("a branch");
    repository.write("a.txt", "A\n");
    commit(&branch, "p1", &["a.txt"]).await;
    assert!(!repository.root().join("ran").exists());
}

#[tokio::test]
async fn what_is_no_work_tree_or_no_branch_is_told() {
    if !is_alone("what_is_no_work_tree_or_no_branch_is_told", &[]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let error = RunBranch::open(folder.path(), "r1")
        .await
        .expect_err("none");
    let message = error.to_string();
    assert!(
        message.contains("is in no git work tree (fatal: not a git"),
        "{message}"
    );
    let repository = Repository::with_a_commit();
    for run_id in ["a..b", "a b", "", "x.lock", "@{-1}"] {
        let error = RunBranch::open(repository.root(), run_id)
            .await
            .expect_err(run_id);
        assert!(matches!(error, GitError::BadBranch { .. }), "{error}");
    }
    repository.git(&["branch", "autopack"]);
    let error = RunBranch::open(repository.root(), "r1")
        .await
        .expect_err("in the way");
    assert!(
        matches!(
            error,
            GitError::Refused {
                command: "switch",
                ..
            }
        ),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn diffs_of_git_give_the_tree_that_git_has() {
    use std::os::unix::fs::PermissionsExt;
    if !is_alone("diffs_of_git_give_the_tree_that_git_has", &[]) {
        return;
    }
    let repository = Repository::new();
    let numbers = |from: u32, to: u32| {
        let lines: Vec<String> = (from..to).map(|n| n.to_string()).collect();
        lines.join("\n") + "\n"
    };
    repository.write("changed.txt", &numbers(0, 50));
    repository.write("crlf.txt", &numbers(0, 9).replace('\n', "\r\n"));
    repository.write("no end.txt", "1\n2");
    repository.write("gone.txt", "gone\n");
    repository.write("empty_gone.txt", "");
    repository.write("old/moved.txt", &numbers(0, 40));
    repository.write("old/same.txt", &numbers(60, 99));
    repository.commit_all();

    repository.write("changed.txt", &(numbers(3, 20) + "x\n" + &numbers(25, 60)));
    repository.write("crlf.txt", &numbers(0, 8).replace('\n', "\r\n"));
    repository.write("no end.txt", "1\n2\n3");
    fs::remove_file(repository.root().join("gone.txt")).expect("a file");
    fs::remove_file(repository.root().join("empty_gone.txt")).expect("a file");
    repository.git(&["mv", "old", "new"]);
    repository.write("new/moved.txt", &(numbers(0, 39) + "last\n"));
    repository.write("deep/er/new.txt", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n");
    repository.write("empty_new.txt", "");
    let script = repository.write("run.sh", "true\n");
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).expect("a mode");
    repository.git(&["add", "--all"]);
    let tree = repository.git(&["write-tree"]);

    for context in ["-U1", "-U3", "-U99"] {
        let diff = repository.git(&["diff", "--find-renames", context, "HEAD", tree.trim()]);
        repository.git(&["reset", "--quiet", "--hard"]);
        let changes = ReplyFormat::UnifiedDiff.parse(&diff).expect("a diff");
        let plan = changes.plan(repository.root()).expect("a plan");
        assert_eq!(plan.notes(), []);
        drop(plan.apply().expect("written"));
        repository.git(&["add", "--all"]);
        assert_eq!(repository.git(&["write-tree"]), tree, "{context}");
    }
}
