//! File context: the text files of a workspace that a phase may look at, as many as a budget of tokens
//! lets in.
//!
//! Named files come in whatever `.gitignore` says; below named folders it is respected, and files whose
//! name begins with a dot stay out. Links are not followed. What does not fit is left out and named.

mod tokens;
mod walk;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use autopack_core::{ContextFile, Tokens};

pub use tokens::count_tokens;

use crate::change::Content;
use crate::format::fence_for;
use crate::path::WorkspacePath;

/// How much file context a prompt has where nobody says otherwise, in tokens: as the reference has it,
/// and what every current model takes with room for an answer.
pub const CONTEXT_TOKENS: Tokens = Tokens::new(120_000);

/// The largest file that is read for context, in bytes: beyond it hardly a file fits a budget, and none
/// is worth its tokens.
pub const MAX_CONTEXT_FILE_BYTES: u64 = 1024 * 1024;

/// The most files that are looked at. A phase with more in scope has the wrong scope.
pub const MAX_CONTEXT_FILES: usize = 10_000;

/// Files of a workspace to show to a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileContext {
    files: Vec<ShownFile>,
    left_out: Vec<LeftOut>,
    n_tokens: Tokens,
}

/// A file that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownFile {
    /// Its path in the workspace.
    pub path: WorkspacePath,
    /// Its text.
    pub text: Content,
}

/// A file that could have been shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its path, as it was named or found.
    pub path: String,
    /// Why it is not shown.
    pub reason: LeftOutReason,
}

/// Why a file is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOutReason {
    /// The budget was used up.
    OverBudget,
    /// The file alone is too large to be looked at.
    TooLarge,
    /// It is no UTF-8 text.
    NotText,
    /// It cannot be read.
    Unreadable,
    /// It leads out of the workspace, over a link or into git's folder.
    Outside,
    /// There were too many files before it.
    TooMany,
}

impl LeftOutReason {
    /// The reason in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OverBudget => "over the budget of tokens",
            Self::TooLarge => "too large",
            Self::NotText => "no UTF-8 text",
            Self::Unreadable => "cannot be read",
            Self::Outside => "not a path inside the workspace",
            Self::TooMany => "too many files",
        }
    }
}

/// A workspace that cannot be looked at.
#[derive(Debug, thiserror::Error)]
#[error("workspace `{}` cannot be used ({source}): give an existing directory", path.display())]
pub struct ContextError {
    path: PathBuf,
    source: std::io::Error,
}

impl FileContext {
    /// Gathers the files at and below `paths` in the workspace at `root`, by path, each once. A file
    /// that no longer fits `budget` is left out, and smaller ones behind it may still fit.
    ///
    /// A path with nothing behind it says where something is to be made, and is passed over.
    ///
    /// # Errors
    /// [`ContextError`] where there is no workspace.
    pub fn gather(root: &Path, paths: &[String], budget: Tokens) -> Result<Self, ContextError> {
        let root = root.canonicalize().map_err(|source| ContextError {
            path: root.to_owned(),
            source,
        })?;
        let mut context = Self::default();
        let found = walk::files(&root, paths, &mut context.left_out);
        for path in found {
            match read(&root.join(path.as_str())) {
                Ok(text) => context.add(path, text, budget),
                Err(reason) => context.leave_out(&path, reason),
            }
        }
        Ok(context)
    }

    fn add(&mut self, path: WorkspacePath, text: String, budget: Tokens) {
        let shown = ShownFile {
            path,
            text: text.into(),
        };
        let left = Tokens::new(budget.get().saturating_sub(self.n_tokens.get()));
        if let Some(n_tokens) = tokens::count_within(&shown.to_string(), left) {
            self.n_tokens = self.n_tokens.plus(n_tokens);
            self.files.push(shown);
        } else {
            self.leave_out(&shown.path, LeftOutReason::OverBudget);
        }
    }

    fn leave_out(&mut self, path: &WorkspacePath, reason: LeftOutReason) {
        self.left_out.push(LeftOut {
            path: path.to_string(),
            reason,
        });
    }

    /// The files that are shown, by path.
    #[must_use]
    pub fn files(&self) -> &[ShownFile] {
        &self.files
    }

    /// The files that are not, with why.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// How many tokens the shown files take, with their headings and fences.
    #[must_use]
    pub const fn n_tokens(&self) -> Tokens {
        self.n_tokens
    }

    /// The shown files as the sizing rules want to know them.
    #[must_use]
    pub fn context_files(&self) -> Vec<ContextFile> {
        self.files
            .iter()
            .map(|file| ContextFile::new(file.path.to_string(), file.text.as_str()))
            .collect()
    }
}

impl ShownFile {
    /// Whether the file ends in the middle of a line, which its block does not show.
    #[must_use]
    pub fn ends_in_a_line(&self) -> bool {
        let text = self.text.as_str();
        !text.is_empty() && !text.ends_with('\n')
    }

    /// The text in a fenced block that nothing in it can close.
    #[must_use]
    pub fn block(&self) -> String {
        let text = self.text.as_str();
        let fence = fence_for(text);
        let end = if self.ends_in_a_line() { "\n" } else { "" };
        format!("{fence}\n{text}{end}{fence}")
    }
}

/// The file under a heading, as a template shows it, give or take a word: what is counted.
impl std::fmt::Display for ShownFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "### {}\n{}\n\n", self.path, self.block())
    }
}

fn read(place: &Path) -> Result<String, LeftOutReason> {
    let file = File::open(place).map_err(|_| LeftOutReason::Unreadable)?;
    let facts = file.metadata().map_err(|_| LeftOutReason::Unreadable)?;
    if facts.len() > MAX_CONTEXT_FILE_BYTES {
        return Err(LeftOutReason::TooLarge);
    }
    let mut bytes = Vec::new();
    file.take(MAX_CONTEXT_FILE_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|_| LeftOutReason::Unreadable)?;
    // As git has it, a file with a NUL is no text, though UTF-8 has the character.
    if bytes.contains(&0) {
        return Err(LeftOutReason::NotText);
    }
    String::from_utf8(bytes).map_err(|_| LeftOutReason::NotText)
}

#[cfg(test)]
mod tests;
