//! The formats in which a model can write changes: which one a phase gets, and what a reply says.
//!
//! Pure and strict. An error names the line of the reply and what is allowed there, and repeats
//! nothing of the reply.

mod fence;
mod lines;
mod operations;
mod unified_diff;
mod whole_files;

use autopack_core::{FULL_FILE, Found, LARGE_REFACTOR, Phase, Workspace};

pub(crate) use fence::fence_for;
pub use operations::{CutReply, OperationProblem};
pub use unified_diff::{DiffProblem, MAX_HUNKS};
pub use whole_files::SectionProblem;

use crate::change::Changes;
use crate::path::{PathError, WorkspacePath};
use lines::Lines;

/// From this many deliverables on a reply is written as operations: only the last of them is lost
/// where it is cut off. As the reference has it.
pub const OPERATIONS_FROM_DELIVERABLES: usize = 5;

/// `builder_mode` of a builder that edits places of files.
const STRUCTURED_EDIT: &str = "structured_edit";

/// `builder_mode` of a builder that writes diffs.
const DIFF: &str = "diff";

/// How a model is to write its changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReplyFormat {
    /// A unified diff as git writes it.
    UnifiedDiff,
    /// Each file in full, in a fenced block under a heading with its path.
    WholeFiles,
    /// One JSON object a line, each one operation on one file.
    Operations,
}

impl ReplyFormat {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::UnifiedDiff, Self::WholeFiles, Self::Operations];

    /// The format for `phase`; the first rule that applies wins:
    ///
    /// 1. five deliverables or more, or `builder_mode` structured_edit: operations;
    /// 2. `builder_mode` full_file: whole files; diff: a unified diff;
    /// 3. `change_size` large_refactor: whole files. It is an argument of its own because the sizing
    ///    rules set it too, for a small scope among others ([`autopack_core::Sizing::change_size`]);
    /// 4. there are deliverables, and the workspace has none of them: whole files, for there is
    ///    nothing to make a difference to;
    /// 5. else a unified diff: to write a large file again for a small change wastes the budget, which
    ///    was estimated for the change.
    ///
    /// The workspace has a deliverable where a word of its text is the path of a text file.
    #[must_use]
    pub fn of(phase: &Phase, change_size: Option<&str>, workspace: &dyn Workspace) -> Self {
        let mode = phase.builder_mode.as_deref().unwrap_or_default().trim();
        let is_mode = |name: &str| mode.eq_ignore_ascii_case(name);
        let deliverables = phase.deliverables.as_slice();
        let is_there = |text: &String| {
            text.split_whitespace()
                .any(|word| matches!(workspace.find(word), Found::Text(_)))
        };
        let is_all_new = || !deliverables.is_empty() && !deliverables.iter().any(is_there);
        if deliverables.len() >= OPERATIONS_FROM_DELIVERABLES || is_mode(STRUCTURED_EDIT) {
            Self::Operations
        } else if is_mode(DIFF) {
            Self::UnifiedDiff
        } else if is_mode(FULL_FILE) || change_size == Some(LARGE_REFACTOR) || is_all_new() {
            Self::WholeFiles
        } else {
            Self::UnifiedDiff
        }
    }

    /// The format's name, as templates have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnifiedDiff => "unified_diff",
            Self::WholeFiles => "whole_files",
            Self::Operations => "operations",
        }
    }

    /// The changes that a whole reply asks for.
    ///
    /// # Errors
    /// [`FormatError`] where the reply is not wholly in this format, or asks for nothing.
    pub fn parse(self, reply: &str) -> Result<Changes, FormatError> {
        let lines = Lines::of(reply);
        let changes = match self {
            Self::UnifiedDiff => unified_diff::parse(&lines),
            Self::WholeFiles => whole_files::parse(lines),
            Self::Operations => operations::parse(&lines),
        }?;
        if changes.is_empty() {
            return Err(FormatError::at(1, FormatProblem::NoChange));
        }
        Ok(Changes::from(changes))
    }

    /// What a reply that was cut off still says: the operations before the cut. In the other formats it
    /// says nothing to rely on.
    ///
    /// # Errors
    /// [`FormatError`] where something before the cut is not in this format, or the format is another.
    pub fn parse_truncated(self, reply: &str) -> Result<CutReply, FormatError> {
        let lines = Lines::of(reply);
        match self {
            Self::Operations => operations::parse_truncated(&lines),
            Self::UnifiedDiff | Self::WholeFiles => {
                let last = lines.all().len().max(1);
                Err(FormatError::at(last, FormatProblem::CutOff))
            }
        }
    }
}

/// Where and why a reply is not in its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the reply: {problem}")]
pub struct FormatError {
    line: usize,
    problem: FormatProblem,
}

impl FormatError {
    pub(crate) fn at(line: usize, problem: impl Into<FormatProblem>) -> Self {
        Self {
            line,
            problem: problem.into(),
        }
    }

    /// The line of the reply, from 1.
    #[must_use]
    pub const fn line(self) -> usize {
        self.line
    }

    /// What is wrong there.
    #[must_use]
    pub const fn problem(self) -> FormatProblem {
        self.problem
    }
}

/// What is wrong with a line of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatProblem {
    /// The reply asks for nothing.
    #[error("no change was found: write at least one")]
    NoChange,
    /// The reply was cut off, and what came says too little.
    #[error("the reply is cut off here: only operations count up to the cut, one a line")]
    CutOff,
    /// A path that no file of a workspace may have.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A fenced block without an end.
    #[error("the fence is never closed: close it with as many backticks on a line of their own")]
    OpenFence,
    /// Two fenced blocks, where one is the whole reply.
    #[error("a second fenced block begins: put all changes into one")]
    SecondFence,
    /// Changes both in a fenced block and outside.
    #[error("a change stands outside the fenced block: put all changes into it")]
    OutsideFence,
    /// Something is wrong with a unified diff.
    #[error(transparent)]
    Diff(#[from] DiffProblem),
    /// Something is wrong with a file written in full.
    #[error(transparent)]
    Section(#[from] SectionProblem),
    /// Something is wrong with an operation.
    #[error(transparent)]
    Operation(#[from] OperationProblem),
}

/// The path in `text`, which stands on `line`.
fn path_at(line: usize, text: &str) -> Result<WorkspacePath, FormatError> {
    WorkspacePath::parse(text).map_err(|problem| FormatError::at(line, problem))
}

#[cfg(test)]
mod tests;
