//! Rows on their way into the database.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use autopack_store::{EscalationEvent, LearnedLimit, Store, StoreError};
use tokio::runtime::Builder;
use tokio::sync::{Notify, mpsc, oneshot};

use super::{Counters, Recorder, RowCounts};
use crate::call::ClosedRow;
use crate::decide::Lesson;

/// How many rows may wait, each of about a kilobyte with its texts: what the busiest gateway ends in a
/// second, while the database takes tens of thousands.
const MAX_WAITING: usize = 16_384;

/// How many rows are written at once: sixteen statements' worth, some milliseconds of work.
const BATCH_ROWS: usize = 512;

/// How long a row waits at the most for as many others as are written at once: one commit serves all, each time
/// to write holds up the calls that come meanwhile, and nobody looks sooner.
const LINGER: Duration = Duration::from_millis(200);

/// How many rows are made between pauses: each takes the thread two to three microseconds, binding included.
const ROWS_A_PAUSE: usize = 8;

/// How many may ask at once that everything be written.
const MAX_FLUSHES: usize = 8;

/// A row that waits.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are attempts, and a box of each would be freed in another thread than made it"
)]
enum Waiting {
    /// Of an attempt, and what is learned once it is written.
    Attempt(ClosedRow, Option<Lesson>),
    Escalation(Box<EscalationEvent>),
    /// What a refusal taught, which is no row.
    Limit(Box<LearnedLimit>),
}

/// Writes rows into a store.
#[derive(Debug)]
pub struct StoreRecorder {
    rows: mpsc::Sender<Waiting>,
    flushes: mpsc::Sender<oneshot::Sender<()>>,
    shared: Arc<Shared>,
    store: Arc<Store>,
}

/// What the writer's thread and those whose rows it writes know of each other.
#[derive(Debug, Default)]
struct Shared {
    counters: Counters,
    /// So many rows wait that it is time to write them.
    enough: Notify,
    /// Whether it is, or they are being written.
    is_writing: AtomicBool,
}

impl Shared {
    /// Lets other threads go first, calls above all, where there is time to: while not yet enough rows wait to be
    /// written next.
    fn pause(&self) {
        if self.counters.counts().n_pending < 2 * BATCH_ROWS as u64 {
            thread::yield_now();
        }
    }
}

impl StoreRecorder {
    /// Begins to write, in a thread of its own: to make statements of a batch of rows takes longer than a
    /// call, and no call is to wait for it.
    ///
    /// # Errors
    /// Where the system has no threads or file handles left.
    pub fn start(store: Arc<Store>) -> io::Result<Self> {
        let (rows, taken) = mpsc::channel(MAX_WAITING);
        let (flushes, asked) = mpsc::channel(MAX_FLUSHES);
        let shared = Arc::<Shared>::default();
        let writer = Writer {
            store: Arc::clone(&store),
            rows: taken,
            flushes: asked,
            shared: Arc::clone(&shared),
            batch: Vec::with_capacity(BATCH_ROWS),
        };
        let runtime = Builder::new_current_thread().enable_time().build()?;
        thread::Builder::new()
            .name("telemetry".to_owned())
            .spawn(move || runtime.block_on(writer.run()))?;
        Ok(Self {
            rows,
            flushes,
            shared,
            store,
        })
    }

    fn take(&self, row: Waiting) {
        let counters = &self.shared.counters;
        counters.recorded.fetch_add(1, Ordering::AcqRel);
        if self.rows.try_send(row).is_err() {
            counters.dropped.fetch_add(1, Ordering::AcqRel);
        }
        if MAX_WAITING - self.rows.capacity() >= BATCH_ROWS {
            self.shared.is_writing.store(true, Ordering::Relaxed);
            self.shared.enough.notify_one();
        }
    }
}

impl Recorder for StoreRecorder {
    fn record(&self, row: ClosedRow, lesson: Option<Lesson>) {
        self.take(Waiting::Attempt(row, lesson));
    }

    fn record_escalation(&self, row: EscalationEvent) {
        self.take(Waiting::Escalation(Box::new(row)));
    }

    fn remember_limit(&self, limit: LearnedLimit) {
        if self.rows.try_send(Waiting::Limit(Box::new(limit))).is_err() {
            tracing::debug!("a limit is not remembered: too many rows wait");
        }
    }

    fn counts(&self) -> RowCounts {
        self.shared.counters.counts()
    }

    fn is_writing(&self) -> bool {
        self.shared.is_writing.load(Ordering::Relaxed)
    }

    fn can_write(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        let store = Arc::clone(&self.store);
        // In a task of its own: whoever asks may leave, and the connection has to come back as it was.
        let asked = tokio::spawn(async move { store.check_writable().await.is_ok() });
        Box::pin(async { asked.await.unwrap_or(false) })
    }

    fn flush(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            let (done, wait) = oneshot::channel();
            if self.flushes.send(done).await.is_ok() {
                // The writer ends with the recorder alone.
                let _ = wait.await;
            }
        })
    }
}

struct Writer {
    store: Arc<Store>,
    rows: mpsc::Receiver<Waiting>,
    flushes: mpsc::Receiver<oneshot::Sender<()>>,
    shared: Arc<Shared>,
    batch: Vec<Waiting>,
}

impl Writer {
    async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let pausing = self.store.pause_with(move || shared.pause()).await;
        if let Err(error) = pausing {
            tracing::debug!(%error, "rows are written without pauses");
        }
        loop {
            let asked = tokio::select! {
                n_rows = self.rows.recv_many(&mut self.batch, BATCH_ROWS) => {
                    if n_rows == 0 {
                        return;
                    }
                    self.linger().await
                }
                Some(done) = self.flushes.recv() => Some(done),
            };
            self.write().await;
            if let Some(done) = asked {
                while !self.rows.is_empty() {
                    self.write().await;
                }
                // Whoever asked may have stopped waiting.
                let _ = done.send(());
            }
        }
    }

    /// Waits for more rows, unless there are enough or somebody asks for them to be written.
    async fn linger(&mut self) -> Option<oneshot::Sender<()>> {
        let n_taken = self.batch.len();
        let enough = async {
            while n_taken + self.rows.len() < BATCH_ROWS {
                self.shared.enough.notified().await;
            }
        };
        tokio::select! {
            () = enough => None,
            () = tokio::time::sleep(LINGER) => None,
            done = self.flushes.recv() => done,
        }
    }

    /// Writes what there is, a batch at the most.
    async fn write(&mut self) {
        while self.batch.len() < BATCH_ROWS {
            let Ok(row) = self.rows.try_recv() else { break };
            self.batch.push(row);
        }
        if self.batch.is_empty() {
            return;
        }
        self.shared.is_writing.store(true, Ordering::Relaxed);
        self.write_batch().await;
        let is_writing = self.rows.len() >= BATCH_ROWS;
        self.shared.is_writing.store(is_writing, Ordering::Relaxed);
    }

    async fn write_batch(&mut self) {
        let (mut rows, mut lessons) = (Vec::new(), Vec::new());
        let (mut escalations, mut limits) = (Vec::new(), Vec::new());
        for waiting in self.batch.drain(..) {
            match waiting {
                Waiting::Attempt(row, lesson) => {
                    rows.push(row);
                    lessons.push(lesson);
                }
                Waiting::Escalation(row) => escalations.push(*row),
                Waiting::Limit(limit) => limits.push(*limit),
            }
        }
        if !rows.is_empty() {
            let n_rows = rows.len();
            let events = rows.into_iter().enumerate().map(|(n, row)| {
                if n.is_multiple_of(ROWS_A_PAUSE) {
                    self.shared.pause();
                }
                row.event()
            });
            let done = self.store.record_all(events).await;
            self.count(n_rows, &done);
            if let Ok(last) = done {
                teach(lessons, last).await;
            }
        }
        if !escalations.is_empty() {
            let done = self.store.record_escalations(&escalations).await;
            self.count(escalations.len(), &done);
        }
        for limit in limits {
            if let Err(error) = self.store.remember_limit(&limit).await {
                tracing::warn!(%error, model = limit.model, "its limit is not remembered");
            }
        }
    }

    fn count<T>(&self, n_rows: usize, done: &Result<T, StoreError>) {
        let count = match done {
            Ok(_) => &self.shared.counters.written,
            Err(error) => {
                tracing::warn!(%error, n_rows, "rows are not written");
                &self.shared.counters.refused
            }
        };
        count.fetch_add(n_rows as u64, Ordering::AcqRel);
    }
}

/// Has what rows teach be learned, now that they are written; `last` is the key of the last of them.
async fn teach(lessons: Vec<Option<Lesson>>, last: i64) {
    for (behind, lesson) in lessons.into_iter().rev().enumerate().rev() {
        if let Some(lesson) = lesson {
            let row = last.saturating_sub_unsigned(behind as u64);
            lesson.written(row).await;
        }
    }
}
