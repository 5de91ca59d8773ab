//! Runs phases: decide, prompt, call, keep the reply, record what happened, escalate once.
//!
//! A [`Runner`] takes [`Job`]s (a phase on a provider) and gives an [`Outcome`] for each. Every
//! attempt becomes one row of telemetry, also where it failed; a row that the database refuses goes
//! to a file beside the replies, so that nothing done is lost.
//!
//! A phase that builds asks for changes in a [`ReplyFormat`]: [`Templates`] make the prompt from the
//! phase and a [`FileContext`], [`ReplyFormat::parse`] reads the reply into [`Changes`],
//! [`Changes::plan`] tries them on the workspace, [`DryRun::apply`] makes them, and a [`RunBranch`]
//! commits them.

mod apply;
mod attempt;
mod build;
mod call;
mod change;
mod context;
mod format;
mod git;
mod outcome;
mod output;
mod path;
mod prompt;
mod record;
mod resume;
mod runner;
mod template;
mod upstream;
mod workspace;

pub use apply::{
    Action, Applied, ApplyError, ApplyProblem, Conflict, DryRun, MAX_FILE_BYTES, MAX_FILES, Note,
    WriteError,
};
pub use build::{BuildError, Building, Built, PromptError};
pub use change::{Change, Changes, Content, Edit, Hunk};
pub use context::{
    CONTEXT_TOKENS, ContextError, FileContext, LeftOut, LeftOutReason, MAX_CONTEXT_FILE_BYTES,
    MAX_CONTEXT_FILES, ShownFile, count_tokens,
};
pub use format::{
    CutReply, DiffProblem, FormatError, FormatProblem, MAX_HUNKS, OPERATIONS_FROM_DELIVERABLES,
    OperationProblem, ReplyFormat, SectionProblem,
};
pub use git::{Commit, GitError, RunBranch};
pub use outcome::{Attempt, Failure, Outcome};
pub use output::{OutputDir, OutputError};
pub use path::{MAX_PATH_BYTES, PathError, WorkspacePath};
pub use resume::{DoneJobs, PastAttempt};
pub use runner::{Job, MAX_JOBS, Progress, Runner, RunnerSettings};
pub use template::{MAX_TEMPLATE_BYTES, Prompt, TemplateError, Templates};
pub use upstream::Upstreams;
pub use workspace::{DirWorkspace, MAX_WORKSPACE_FILE_BYTES, WorkspaceError};
