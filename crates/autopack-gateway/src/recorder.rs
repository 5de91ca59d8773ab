//! Where rows go. Recording takes no time of a call: rows wait in a bounded queue, and a thread writes
//! them by the batch. What becomes of each is counted, and the counts add up.

mod store;

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use autopack_store::{EscalationEvent, LearnedLimit};

use crate::call::ClosedRow;
use crate::decide::Lesson;

pub use store::StoreRecorder;

/// Somebody who keeps rows.
pub trait Recorder: fmt::Debug + Send + Sync {
    /// Takes a row, at once. Whether it is kept is counted. What is learned with it is learned when `lesson` is
    /// dropped.
    fn record(&self, row: ClosedRow, lesson: Option<Lesson>);

    /// Takes the row of an escalation, at once. Whether it is kept is counted with the others.
    fn record_escalation(&self, row: EscalationEvent);

    /// Takes what a refusal taught, at once. It is no row; where it is lost, it will be said again.
    fn remember_limit(&self, limit: LearnedLimit);

    /// What became of the rows so far.
    fn counts(&self) -> RowCounts;

    /// Whether rows are being written just now, which wants a processor.
    fn is_writing(&self) -> bool {
        false
    }

    /// Whether rows can be kept now.
    fn can_write(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(std::future::ready(true))
    }

    /// Waits until nothing is pending that was recorded before.
    fn flush(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// What became of rows: `recorded` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows there were.
    pub n_recorded: u64,
    /// Rows that are kept.
    pub n_written: u64,
    /// Rows that the database did not take.
    pub n_refused: u64,
    /// Rows for which there was no room to wait.
    pub n_dropped: u64,
    /// Rows that wait.
    pub n_pending: u64,
}

/// Counts rows.
#[derive(Debug, Default)]
struct Counters {
    recorded: AtomicU64,
    written: AtomicU64,
    refused: AtomicU64,
    dropped: AtomicU64,
}

impl Counters {
    fn counts(&self) -> RowCounts {
        // What became of a row is read before how many there were, so that none is missing.
        let n_written = self.written.load(Ordering::Acquire);
        let n_refused = self.refused.load(Ordering::Acquire);
        let n_dropped = self.dropped.load(Ordering::Acquire);
        let n_recorded = self.recorded.load(Ordering::Acquire);
        RowCounts {
            n_recorded,
            n_written,
            n_refused,
            n_dropped,
            n_pending: n_recorded.saturating_sub(n_written + n_refused + n_dropped),
        }
    }
}

/// Keeps nothing: telemetry is off, and no row is counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRecorder;

impl Recorder for NoRecorder {
    fn record(&self, _row: ClosedRow, _lesson: Option<Lesson>) {}

    fn record_escalation(&self, _row: EscalationEvent) {}

    fn remember_limit(&self, _limit: LearnedLimit) {}

    fn counts(&self) -> RowCounts {
        RowCounts::default()
    }

    fn flush(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}
