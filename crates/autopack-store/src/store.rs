//! The store: a place to write calls down, and to read them back.

mod policies;

use std::borrow::Borrow;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::Mutex;

use crate::decision::DecisionRow;
use crate::error::StoreError;
use crate::escalation::EscalationEvent;
use crate::estimation::EstimationEvent;
use crate::export::{ExportError, RowWriter};
use crate::import::{Batch, TableShape, Twin};
use crate::learned::LearnedLimit;
use crate::learner::LearnerState;
use crate::row::{EscalationRow, EstimationRow, Filter, Identity, OutcomeRow, ReadCount};
use crate::sqlite::{self, Accepted, Site, TakenIn};
use crate::time::utc_text;
use crate::url::DatabaseUrl;

/// How long to wait for another program's lock. Writing a row takes well under a millisecond, so
/// five seconds are a queue of thousands; who waits longer waits for somebody who forgot to let go.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What a store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// To write and to read. Makes the file where there is none, and brings its schema up to date.
    ReadWrite,
    /// To read only. Never makes a file.
    ReadOnly,
}

/// An open database of telemetry.
///
/// It has one connection: a SQLite file has one writer at a time, so a pool would only move the
/// queue into the lock of the file. Who wants to read while another task writes opens a second
/// store on the same file, [`OpenMode::ReadOnly`].
///
/// A row is durable once [`Store::record`] returns: it survives that this process is killed, because
/// it has left the process (write-ahead log, `synchronous = NORMAL`). A power failure may take the
/// rows since the last checkpoint, and never damages the file.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<SqliteConnection>,
    site: Site,
}

impl Store {
    /// Opens a database, after finding out whose it is: one of another program, of the Python
    /// Autopack or of a later version is refused and not changed by a byte. For
    /// [`OpenMode::ReadWrite`] something is written too, so that a disk that is full or read-only
    /// is found out before any call is made.
    pub async fn open(url: &DatabaseUrl, mode: OpenMode) -> Result<Self, StoreError> {
        Self::open_waiting(url, mode, BUSY_TIMEOUT).await
    }

    /// As [`Store::open`], with another time to wait for locks: then and at every write.
    pub async fn open_waiting(
        url: &DatabaseUrl,
        mode: OpenMode,
        busy_timeout: Duration,
    ) -> Result<Self, StoreError> {
        let site = Site {
            path: url.name().to_owned(),
            mode,
            accepted: Accepted::Ours,
            busy_timeout,
        };
        let connection = Mutex::new(sqlite::open(url, &site).await?);
        Ok(Self { connection, site })
    }

    /// Writes a call down and gives the key of its row. Durable when it returns.
    pub async fn record(&self, event: &EstimationEvent) -> Result<i64, StoreError> {
        let now = utc_text(Timestamp::now());
        let columns = event.columns(&now);
        let mut connection = self.connection.lock().await;
        sqlite::insert(&mut connection, EstimationEvent::TABLE, columns)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Writes calls down, all of them or none, and gives the key of the last row; those before have the keys
    /// before, one by one. Events may be made as they are taken. Durable when it returns, and several times quicker
    /// for each than [`Store::record`]: one commit serves all.
    pub async fn record_all<E: Borrow<EstimationEvent>>(
        &self,
        events: impl IntoIterator<Item = E, IntoIter: ExactSizeIterator>,
    ) -> Result<i64, StoreError> {
        let now = utc_text(Timestamp::now());
        let mut connection = self.connection.lock().await;
        let (table, events) = (EstimationEvent::TABLE, events.into_iter());
        sqlite::insert_all(&mut connection, table, events, |event| {
            event.borrow().columns(&now)
        })
        .await
        .map_err(|error| self.site.fault(error))
    }

    /// Has `pause` called again and again while statements are executed, every some tens of microseconds, in the
    /// thread that executes them: there others can be let go first. A commit is no statement with pauses.
    pub async fn pause_with(&self, pause: impl Fn() + Send + 'static) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::pause_with(&mut connection, pause)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Sees that it can be written, by taking the place of its one writer and leaving it again. Waits for
    /// whoever writes now, as writing does.
    pub async fn check_writable(&self) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::check_writable(&mut connection)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Writes an escalation down and gives the key of its row. Durable when it returns.
    pub async fn record_escalation(&self, event: &EscalationEvent) -> Result<i64, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::insert(&mut connection, EscalationEvent::TABLE, event.columns())
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Writes escalations down, all of them or none. Durable when it returns.
    pub async fn record_escalations(&self, events: &[EscalationEvent]) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        let (table, events) = (EscalationEvent::TABLE, events.iter());
        sqlite::insert_all(&mut connection, table, events, |event| event.columns())
            .await
            .map(drop)
            .map_err(|error| self.site.fault(error))
    }

    /// Remembers what a refusal taught: it counts for later calls of the model on this route.
    pub async fn remember_limit(&self, limit: &LearnedLimit) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::learned::remember(&mut connection, limit)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// What refusals have taught, by route and model.
    pub async fn learned_limits(&self) -> Result<Vec<LearnedLimit>, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::learned::all(&mut connection)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Forgets what refusals have taught, and says how much that was.
    pub async fn forget_limits(&self) -> Result<u64, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::learned::forget(&mut connection)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Keeps what a learner knows, in place of what it knew before.
    pub async fn save_learner_state(&self, learner: &LearnerState) -> Result<(), StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::learners::save(&mut connection, learner)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// What the learner of this name knew when it was saved last.
    pub async fn learner_state(&self, name: &str) -> Result<Option<LearnerState>, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::learners::find(&mut connection, name)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Hands every call that passes the filter to `visit`, in order of time. Rows stream: memory
    /// does not grow with their number. Other uses of this store wait meanwhile.
    pub async fn for_each_estimation(
        &self,
        filter: &Filter,
        visit: impl FnMut(EstimationRow),
    ) -> Result<ReadCount, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::for_each_estimation(&mut connection, filter, visit)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// How many calls were made at this time or later, counted up to `most`.
    pub async fn n_estimations_since(
        &self,
        since: Timestamp,
        most: u32,
    ) -> Result<u64, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::n_estimations_since(&mut connection, since, most)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// The key of the newest call; 0 where there is none.
    pub async fn newest_event_id(&self) -> Result<i64, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::newest_event_id(&mut connection)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Hands what came of the newest attempts that are learned in groups of their upstream to `visit`, the
    /// newest first, at most `n_rows` of those with a key above `after`.
    pub async fn for_each_outcome(
        &self,
        after: i64,
        n_rows: u32,
        visit: impl FnMut(OutcomeRow),
    ) -> Result<ReadCount, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::for_each_outcome(&mut connection, after, n_rows, visit)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// As [`Store::for_each_estimation`], with the decision behind every call.
    pub async fn for_each_decision(
        &self,
        filter: &Filter,
        visit: impl FnMut(DecisionRow),
    ) -> Result<ReadCount, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::for_each_decision(&mut connection, filter, visit)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// The columns of its tables, for who brings rows from elsewhere.
    pub(crate) async fn shapes(&self) -> Result<[TableShape; 2], StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::shapes(&mut connection)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Whether it has rows that were not imported.
    pub(crate) async fn has_recorded(&self) -> Result<bool, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::has_recorded(&mut connection)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Takes rows from elsewhere in, all that are new, and says how many those were.
    pub(crate) async fn take_in(&self, batch: Batch, twin: Twin) -> Result<TakenIn, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::take_in(&mut connection, batch, twin)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Hands the rows of a table that pass the filter to `writer`.
    pub(crate) async fn write_table(
        &self,
        table: &'static str,
        filter: &Filter,
        writer: &mut impl RowWriter,
    ) -> Result<ReadCount, ExportError> {
        let mut connection = self.connection.lock().await;
        let written = sqlite::write_table(&mut connection, table, filter, writer).await;
        Ok(written.map_err(|error| self.site.fault(error))??)
    }

    /// Hands every escalation that passes the filter to `visit`, in the order in which they were
    /// written, each with what became of the attempt that followed. They stream as calls do; to find
    /// the attempts that followed, those beyond the first of all chains are held meanwhile.
    pub async fn for_each_escalation(
        &self,
        filter: &Filter,
        visit: impl FnMut(EscalationRow),
    ) -> Result<ReadCount, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::for_each_escalation(&mut connection, filter, visit)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// What this database is: size, schema, and what is in it.
    pub async fn identity(&self) -> Result<Identity, StoreError> {
        let mut connection = self.connection.lock().await;
        sqlite::identity(&mut connection, &self.site.path)
            .await
            .map_err(|error| self.site.fault(error))
    }

    /// Closes the database. Without this, nothing is lost, but the log beside the file may stay.
    pub async fn close(self) -> Result<(), StoreError> {
        let Self { connection, site } = self;
        connection
            .into_inner()
            .close()
            .await
            .map_err(|error| site.fault(error))
    }
}
