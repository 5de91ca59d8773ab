//! How a command ends: its exit code, and for a failure its words.

use std::fmt;
use std::process::ExitCode;

/// The exit codes, stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All went as asked.
    Done,
    /// The answer is no: a phase without a good reply, a line that could not be decided.
    No,
    /// Wrong usage or settings: change the command or the file it names.
    Usage,
    /// The outside world failed: network, provider, disk, database.
    Outside,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::No => 1,
            Exit::Usage => 2,
            Exit::Outside => 3,
        })
    }
}

/// Why a command did not run to its end.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    error: anyhow::Error,
}

impl Failure {
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// The same failure, with more words behind its own.
    pub(crate) fn with(self, words: impl fmt::Display) -> Self {
        let said = format!("{self}{words}");
        Self {
            error: self.error.context(said),
            ..self
        }
    }

    /// Whoever read our output left; nothing is wrong.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.error.chain().any(|cause| {
            let io = cause.downcast_ref::<std::io::Error>();
            io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words(&self.error))
    }
}

/// An error with its causes; one that repeats what was said already is left out.
pub(crate) fn words(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// Says whose fault an error is.
pub(crate) trait Fault<T> {
    /// The user's: usage or settings.
    fn usage(self) -> Result<T, Failure>;
    /// The world's: network, disk, database.
    fn outside(self) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> Fault<T> for Result<T, E> {
    fn usage(self) -> Result<T, Failure> {
        self.map_err(|error| Failure {
            exit: Exit::Usage,
            error: error.into(),
        })
    }

    fn outside(self) -> Result<T, Failure> {
        self.map_err(|error| Failure {
            exit: Exit::Outside,
            error: error.into(),
        })
    }
}

/// A usage failure in these words.
pub(crate) fn usage<T>(message: impl fmt::Display) -> Result<T, Failure> {
    Err(anyhow::anyhow!("{message}")).usage()
}

/// Prints what clap has to say: help and version are an answer, the rest is wrong usage.
pub(crate) fn from_usage(error: &clap::Error) -> ExitCode {
    // A closed standard output or error leaves nobody to tell.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage.into()
    } else {
        Exit::Done.into()
    }
}
