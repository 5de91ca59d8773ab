//! Bringing a database up to date: what can be asked for, and what was done.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::StoreError;
use crate::sqlite::{self, Accepted, Site};
use crate::store::{BUSY_TIMEOUT, OpenMode};
use crate::url::DatabaseUrl;

/// How to migrate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MigrateOptions {
    /// Whether a copy of the file is made before anything is changed.
    pub backup: bool,
    /// Whether to find out what would be done, and change nothing.
    pub dry_run: bool,
    /// How long to wait for another program's lock.
    pub busy_timeout: Duration,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        Self {
            backup: true,
            dry_run: false,
            busy_timeout: BUSY_TIMEOUT,
        }
    }
}

/// What a database was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// There was no file, or nothing in it.
    Empty,
    /// A database of this program.
    Ours {
        /// Its version, from 1.
        schema_version: i64,
    },
    /// A database of the Python Autopack.
    Python {
        /// Whether it knew intent and ceiling apart.
        is_split: bool,
    },
}

/// One thing that was done, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MigrationStep {
    /// A table of the Python Autopack took the form that it has here; no row was lost.
    Rebuild {
        /// Its name.
        table: &'static str,
        /// How many rows it has.
        n_rows: u64,
        /// The columns that were added.
        added: Vec<String>,
    },
    /// The ceiling was set to the selected budget, which was the final value before the two were
    /// split.
    Split {
        /// In how many rows.
        n_rows: u64,
    },
    /// A table that was missing was made.
    CreateTable {
        /// Its name.
        table: &'static str,
    },
    /// An index that was missing was made.
    CreateIndex {
        /// Its name.
        index: String,
    },
    /// A view that was missing was made.
    CreateView {
        /// Its name.
        view: String,
    },
    /// A step of the schema was taken.
    Advance {
        /// The version it leads to.
        schema_version: i64,
        /// What it is about, in a word or two.
        about: String,
    },
}

/// What a migration did, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The path of the file, or `:memory:`.
    pub path: String,
    /// What the database was before.
    pub was: Origin,
    /// The version of its schema afterwards.
    pub schema_version: i64,
    /// The copy that was made first.
    pub backup: Option<PathBuf>,
    /// What was done, in order. Empty where the database was up to date.
    pub steps: Vec<MigrationStep>,
    /// How many tables of others there are; they stay as they are.
    pub n_other_tables: usize,
}

/// Brings a database to today's schema: an empty one, one of this program, or one of the Python
/// Autopack. All that is done is done in one transaction; where anything goes wrong, the database
/// stays as it was. Where nothing is to be done, no byte changes.
///
/// A database of anybody else or of a later version of this program is refused.
pub async fn migrate(url: &DatabaseUrl, options: MigrateOptions) -> Result<Migration, StoreError> {
    let site = Site {
        path: url.name().to_owned(),
        mode: OpenMode::ReadWrite,
        accepted: Accepted::PythonToo,
        busy_timeout: options.busy_timeout,
    };
    sqlite::migrate(url, &site, options).await
}
