//! Calls as calibration reads them: few columns, many rows, and from databases of the Python
//! Autopack too.

use std::ops::ControlFlow;

use autopack_core::{Category, Complexity, Tokens};
use jiff::Timestamp;
use sqlx::{Connection, SqliteConnection};

use crate::calls::CallRow;
use crate::error::StoreError;
use crate::row::ReadCount;
use crate::sqlite::{self, Accepted, SampleColumns, Site};
use crate::store::{BUSY_TIMEOUT, OpenMode};
use crate::url::DatabaseUrl;

/// A call that succeeded and was not cut off. What is `None` is NULL in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleRow<'a> {
    /// The category that the call was estimated as.
    pub category: &'a Category,
    /// The complexity of the phase.
    pub complexity: Complexity,
    /// The prediction.
    pub predicted_output_tokens: Option<Tokens>,
    /// What came out.
    pub actual_output_tokens: Option<Tokens>,
    /// What the estimator wanted.
    pub selected_budget: Option<Tokens>,
    /// The ceiling, as sent. A database from before intent and ceiling were split has none.
    pub actual_max_tokens: Option<Tokens>,
}

/// Which calls to read. The default is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleFilter {
    /// Only calls made at this time or later.
    pub since: Option<Timestamp>,
    /// Only calls of these runs; of all where it is empty.
    pub run_ids: Vec<String>,
}

/// How many calls a read came across.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct SampleCount {
    /// All calls that pass the filter.
    pub n_calls: u64,
    /// Calls that were cut off.
    pub n_truncated: u64,
    /// Calls that were handed over.
    pub n_samples: u64,
    /// Calls that succeeded and were not cut off, but were passed over, because a value in them is
    /// not what its column says.
    pub n_unreadable: u64,
}

impl SampleCount {
    /// Calls that failed, and were not cut off.
    #[must_use]
    pub const fn n_failed(&self) -> u64 {
        self.n_calls
            .saturating_sub(self.n_truncated)
            .saturating_sub(self.n_samples)
            .saturating_sub(self.n_unreadable)
    }
}

/// Somebody who looks at samples, as often as it takes.
pub trait SampleVisitor {
    /// Looks at one.
    fn visit(&mut self, sample: &SampleRow<'_>);

    /// All have been shown. [`ControlFlow::Continue`] has the same ones shown once more.
    fn end_pass(&mut self) -> ControlFlow<()>;
}

/// A database that is open for calibration: one of ours, or one that the Python Autopack wrote,
/// before or after it split intent and ceiling. Nothing in it changes.
#[derive(Debug)]
pub struct Samples {
    connection: SqliteConnection,
    columns: SampleColumns,
    site: Site,
}

impl Samples {
    /// Opens a database, after finding out whose it is. One that is of another program, of a later
    /// version or without the columns that calibration needs is refused.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let site = Site {
            path: url.name().to_owned(),
            mode: OpenMode::ReadOnly,
            accepted: Accepted::PythonToo,
            busy_timeout: BUSY_TIMEOUT,
        };
        let mut connection = sqlite::open(url, &site).await?;
        let columns = SampleColumns::of(&mut connection, &site).await?;
        Ok(Self {
            connection,
            columns,
            site,
        })
    }

    /// Shows every call that passes the filter, succeeded and was not cut off, in no order that
    /// means anything. All passes see the same calls, whatever is written meanwhile. Rows stream:
    /// memory does not grow with their number.
    pub async fn read(
        &mut self,
        filter: &SampleFilter,
        visitor: &mut impl SampleVisitor,
    ) -> Result<SampleCount, StoreError> {
        sqlite::read_samples(&mut self.connection, self.columns, filter, visitor)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Shows every call that passes the filter, whatever became of it, in order of time. Rows stream:
    /// memory does not grow with their number.
    pub async fn for_each_call(
        &mut self,
        filter: &SampleFilter,
        visit: impl FnMut(&CallRow<'_>),
    ) -> Result<ReadCount, StoreError> {
        sqlite::for_each_call(&mut self.connection, self.columns, filter, visit)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Closes the database.
    pub async fn close(self) -> Result<(), StoreError> {
        let Self {
            connection, site, ..
        } = self;
        connection.close().await.map_err(|error| site.fault(error))
    }
}
