//! What can go wrong with a store, in words that say the way out.

use std::time::Duration;

/// What an engine said, kept as the source of an error.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a store could not be opened, written or read. `path` is the path of the file, or `:memory:`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant names its fields")]
pub enum StoreError {
    /// There is no file to read.
    #[error("no database at `{path}`: run a plan first")]
    NoDatabase { path: String },
    /// There is a file, or memory, without a table in it.
    #[error("no telemetry in `{path}` yet: run a plan first")]
    Empty { path: String },
    /// The folder the file should be made in does not exist.
    #[error("no folder `{folder}` for the database `{path}`: create it, or choose another file")]
    NoFolder { path: String, folder: String },
    /// Another program holds the lock.
    #[error(
        "`{path}` is locked: another program has held it for more than {waited:?}; wait until it is done or close it, or choose another file"
    )]
    Locked { path: String, waited: Duration },
    /// The file or its folder cannot be written.
    #[error(
        "cannot write to `{path}`: the file or its folder is read-only; make both writable, or choose another file"
    )]
    ReadOnly { path: String, source: Cause },
    /// The file cannot be read.
    #[error("cannot open `{path}`: check the permissions of the file and of its folder")]
    Denied { path: String, source: Cause },
    /// No space left.
    #[error("the disk of `{path}` is full: make room, or choose a file on another disk")]
    Full { path: String, source: Cause },
    /// The path is a folder.
    #[error("`{path}` is a folder, not a database: choose a file")]
    Folder { path: String },
    /// The file is something else.
    #[error("`{path}` is not a SQLite database: choose another file")]
    NotADatabase { path: String, source: Cause },
    /// A database of some other program.
    #[error(
        "`{path}` holds tables that are not Autopack's ({tables}), and is left alone: choose another file"
    )]
    Foreign { path: String, tables: String },
    /// A database of the Python Autopack.
    #[error(
        "`{path}` was written by the Python Autopack: bring it up to date with `autopack migrate`, or choose another file"
    )]
    Python { path: String },
    /// A table with the name of one of the Python Autopack's, and without its columns.
    #[error(
        "`{path}` has a table `{table}` without `{missing}`, which the Python Autopack did not write, and is left alone: choose another file"
    )]
    StrangeTable {
        path: String,
        table: &'static str,
        missing: String,
    },
    /// The copy before a migration could not be made.
    #[error(
        "no copy of `{path}` could be made at `{backup}`, so nothing was changed: make room and see that the folder can be written, or do without a copy (--no-backup)"
    )]
    Backup {
        path: String,
        backup: String,
        source: Cause,
    },
    /// A database of a later version of this program.
    #[error(
        "`{path}` has schema version {found}, and this program knows versions up to {known}: use a newer autopack, or choose another file"
    )]
    Newer {
        path: String,
        found: i64,
        known: i64,
    },
    /// The file is a database with broken pages.
    #[error("`{path}` is damaged: restore a copy of it, or choose another file")]
    Damaged { path: String, source: Cause },
    /// The disk failed.
    #[error("reading or writing `{path}` failed: check the disk and its quota")]
    Disk { path: String, source: Cause },
    /// Anything else the engine may say.
    #[error("the database `{path}` refused")]
    Other { path: String, source: Cause },
}

/// The kinds of [`StoreError`], for callers that act on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// No file, no folder for it, or nothing in it.
    Missing,
    /// Another program holds the lock; later it may work.
    Locked,
    /// The file or its folder cannot be written.
    ReadOnly,
    /// The file cannot be opened.
    Denied,
    /// No space left.
    Full,
    /// The file is something other than a SQLite database.
    NotADatabase,
    /// The database belongs to some other program.
    Foreign,
    /// The copy before a migration could not be made.
    Backup,
    /// The database belongs to the Python Autopack.
    Python,
    /// The database belongs to a later version of this program.
    Newer,
    /// The database is damaged.
    Damaged,
    /// The disk failed.
    Disk,
    /// Anything else.
    Other,
}

impl StoreError {
    /// What kind of error this is.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        match self {
            Self::NoDatabase { .. } | Self::Empty { .. } | Self::NoFolder { .. } => {
                StoreErrorKind::Missing
            }
            Self::Locked { .. } => StoreErrorKind::Locked,
            Self::ReadOnly { .. } => StoreErrorKind::ReadOnly,
            Self::Denied { .. } => StoreErrorKind::Denied,
            Self::Full { .. } => StoreErrorKind::Full,
            Self::Folder { .. } | Self::NotADatabase { .. } => StoreErrorKind::NotADatabase,
            Self::Foreign { .. } | Self::StrangeTable { .. } => StoreErrorKind::Foreign,
            Self::Backup { .. } => StoreErrorKind::Backup,
            Self::Python { .. } => StoreErrorKind::Python,
            Self::Newer { .. } => StoreErrorKind::Newer,
            Self::Damaged { .. } => StoreErrorKind::Damaged,
            Self::Disk { .. } => StoreErrorKind::Disk,
            Self::Other { .. } => StoreErrorKind::Other,
        }
    }
}
