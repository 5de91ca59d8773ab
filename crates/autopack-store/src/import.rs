//! Rows from elsewhere: logs of the Python Autopack, tables in CSV, rows of ours as JSON.
//!
//! A source is read once, line by line, and held in memory a batch at a time. No row comes in twice,
//! whatever is imported again: what a log or a table says of a call makes a key that is kept with it,
//! and a row of ours is compared with those that are there. What cannot be read is counted, with its
//! reason and the numbers of its lines.

mod batch;
mod call;
mod csv;
mod error;
mod key;
mod lines;
mod log;
mod ndjson;
mod report;
mod shape;
mod sniff;

use std::io::{BufRead, Read};

use autopack_core::{Category, Complexity};
use jiff::Timestamp;
use jiff::tz::Offset;

use crate::store::Store;
use crate::time::utc_text;
pub(crate) use batch::{Batch, Rows};
pub(crate) use call::UNKNOWN;
pub use error::ImportError;
pub use log::Kind as LogLine;
pub(crate) use ndjson::TABLE_FIELD;
pub use report::{ImportCount, ImportReport, Skipped};
pub(crate) use shape::TableShape;

use csv::Table;
use lines::Lines;
use log::Log;
use ndjson::Ndjson;

/// What a source may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFormat {
    /// A run log of the Python Autopack.
    Log,
    /// A table with a header: calls under the names of the columns, or what is exported here.
    Csv,
    /// One JSON object a line: what is exported here, or kept where the database refused a row.
    Ndjson,
}

impl SourceFormat {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// What a source does not say of itself, said by whoever imports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumed {
    /// The run of rows that name none.
    pub run_id: String,
    /// The offset of the times in a log.
    pub utc_offset: Offset,
    /// The category of calls that name none.
    pub category: Option<Category>,
    /// The complexity of calls that name none.
    pub complexity: Option<Complexity>,
}

/// How a row is told from one that was recorded here, or came along with an old database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Twin {
    /// There is none.
    None,
    /// By time and numbers: the row that was written when the line was logged.
    SameCall,
    /// By all that it says.
    SameRow,
}

/// A source that is being read.
enum Source<R> {
    Log(Box<Log<R>>),
    Table(Box<Table<R>>),
    Ndjson(Box<Ndjson<R>>),
}

impl Store {
    /// Imports what `source` holds, and says what that was. Where `format` is not given, it is seen
    /// from the first lines. Rows come in by the batch, each whole or not at all; after an error, the
    /// batches before it are in, and importing again brings in the rest.
    pub async fn import(
        &self,
        source: impl BufRead,
        format: Option<SourceFormat>,
        assumed: &Assumed,
    ) -> Result<ImportReport, ImportError> {
        let (head, source) = sniff::head(source)?;
        let format = match format {
            Some(format) => format,
            None => sniff::format(head.get_ref())?,
        };
        let source = head.chain(source);
        let mut report = ImportReport::new(format);
        let [calls, escalations] = self.shapes().await?;
        let mut source = match format {
            SourceFormat::Log => Source::Log(Box::new(Log::new(Lines::new(source)))),
            SourceFormat::Csv => {
                let table = Table::open(source, calls, &mut report)?;
                Source::Table(Box::new(table))
            }
            SourceFormat::Ndjson => {
                let rows = Ndjson::new(Lines::new(source), [calls, escalations]);
                Source::Ndjson(Box::new(rows))
            }
        };
        let twin = match &source {
            Source::Ndjson(_) => Twin::SameRow,
            Source::Table(table) if table.is_ours() => Twin::SameRow,
            _ if self.has_recorded().await? => Twin::SameCall,
            _ => Twin::None,
        };
        let now = utc_text(Timestamp::now());
        let mut goes_on = true;
        while goes_on {
            let mut batch = Batch::new(&now);
            goes_on = match &mut source {
                Source::Log(log) => log.read(&mut batch, &mut report, assumed)?,
                Source::Table(table) => table.read(&mut batch, &mut report, assumed)?,
                Source::Ndjson(ndjson) => ndjson.read(&mut batch, &mut report)?,
            };
            let (n_calls, n_escalations) = (batch.calls.len(), batch.escalations.len());
            let taken_in = self.take_in(batch, twin).await?;
            report.calls.add(taken_in.n_calls, n_calls);
            report
                .escalations
                .add(taken_in.n_escalations, n_escalations);
        }
        Ok(report)
    }
}
