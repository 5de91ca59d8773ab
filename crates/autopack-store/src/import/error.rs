//! Why a source cannot be imported at all.

use std::io;

use crate::error::StoreError;

/// Why nothing, or nothing more, could be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The source is something else.
    #[error("it is {what}: {way_out}")]
    NotASource {
        /// What it is.
        what: &'static str,
        /// What can be done.
        way_out: &'static str,
    },
    /// A table without the columns that every call has.
    #[error(
        "its header has no `{missing}`: a table of calls has at least `timestamp`, `complexity` and `actual_output_tokens`"
    )]
    MissingColumns {
        /// The names of those that are missing.
        missing: String,
    },
    /// Reading failed.
    #[error("it cannot be read on")]
    Read(#[from] io::Error),
    /// A table that goes wrong in a way that says nothing of where the next row begins.
    #[error("line {line}: a row that is longer than a mebibyte; is a quote missing?")]
    EndlessRow {
        /// Where it begins.
        line: u64,
    },
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}
