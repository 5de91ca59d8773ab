//! Applies the changes of a reply to a workspace: a dry run first, then all of them or none.
//!
//! [`Changes::plan`] makes the changes in memory, one after the other, and refuses what does not fit:
//! a target that is not there (or is), context that differs, a link on the way, two spellings of one
//! name. Only a plan that passed can be applied ([`DryRun::apply`]), and whoever applies it has what is
//! needed to undo it ([`Applied::undo`]).
//!
//! A file whose lines all end in CRLF keeps that: text for it that has no CR is given some.

mod disk;
mod journal;
mod overlay;
mod patch;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::change::Changes;
use crate::path::WorkspacePath;

pub use journal::{Applied, WriteError};
pub use patch::Conflict;

/// The most files that one reply may touch. The largest reply has about a million tokens; a file takes
/// a few hundred.
pub const MAX_FILES: usize = 1000;

/// The largest file that is changed or written, in bytes: what is read of a workspace elsewhere.
pub const MAX_FILE_BYTES: u64 = crate::workspace::MAX_WORKSPACE_FILE_BYTES;

/// Changes that fit: what each file will be.
#[derive(Debug)]
#[must_use = "a dry run writes nothing: apply it"]
pub struct DryRun {
    root: PathBuf,
    files: Vec<overlay::PlannedFile>,
    notes: Vec<Note>,
}

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is new.
    Create,
    /// It gets another text.
    Modify,
    /// It goes.
    Delete,
}

/// Something that was done otherwise than the reply said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The file.
    pub path: WorkspacePath,
    /// The line of the reply where the hunk begins.
    pub line: usize,
    /// The line of the file where the hunk said it belongs.
    pub stated: usize,
    /// The one line of the file where it does.
    pub found: usize,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            stated,
            found,
        } = self;
        write!(
            f,
            "`{path}`: the hunk on line {line} of the reply belongs at line {found}, not {stated}"
        )
    }
}

impl Changes {
    /// Tries the changes on the workspace in `root`, and writes nothing.
    ///
    /// # Errors
    /// [`ApplyError`] for the first change that does not fit.
    pub fn plan(&self, root: &Path) -> Result<DryRun, ApplyError> {
        let root = root.canonicalize().map_err(|source| ApplyError::Root {
            path: root.to_owned(),
            source,
        })?;
        let mut overlay = overlay::Overlay::new(&root);
        for change in self.as_slice() {
            overlay.make(change).map_err(|problem| ApplyError::Change {
                path: change.path.clone(),
                line: change.line,
                problem,
            })?;
        }
        let (files, notes) = overlay.finish()?;
        Ok(DryRun { root, files, notes })
    }
}

impl DryRun {
    /// The files that will differ, by path. A file that is given the text it has is none of them.
    pub fn files(&self) -> impl Iterator<Item = (&WorkspacePath, Action)> {
        self.files.iter().map(|file| (&file.path, file.action()))
    }

    /// What will be done otherwise than the reply said.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Writes every file, or none: where one cannot be written, those before it are put back. Each file
    /// is replaced in one step, so that nobody sees half of one.
    ///
    /// Whoever applies several plans to one workspace does so one after the other, from plan to end.
    ///
    /// # Errors
    /// [`WriteError`] says what could not be written, and whether everything is as before.
    pub fn apply(self) -> Result<Applied, WriteError> {
        journal::apply(&self.root, &self.files)
    }
}

/// Why changes cannot be applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// There is no workspace.
    #[error("workspace `{}` cannot be used ({source}): give an existing directory", path.display())]
    Root {
        /// Where it should be.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A change does not fit.
    #[error("`{path}` (line {line} of the reply): {problem}")]
    Change {
        /// The file.
        path: WorkspacePath,
        /// The line of the reply where the change begins.
        line: usize,
        /// What does not fit.
        problem: ApplyProblem,
    },
}

/// What does not fit about a change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyProblem {
    /// The file is to be changed, and there is none.
    #[error("there is no such file: create it, or name one that is there")]
    Missing,
    /// The file is to be made, and is there.
    #[error("the file is there already: change or replace it")]
    Exists,
    /// A symbolic link is on the way.
    #[error("`{at}` is a symbolic link: allowed are files and folders of the workspace itself")]
    Link {
        /// The link.
        at: String,
    },
    /// A folder of the path is none.
    #[error("`{at}` is no folder: choose another path")]
    NotAFolder {
        /// What is there.
        at: String,
    },
    /// The target is a folder or a device.
    #[error("it is no regular file: choose another path")]
    NotAFile,
    /// The file is no text.
    #[error("the file is no UTF-8 text: only text files can be changed")]
    NotText,
    /// The file is or would be too large.
    #[error("the file would be or is too large ({n_bytes} bytes): allowed are {MAX_FILE_BYTES}")]
    TooLarge {
        /// How large it is, or would be.
        n_bytes: u64,
    },
    /// Too many files.
    #[error("the reply touches more than {MAX_FILES} files: split the phase")]
    TooManyFiles,
    /// The same name in another spelling.
    #[error("`{with}` differs in upper and lower case only: use one spelling")]
    CaseCollision {
        /// What is there, or is made by the same reply.
        with: String,
    },
    /// What it says about the file's text is not so.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The file cannot be read.
    #[error("it cannot be read ({0}): see to its permissions")]
    Unreadable(#[source] io::Error),
}
