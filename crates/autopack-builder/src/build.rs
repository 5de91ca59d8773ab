//! What a reply does to a workspace: read in its format, tried, written, committed.

use std::path::PathBuf;

use autopack_core::{ContextFile, Phase, Policy, Sizing, Workspace};
use tokio::sync::Mutex;

use crate::apply::{ApplyError, WriteError};
use crate::change::Changes;
use crate::context::{CONTEXT_TOKENS, ContextError, FileContext};
use crate::format::{FormatError, ReplyFormat};
use crate::git::{GitError, RunBranch};
use crate::path::WorkspacePath;
use crate::template::{Prompt, TemplateError, Templates};

/// A workspace in which phases are built.
#[derive(Debug)]
pub struct Building {
    root: PathBuf,
    templates: Templates,
    branch: Option<RunBranch>,
    /// One reply at a time: from the dry run to the commit nobody else may write.
    turn: Mutex<()>,
}

/// What is asked of a model, and how its answer is to be read.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) prompt: Prompt,
    pub(crate) format: ReplyFormat,
    pub(crate) context: Vec<ContextFile>,
}

/// What a reply changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The files that were written or taken away.
    pub paths: Vec<WorkspacePath>,
    /// The commit, where one was made.
    pub commit: Option<String>,
}

/// Why a prompt could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PromptError {
    /// The files to show could not be gathered.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// The template could not be filled in.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

/// Why a reply did not become changes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The reply is not in its format.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The changes do not fit the workspace.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The files could not be written; nothing has changed.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The commit could not be made; the files are as they were.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl BuildError {
    /// Whether the world outside failed, and not the answer.
    #[must_use]
    pub const fn is_outside(&self) -> bool {
        matches!(self, Self::Write(_) | Self::Git(_))
    }

    /// The word in telemetry.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Format(_) => "malformed",
            Self::Apply(_) => "not_applicable",
            Self::Write(_) => "workspace_not_written",
            Self::Git(_) => "not_committed",
        }
    }
}

impl Building {
    /// Builds in the workspace at `root`, with these templates; each phase is committed on `branch`,
    /// where there is one.
    #[must_use]
    pub fn new(root: PathBuf, templates: Templates, branch: Option<RunBranch>) -> Self {
        Self {
            root,
            templates,
            branch,
            turn: Mutex::new(()),
        }
    }

    /// What to ask for `phase`: its format, the files as they are now, the prompt.
    pub(crate) fn ask(
        &self,
        phase: &Phase,
        policy: &Policy,
        workspace: &dyn Workspace,
    ) -> Result<Asked, PromptError> {
        let paths = [&phase.scope_paths[..], phase.deliverables.as_slice()].concat();
        let shown = FileContext::gather(&self.root, &paths, CONTEXT_TOKENS)?;
        let context = shown.context_files();
        let sizing = Sizing::of(phase, Some(&context), &policy.numbers().sizing);
        let format = ReplyFormat::of(phase, sizing.change_size(phase), workspace);
        Ok(Asked {
            prompt: self.templates.render(format, phase, &shown)?,
            format,
            context,
        })
    }

    /// Reads the reply, tries its changes behind those that came `before`, writes them all, and commits
    /// them.
    pub(crate) async fn build(
        &self,
        phase_id: &str,
        format: ReplyFormat,
        before: Option<&Changes>,
        reply: &str,
    ) -> Result<Built, BuildError> {
        let changes = format.parse(reply)?;
        let changes = match before {
            Some(before) => before.and(&changes),
            None => changes,
        };
        let _turn = self.turn.lock().await;
        self.write(phase_id, &changes).await
    }

    async fn write(&self, phase_id: &str, changes: &Changes) -> Result<Built, BuildError> {
        let applied = changes.plan(&self.root)?.apply()?;
        let paths = applied.paths().to_vec();
        let Some(branch) = &self.branch else {
            return Ok(Built {
                paths,
                commit: None,
            });
        };
        match branch.commit(phase_id, &paths).await {
            Ok(commit) => Ok(Built {
                paths,
                commit: commit.map(|commit| commit.id),
            }),
            Err(error) => {
                applied.undo()?;
                Err(error.into())
            }
        }
    }
}
