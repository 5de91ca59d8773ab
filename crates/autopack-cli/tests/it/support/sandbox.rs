//! A folder of its own for a test, and the command run in it with nothing from outside.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take before a test calls it hanging.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// What the names of folders begin with, so that snapshots can tell them.
const PREFIX: &str = "autopack-it-";

/// A folder that is gone with the test.
pub(crate) struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        // For as long as the thread runs, which is as long as the test.
        std::mem::forget(filters().bind_to_scope());
        Self {
            folder: TempDir::with_prefix(PREFIX).unwrap(),
        }
    }

    /// A folder with these files in it.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let sandbox = Self::new();
        for (name, text) in files {
            sandbox.write(name, text);
        }
        sandbox
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Every file below, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.folder.path()).unwrap();
                    files.push(name.to_str().unwrap().replace('\\', "/"));
                }
            }
        }
        files.sort();
        files
    }

    /// The command, in this folder and with an empty environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::from_std(self.process(args));
        command.timeout(PATIENCE);
        command
    }

    /// The command, for who wants to talk with it while it runs.
    pub(crate) fn process(&self, args: &[&str]) -> std::process::Command {
        let mut process = std::process::Command::new(assert_cmd::cargo::cargo_bin!("autopack"));
        process
            .current_dir(self.folder.path())
            .args(args)
            .env_clear();
        // Where coverage is measured, the counters need a place.
        if let Some(profile) = std::env::var_os("LLVM_PROFILE_FILE") {
            process.env("LLVM_PROFILE_FILE", profile);
        }
        process
    }

    pub(crate) fn run(&self, args: &[&str]) -> Done {
        self.run_with(&[], args)
    }

    /// Runs the command with these variables in its environment.
    pub(crate) fn run_with(&self, variables: &[(&str, &str)], args: &[&str]) -> Done {
        let mut command = self.command(args);
        command.envs(variables.iter().copied());
        Done::from(command.output().unwrap())
    }

    /// Runs a command that goes well and gives its standard output as JSON.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let done = self.run(args);
        assert_eq!(done.code, Some(0), "{done}");
        done.json()
    }
}

/// What a command came to. As text: exit code, standard output, standard error.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let done = Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!done.stderr.contains("panicked"), "{done}");
        done
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "exit {code}")?,
            None => f.write_str("killed")?,
        }
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "\n--- {name}\n{}", text.trim_end())?;
            }
        }
        Ok(())
    }
}

/// Snapshots are without what differs from run to run: folders, ports, times, sizes.
fn filters() -> insta::Settings {
    let mut settings = insta::Settings::new();
    settings.set_omit_expression(true);
    settings.add_filter(&format!(r"[^\s`]*/{PREFIX}\w+"), "[DIR]");
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]");
    settings.add_filter(r"-\d{8}-\d{6}\.\d{3}\b", "-[TIME]");
    settings.add_filter(r"\.backup-\d{8}-\d{6}", ".backup-[TIME]");
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+", "[TIME]");
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "[TIME]");
    settings.add_filter(r"[\d,]+ bytes, schema \d+", "[SIZE] bytes, schema [N]");
    settings.add_filter(r"knows versions up to \d+", "knows versions up to [N]");
    settings.add_filter(r"calibration_\d{8}_\d{6}\.", "calibration_[TIME].");
    settings.add_filter(r"(?i)(generated(_at)?\W{2,4})20[-\d]+T[:.\d]+Z", "$1[TIME]");
    settings.add_filter(r"catalogue of .*", "catalogue of [DATE]");
    settings
}
