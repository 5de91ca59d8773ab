//! Runs phases: decide, prompt, call, keep the reply, record what happened, escalate once.
//!
//! A [`Runner`] takes [`Job`]s (a phase on a provider) and gives an [`Outcome`] for each. Every
//! attempt becomes one row of telemetry, also where it failed; a row that the database refuses goes
//! to a file beside the replies, so that nothing done is lost.

mod attempt;
mod outcome;
mod output;
mod prompt;
mod runner;
mod workspace;

pub use outcome::{Attempt, Failure, Outcome};
pub use output::{OutputDir, OutputError};
pub use runner::{Job, MAX_JOBS, Progress, Runner, RunnerSettings};
pub use workspace::{DirWorkspace, MAX_WORKSPACE_FILE_BYTES, WorkspaceError};
