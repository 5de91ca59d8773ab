//! From what SQLite says to what a caller can do: the one map of result codes.

use std::time::Duration;

use sqlx::migrate::MigrateError;

use crate::error::{StoreError, StoreErrorKind};
use crate::store::OpenMode;

/// Which database is open, and how: what an error has to tell besides the code.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) path: String,
    pub(crate) mode: OpenMode,
    pub(crate) accepted: Accepted,
    pub(crate) busy_timeout: Duration,
}

/// Whose databases are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// Ours alone.
    Ours,
    /// Ours, and those of the Python Autopack: by readers who look at the columns first.
    PythonToo,
}

/// Result codes, from <https://www.sqlite.org/rescode.html>.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const NOTADB: i32 = 26;
    /// The index of the write-ahead log could not grow: on a disk, for want of space.
    pub(super) const IOERR_SHMSIZE: i32 = 4874;
    /// The primary code is in the low byte.
    pub(super) const PRIMARY: i32 = 0xff;
}

impl Site {
    /// The error of this database for what SQLite said.
    pub(crate) fn fault(&self, error: sqlx::Error) -> StoreError {
        let path = self.path.clone();
        let kind = result_code(&error).map_or(StoreErrorKind::Other, |code| self.kind(code));
        let source = Box::new(error);
        match kind {
            StoreErrorKind::Locked => StoreError::Locked {
                path,
                waited: self.busy_timeout,
            },
            StoreErrorKind::ReadOnly => StoreError::ReadOnly { path, source },
            StoreErrorKind::Denied => StoreError::Denied { path, source },
            StoreErrorKind::Full => StoreError::Full { path, source },
            StoreErrorKind::NotADatabase => StoreError::NotADatabase { path, source },
            StoreErrorKind::Damaged => StoreError::Damaged { path, source },
            StoreErrorKind::Disk => StoreError::Disk { path, source },
            _ => StoreError::Other { path, source },
        }
    }

    /// The error of this database for a migration that did not go through.
    pub(crate) fn migration_fault(&self, error: MigrateError) -> StoreError {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                self.fault(error)
            }
            other => StoreError::Other {
                path: self.path.clone(),
                source: Box::new(other),
            },
        }
    }

    fn kind(&self, extended: i32) -> StoreErrorKind {
        match (extended & code::PRIMARY, self.mode) {
            _ if extended == code::IOERR_SHMSIZE => StoreErrorKind::Full,
            (code::BUSY | code::LOCKED, _) => StoreErrorKind::Locked,
            // A file that cannot be made is as good as one that cannot be written.
            (code::READONLY, _) | (code::CANTOPEN, OpenMode::ReadWrite) => StoreErrorKind::ReadOnly,
            (code::CANTOPEN, OpenMode::ReadOnly) => StoreErrorKind::Denied,
            (code::FULL, _) => StoreErrorKind::Full,
            (code::NOTADB, _) => StoreErrorKind::NotADatabase,
            (code::CORRUPT, _) => StoreErrorKind::Damaged,
            (code::IOERR, _) => StoreErrorKind::Disk,
            _ => StoreErrorKind::Other,
        }
    }
}

/// Whether another connection is in the way.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    let primary = result_code(error).map(|code| code & code::PRIMARY);
    matches!(primary, Some(code::BUSY | code::LOCKED))
}

/// The extended result code, where SQLite gave one.
fn result_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(mode: OpenMode) -> Site {
        Site {
            path: "x.db".to_owned(),
            mode,
            accepted: Accepted::Ours,
            busy_timeout: Duration::from_secs(5),
        }
    }

    #[test]
    fn every_code_has_its_kind() {
        for (code, kind) in [
            (5, StoreErrorKind::Locked),
            (6, StoreErrorKind::Locked),
            (517, StoreErrorKind::Locked),
            (8, StoreErrorKind::ReadOnly),
            (1544, StoreErrorKind::ReadOnly),
            (10, StoreErrorKind::Disk),
            (778, StoreErrorKind::Disk),
            (4874, StoreErrorKind::Full),
            (11, StoreErrorKind::Damaged),
            (13, StoreErrorKind::Full),
            (14, StoreErrorKind::ReadOnly),
            (26, StoreErrorKind::NotADatabase),
            (1, StoreErrorKind::Other),
            (19, StoreErrorKind::Other),
        ] {
            assert_eq!(site(OpenMode::ReadWrite).kind(code), kind, "code {code}");
        }
        assert_eq!(site(OpenMode::ReadOnly).kind(14), StoreErrorKind::Denied);
    }

    #[test]
    fn an_error_without_a_code_is_of_no_special_kind() {
        let error = site(OpenMode::ReadWrite).fault(sqlx::Error::WorkerCrashed);
        assert_eq!(error.kind(), StoreErrorKind::Other);
        assert_eq!(error.to_string(), "the database `x.db` refused");
    }
}
