//! All that a database holds, as text that can be imported again.

mod csv;
mod ndjson;

use std::io::{self, Write};

use crate::error::StoreError;
use crate::escalation::EscalationEvent;
use crate::estimation::EstimationEvent;
use crate::row::{Filter, ReadCount};
use crate::store::Store;
use csv::CsvRows;
use ndjson::JsonRows;

/// What rows are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON object a line, of calls and of escalations; `table` tells which.
    Ndjson,
    /// A table of calls with a header. Unknown is empty.
    Csv,
}

/// How many rows were written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Exported {
    /// Calls.
    pub n_calls: u64,
    /// Escalations.
    pub n_escalations: u64,
    /// Rows that were left out, because a value in them is neither text nor number.
    pub n_left_out: u64,
}

/// Why not everything was exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The rows could not be written.
    #[error("the rows cannot be written")]
    Write(#[from] io::Error),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Field<'a> {
    Unknown,
    Integer(i64),
    Real(f64),
    Truth(bool),
    Text(&'a str),
}

/// Somebody who writes rows, one after the other.
pub(crate) trait RowWriter {
    /// Begins a table.
    fn begin(&mut self, table: &str, names: &[&str]) -> io::Result<()>;

    /// Writes a row of it.
    fn row(&mut self, fields: &[Field<'_>]) -> io::Result<()>;
}

impl Store {
    /// Writes every row that passes the filter, in order of time, with every column but the key, which
    /// means nothing in another database. Rows stream: memory does not grow with their number. What
    /// is imported into an empty database and exported again is the same, byte for byte.
    pub async fn export(
        &self,
        filter: &Filter,
        format: ExportFormat,
        output: &mut impl Write,
    ) -> Result<Exported, ExportError> {
        let (calls, escalations) = match format {
            ExportFormat::Ndjson => {
                let mut rows = JsonRows::new(&mut *output);
                let calls = self
                    .write_table(EstimationEvent::TABLE, filter, &mut rows)
                    .await?;
                (
                    calls,
                    self.write_table(EscalationEvent::TABLE, filter, &mut rows)
                        .await?,
                )
            }
            ExportFormat::Csv => {
                let mut rows = CsvRows::new(&mut *output);
                let calls = self
                    .write_table(EstimationEvent::TABLE, filter, &mut rows)
                    .await?;
                rows.flush()?;
                (calls, ReadCount::default())
            }
        };
        output.flush()?;
        Ok(Exported {
            n_calls: calls.n_rows,
            n_escalations: escalations.n_rows,
            n_left_out: calls.n_unreadable + escalations.n_unreadable,
        })
    }
}
