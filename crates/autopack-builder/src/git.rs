//! Commits what phases change, on a branch of the run's own.
//!
//! Speaks to the `git` of the machine, which knows every kind of repository and setting. Hooks never
//! run: they may lie in the workspace (`core.hooksPath`), where a reply could have written them.
//! Nothing but `HEAD`, the index and the run's branch is touched, and no commit is made on another.

mod command;

use std::path::{Path, PathBuf};

use command::{Git, Output};

use crate::path::WorkspacePath;

/// What the branches of runs begin with.
const BRANCH_PREFIX: &str = "autopack/";

/// Who commits where git knows nobody. The address leads nowhere.
const NOBODY: [&str; 4] = [
    "-c",
    "user.name=Autopack",
    "-c",
    "user.email=autopack@localhost",
];

/// A commit on the branch of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its object id.
    pub id: String,
    /// Files that were changed and are not in it, for `.gitignore` leaves them out.
    pub ignored: Vec<WorkspacePath>,
}

/// The branch of a run, checked out in a clean work tree.
#[derive(Clone, Debug)]
pub struct RunBranch {
    git: Git,
    name: String,
}

/// Why nothing was committed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// There is no git.
    #[error("git cannot be started ({0}): install it, or leave --commit out")]
    NotStarted(#[source] std::io::Error),
    /// The workspace is in no repository.
    #[error(
        "workspace `{}` is in no git work tree ({message}): run `git init` there, or leave --commit \
         out", path.display()
    )]
    NoWorkTree {
        /// The workspace.
        path: PathBuf,
        /// The first line of what git said.
        message: String,
    },
    /// Something is changed and not committed.
    #[error(
        "the work tree has changes that are not committed (`{path}` first): commit or stash them"
    )]
    Dirty {
        /// The first file that is changed.
        path: String,
    },
    /// The name of the run can be in no branch.
    #[error("`{name}` can be no branch: choose a run id of letters, digits, `.`, `_` and `-`")]
    BadBranch {
        /// The branch.
        name: String,
    },
    /// Another branch is checked out than the run's.
    #[error("`{found}` is checked out, and not `{expected}`: go back to the branch of the run")]
    OtherBranch {
        /// What is checked out.
        found: String,
        /// The branch of the run.
        expected: String,
    },
    /// Git refused something.
    #[error("`git {command}` failed: {message}")]
    Refused {
        /// What it was to do.
        command: &'static str,
        /// The first line of what it said.
        message: String,
    },
    /// Git did not come to an end.
    #[error("`git {command}` took longer than {} s: see what holds the repository", command::DEADLINE.as_secs())]
    TooSlow {
        /// What it was to do.
        command: &'static str,
    },
}

impl RunBranch {
    /// The branch `autopack/<run_id>` in the work tree around `workspace`: checked out, and made from
    /// what is checked out now where it is not there yet.
    ///
    /// # Errors
    /// [`GitError`] where there is no work tree, or one with changes that are not committed. Files that
    /// git does not know are no such change.
    pub async fn open(workspace: &Path, run_id: &str) -> Result<Self, GitError> {
        let git = Git::in_folder(workspace);
        let inside = git.run("rev-parse", &["--is-inside-work-tree"]).await?;
        if !inside.is_success || inside.text().trim() != "true" {
            return Err(GitError::NoWorkTree {
                path: workspace.to_owned(),
                message: inside.message(),
            });
        }
        let name = format!("{BRANCH_PREFIX}{run_id}");
        let valid = git.run("check-ref-format", &["--branch", &name]).await?;
        if !valid.is_success {
            return Err(GitError::BadBranch { name });
        }
        let branch = Self { git, name };
        branch.see_clean().await?;
        branch.check_out().await?;
        Ok(branch)
    }

    /// The branch.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Commits these files as they are now, and nothing else; `None` where that changes nothing.
    ///
    /// # Errors
    /// [`GitError`] where another branch is checked out, something else is in the index, or git
    /// refuses.
    pub async fn commit(
        &self,
        phase_id: &str,
        paths: &[WorkspacePath],
    ) -> Result<Option<Commit>, GitError> {
        let found = self.checked_out().await?;
        if found != self.name {
            return Err(GitError::OtherBranch {
                found,
                expected: self.name.clone(),
            });
        }
        if let Some(path) = self.staged().await? {
            return Err(GitError::Dirty { path });
        }
        let ignored = self.ignored(paths).await?;
        let wanted = list(paths.iter().filter(|path| !ignored.contains(path)));
        let update = ["--add", "--remove", "-z", "--stdin"];
        let updated = self.git.feed("update-index", &update, wanted).await?;
        updated.checked("update-index")?;
        if self.staged().await?.is_none() {
            return Ok(None);
        }
        let id = self.write_commit(phase_id).await?;
        Ok(Some(Commit { id, ignored }))
    }

    /// Refuses a work tree with changes of files that git knows.
    async fn see_clean(&self) -> Result<(), GitError> {
        let status = ["--porcelain=v1", "-z", "--untracked-files=no"];
        let status = self.git.run("status", &status).await?.checked("status")?;
        // Each entry is two letters, a blank and the path.
        match status.text().split('\0').next().unwrap_or_default() {
            "" => Ok(()),
            entry => Err(GitError::Dirty {
                path: entry.chars().skip(3).collect(),
            }),
        }
    }

    async fn check_out(&self) -> Result<(), GitError> {
        if self.checked_out().await? == self.name {
            return Ok(());
        }
        let reference = format!("refs/heads/{}", self.name);
        let known = ["--verify", "--quiet", &reference];
        let is_there = self.git.run("show-ref", &known).await?.is_success;
        let switch: &[&str] = if is_there {
            &["--quiet", "--no-guess", &self.name]
        } else {
            &["--quiet", "--no-track", "--create", &self.name]
        };
        self.git.run("switch", switch).await?.checked("switch")?;
        Ok(())
    }

    /// The branch that is checked out; `HEAD` where none is.
    async fn checked_out(&self) -> Result<String, GitError> {
        let head = ["--quiet", "--short", "HEAD"];
        let head = self.git.run("symbolic-ref", &head).await?;
        Ok(if head.is_success {
            head.text().trim_end().to_owned()
        } else {
            "HEAD".to_owned()
        })
    }

    /// The first file that differs between the index and the last commit.
    async fn staged(&self) -> Result<Option<String>, GitError> {
        let diff = ["--cached", "--name-only", "--no-renames", "-z"];
        let diff = self.git.run("diff", &diff).await?.checked("diff")?;
        let first = diff
            .text()
            .split('\0')
            .next()
            .unwrap_or_default()
            .to_owned();
        Ok((!first.is_empty()).then_some(first))
    }

    /// Which of `paths` git is told to ignore, and does not know already.
    async fn ignored(&self, paths: &[WorkspacePath]) -> Result<Vec<WorkspacePath>, GitError> {
        let asked = ["-z", "--stdin"];
        let found = self.git.feed("check-ignore", &asked, list(paths)).await?;
        // 1 says that none is ignored.
        let found = match found.code {
            Some(1) => String::new(),
            _ => found.checked("check-ignore")?.text().into_owned(),
        };
        let is_found = |path: &&WorkspacePath| found.split('\0').any(|name| name == path.as_str());
        Ok(paths.iter().filter(is_found).cloned().collect())
    }

    async fn write_commit(&self, phase_id: &str) -> Result<String, GitError> {
        let message = format!("autopack: {phase_id}");
        let commit = ["--quiet", "--no-verify", "--no-gpg-sign", "-m", &message];
        let git = self.with_identity().await?;
        git.run("commit", &commit).await?.checked("commit")?;
        let id = self.git.run("rev-parse", &["HEAD"]).await?;
        Ok(id.checked("rev-parse")?.text().trim_end().to_owned())
    }

    /// Git as whoever the settings name, or as nobody where they do not.
    async fn with_identity(&self) -> Result<Git, GitError> {
        let strict = self.git.with_settings(&["-c", "user.useConfigOnly=true"]);
        for who in ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"] {
            if !strict.run("var", &[who]).await?.is_success {
                return Ok(self.git.with_settings(&NOBODY));
            }
        }
        Ok(self.git.clone())
    }
}

/// Paths as git reads them on its standard input.
fn list<'a>(paths: impl IntoIterator<Item = &'a WorkspacePath>) -> String {
    let paths: Vec<&str> = paths.into_iter().map(WorkspacePath::as_str).collect();
    paths.join("\0")
}

impl Output {
    /// The output of a command that has to succeed.
    fn checked(self, command: &'static str) -> Result<Self, GitError> {
        if self.is_success {
            Ok(self)
        } else {
            Err(GitError::Refused {
                command,
                message: self.message(),
            })
        }
    }
}
