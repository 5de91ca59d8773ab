//! Unified diffs as git writes them: a section for each file, in it hunks.
//!
//! Read are changed, new, deleted and renamed text files; a section may begin with its `---` line
//! where a model left `diff --git` out. Copies, binary files, changes of the mode and quoted paths are
//! refused. The counts in a hunk's header say where the hunk ends, so a line of a file that looks like
//! a header is none; blank lines between sections are skipped, anything else is refused.

mod header;
mod hunk;

pub use hunk::MAX_HUNKS;

use super::fence::{self, OpenEnd};
use super::lines::Lines;
use super::{FormatError, path_at};
use crate::change::{Change, Edit, Hunk};
use crate::path::WorkspacePath;
use header::{GIT, Header, OLD_SIDE, Sides};

/// What is wrong with a unified diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiffProblem {
    /// Text where a section should begin.
    #[error(
        "text that belongs to no file: allowed are `diff --git a/… b/…`, `--- a/…` and, behind \
         them, hunks; a hunk ends where the counts in its header say"
    )]
    Stray,
    /// A line of a section's head that is not known.
    #[error(
        "unknown line in the head of a file: allowed are `new file mode`, `deleted file mode`, \
         `rename from`, `rename to`, `similarity index`, `index`, `---`, `+++`"
    )]
    UnknownHeader,
    /// Something git can say and nobody should ask for here.
    #[error("{what} cannot be applied: allowed are new, changed, renamed and deleted text files")]
    Unsupported {
        /// What it is.
        what: &'static str,
    },
    /// A path in quotes.
    #[error("the path is quoted: write it as it is")]
    QuotedPath,
    /// A path without its prefix.
    #[error(
        "the path has no `{prefix}` before it: write `a/` before old names, `b/` before new ones"
    )]
    NoPrefix {
        /// What should be there.
        prefix: &'static str,
    },
    /// A `---` line without its `+++` line.
    #[error("a line `+++ b/…` has to follow")]
    NoNewSide,
    /// The lines of the head do not agree which file it is.
    #[error(
        "the head names different files, or says both that it is new and that it was there: a \
         renamed file needs `rename from` and `rename to`"
    )]
    Contradiction,
    /// A section that changes nothing.
    #[error("nothing is changed in the file: write at least one hunk, or leave the file out")]
    NoHunk,
    /// A head of a hunk that is none.
    #[error("the head of a hunk is `@@ -line,count +line,count @@`, lines counted from 1")]
    HunkHeader,
    /// Fewer or more lines than a hunk's header says.
    #[error(
        "the hunk has other counts than its head says ({n_old} old and {n_new} new lines are \
         missing): count context and removed lines as old, context and added lines as new"
    )]
    Counts {
        /// How many old lines are missing before this one.
        n_old: usize,
        /// How many new lines are missing before this one.
        n_new: usize,
    },
    /// A line of a hunk that begins with something else.
    #[error("a line of a hunk begins with a blank, `-`, `+` or `\\`")]
    HunkLine,
    /// A line without an end that is not the last.
    #[error("`\\ No newline at end of file` stands behind the last old or the last new line only")]
    NotLast,
    /// Too much.
    #[error("more than {MAX_HUNKS} hunks in one file: write the file in full")]
    TooManyHunks,
    /// Hunks of a new file that say there is something.
    #[error("a new file has one hunk, `@@ -0,0 +1,count @@`, of added lines only")]
    NewFile,
}

pub(super) fn parse(lines: &Lines<'_>) -> Result<Vec<Change>, FormatError> {
    let mut lines = fence::body(lines, OpenEnd::Refused, is_start)?;
    let mut changes = Vec::new();
    loop {
        lines.skip_blank();
        if lines.peek().is_none() {
            return Ok(changes);
        }
        changes.push(section(&mut lines)?);
    }
}

fn is_start(line: &str) -> bool {
    line.starts_with(GIT) || line.starts_with(OLD_SIDE)
}

fn section(lines: &mut Lines<'_>) -> Result<Change, FormatError> {
    let line = lines.number();
    let header = header::read(lines)?;
    let mut hunks = Vec::new();
    while lines.peek().is_some_and(|line| line.starts_with("@@")) {
        if hunks.len() == MAX_HUNKS {
            return Err(FormatError::at(lines.number(), DiffProblem::TooManyHunks));
        }
        hunks.push(hunk::read(lines)?);
    }
    let (path, edit) = edit(&header, hunks, line)?;
    Ok(Change { line, path, edit })
}

/// What the head and the hunks of a section come to.
fn edit(
    header: &Header<'_>,
    hunks: Vec<Hunk>,
    line: usize,
) -> Result<(WorkspacePath, Edit), FormatError> {
    let problem = |problem| FormatError::at(line, problem);
    let Sides { old, new } = header.sides(line)?;
    let path = |name| path_at(line, name);
    match (old, new) {
        (None, Some(new)) => {
            let content = new_text(&hunks).ok_or_else(|| problem(DiffProblem::NewFile))?;
            let executable = header.is_executable;
            let content = content.into();
            Ok((
                path(new)?,
                Edit::Create {
                    content,
                    executable,
                },
            ))
        }
        (Some(old), None) => Ok((path(old)?, Edit::Delete(hunks))),
        (Some(old), Some(new)) if header.is_rename() => {
            let from = path(old)?;
            Ok((path(new)?, Edit::Rename { from, hunks }))
        }
        (Some(old), Some(_)) if !hunks.is_empty() => Ok((path(old)?, Edit::Patch(hunks))),
        (Some(_), Some(_)) => Err(problem(DiffProblem::NoHunk)),
        (None, None) => Err(problem(DiffProblem::Contradiction)),
    }
}

/// The text of a new file; `None` where a hunk says that there is something already.
fn new_text(hunks: &[Hunk]) -> Option<&str> {
    match hunks {
        [] => Some(""),
        [hunk] if hunk.old.as_str().is_empty() => Some(hunk.new.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
