//! Starts `git`, with nobody to ask and a deadline.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::GitError;

/// How long one command may take. The status of the largest public repositories takes a
/// few; a minute means that something is stuck.
pub(super) const DEADLINE: Duration = Duration::from_mins(1);

/// The longest message of git that is passed on, in characters: a line of a terminal or two.
const MAX_MESSAGE_CHARS: usize = 200;

/// Settings of every command: neither a hook nor a file watcher is started.
const SETTINGS: [&str; 4] = [
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
];

/// What a hook or an alias that started us may have set to point git elsewhere.
const INHERITED: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
];

/// Git in a folder.
#[derive(Clone, Debug)]
pub(super) struct Git {
    folder: PathBuf,
    settings: Vec<&'static str>,
}

/// What a command gave.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) is_success: bool,
    pub(super) code: Option<i32>,
    out: Vec<u8>,
    err: Vec<u8>,
}

impl Git {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            settings: SETTINGS.to_vec(),
        }
    }

    pub(super) fn with_settings(&self, settings: &[&'static str]) -> Self {
        Self {
            folder: self.folder.clone(),
            settings: [&self.settings, settings].concat(),
        }
    }

    pub(super) async fn run(
        &self,
        command: &'static str,
        arguments: &[&str],
    ) -> Result<Output, GitError> {
        self.feed(command, arguments, String::new()).await
    }

    /// Runs a command with `input` on its standard input.
    pub(super) async fn feed(
        &self,
        command: &'static str,
        arguments: &[&str],
        input: String,
    ) -> Result<Output, GitError> {
        let mut git = Command::new("git");
        git.arg("-C")
            .arg(&self.folder)
            .args(&self.settings)
            .arg(command)
            .args(arguments)
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_EDITOR", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        for name in INHERITED {
            git.env_remove(name);
        }
        match tokio::time::timeout(DEADLINE, talk(git, input)).await {
            Ok(output) => output.map_err(GitError::NotStarted),
            Err(_) => Err(GitError::TooSlow { command }),
        }
    }
}

async fn talk(mut git: Command, input: String) -> std::io::Result<Output> {
    let mut child = git.spawn()?;
    let stdin = child.stdin.take();
    // Written beside reading: git may answer before it has read everything. One that ends early has
    // said why, which is worth more than the broken pipe.
    let write = async {
        if let Some(mut stdin) = stdin {
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let (output, ()) = tokio::join!(child.wait_with_output(), write);
    let output = output?;
    Ok(Output {
        is_success: output.status.success(),
        code: output.status.code(),
        out: output.stdout,
        err: output.stderr,
    })
}

impl Output {
    /// What came on standard output.
    pub(super) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.out)
    }

    /// The first line of what git complained about.
    pub(super) fn message(&self) -> String {
        let text = String::from_utf8_lossy(&self.err);
        let line = text.lines().find(|line| !line.trim().is_empty());
        let line = line.unwrap_or("it gave no reason");
        line.chars().take(MAX_MESSAGE_CHARS).collect()
    }
}
