//! What was learned, kept in the database and gone on with: a gateway that starts again knows what the one
//! before knew, whether that ended or was killed.
//!
//! Kept is the learner of each upstream with the key of the newest row that it has learned from; it learns from
//! a row once that is written, in the order of rows. So the rows beyond say all that it does not know, and none
//! of it twice. Not exact are two things: rows that others put into the database meanwhile, such as a second
//! gateway or an import, are passed over; and a call whose row was dropped or refused is known to the learner
//! alone, so that a kill before it is kept forgets it.

use std::collections::HashMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use autopack_calibrate::learned::Learner;
use autopack_core::UpstreamName;
use autopack_store::{LearnerState, Store, StoreError};
use jiff::Timestamp;

use crate::config::Upstream;
use crate::decide::{Kept, KeptError, KeptGroup};
use crate::gateway::Gateway;
use crate::past::{Known, MAX_ROWS, Past};

/// How often is looked whether there is something to keep.
const LOOK: Duration = Duration::from_secs(1);

/// How long what was learned is kept in memory alone.
const KEEP_EVERY: Duration = Duration::from_secs(30);

/// After so many calls it is kept sooner: with those that come until then, the rows beyond are no more than what
/// is read when a gateway starts.
const KEEP_AFTER_CALLS: u64 = MAX_ROWS as u64 / 4;

/// From what a gateway that starts knows what it knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// Upstreams whose learner was kept and is gone on with.
    pub n_restored: usize,
    /// Why others that were kept are not, in words.
    pub not_restored: Vec<String>,
    /// Calls of the database that were learned from anew.
    pub n_calls: usize,
}

/// Why a learner that was kept is not gone on with.
#[derive(Debug, thiserror::Error)]
enum NotRestored {
    #[error("{0}")]
    Unread(#[from] StoreError),
    #[error("{0}")]
    Unusable(#[from] KeptError),
    #[error("it was learned for a target of {found}, and that of the upstream is {wanted}")]
    OtherTarget { found: f64, wanted: f64 },
    #[error("rows that it was learned from are gone: it knows {known}, and the newest is {newest}")]
    RowsGone { known: i64, newest: i64 },
}

/// A learner that was kept.
struct Restored {
    learner: Learner,
    groups: Vec<KeptGroup>,
    known: Known,
}

impl Restored {
    fn of(state: &LearnerState, upstream: &Upstream, newest: i64) -> Result<Self, NotRestored> {
        let (kept, learner) = Kept::read(&state.state)?;
        let (found, wanted) = (learner.settings().target.get(), upstream.aim.target.get());
        #[expect(clippy::float_cmp, reason = "a target is kept bit by bit")]
        if found != wanted {
            return Err(NotRestored::OtherTarget { found, wanted });
        }
        if kept.row > newest {
            return Err(NotRestored::RowsGone {
                known: kept.row,
                newest,
            });
        }
        Ok(Self {
            learner,
            groups: kept.groups,
            known: Known {
                row: kept.row,
                open: kept.open,
            },
        })
    }
}

impl Gateway {
    /// Goes on with what was kept in `store`, and learns from the rows that came since; of upstreams of which
    /// nothing usable was kept, from the newest rows. Takes in too what refusals have taught. To be called before
    /// the first call comes.
    ///
    /// # Errors
    /// [`StoreError`] where rows cannot be read.
    pub async fn remember_from(&self, store: &Store) -> Result<Remembered, StoreError> {
        for limit in store.learned_limits().await? {
            self.limits.learn(limit);
        }
        let config = self.config();
        let newest = store.newest_event_id().await?;
        let mut known = HashMap::new();
        let mut remembered = Remembered::default();
        for (name, upstream) in &config.upstreams {
            let of_this = match restored(store, name, upstream, newest).await {
                Ok(Some(restored)) => {
                    let Restored {
                        learner, groups, ..
                    } = restored;
                    self.learning.restore(name, learner, groups).await;
                    remembered.n_restored += 1;
                    restored.known
                }
                Ok(None) => Known::default(),
                Err(error) => {
                    remembered.not_restored.push(format!(
                        "what was learned for {name} is not gone on with: {error}; it is learned anew from the rows"
                    ));
                    Known::default()
                }
            };
            known.insert(name.to_string(), of_this);
        }
        let floor = known.values().map(Known::floor).min();
        let mut past = Past::new(&config.catalogue, &known);
        let read = store
            .for_each_outcome(floor.unwrap_or(newest), MAX_ROWS, |row| past.add(row))
            .await?;
        if read.n_unreadable > 0 {
            tracing::warn!(
                n_rows = read.n_unreadable,
                "rows cannot be read, and nothing is learned from them"
            );
        }
        let calls: Vec<_> = past.calls().collect();
        remembered.n_calls = calls.len();
        self.remember(calls).await;
        for (name, upstream) in &config.upstreams {
            self.learning.reach(name, upstream.aim.target, newest).await;
        }
        Ok(remembered)
    }

    /// Keeps what it learns in `store`, now and then until `end` is ready, and once more then.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be kept in the end. What fails before is logged, and tried again.
    pub async fn keep_in(
        &self,
        store: &Store,
        end: impl Future<Output = ()>,
    ) -> Result<(), StoreError> {
        let mut keeper = Keeper {
            gateway: self,
            store,
            changes: HashMap::new(),
            n_learned: 0,
            at: Instant::now(),
        };
        let mut end = pin!(end);
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = &mut end => break,
            }
            if keeper.is_time()
                && let Err(error) = keeper.keep().await
            {
                tracing::warn!(%error, "what was learned is not kept");
            }
        }
        self.settle().await;
        keeper.keep().await
    }
}

/// The learner that was kept for an upstream, if there is one.
async fn restored(
    store: &Store,
    name: &UpstreamName,
    upstream: &Upstream,
    newest: i64,
) -> Result<Option<Restored>, NotRestored> {
    match store.learner_state(name.as_str()).await? {
        Some(state) => Restored::of(&state, upstream, newest).map(Some),
        None => Ok(None),
    }
}

/// Keeps what was learned.
struct Keeper<'a> {
    gateway: &'a Gateway,
    store: &'a Store,
    /// How much each learner had changed when it was kept.
    changes: HashMap<UpstreamName, u64>,
    n_learned: u64,
    at: Instant,
}

impl Keeper<'_> {
    fn is_time(&self) -> bool {
        let n_new = self.gateway.learning_counts().n_learned - self.n_learned;
        n_new >= KEEP_AFTER_CALLS || n_new > 0 && self.at.elapsed() >= KEEP_EVERY
    }

    async fn keep(&mut self) -> Result<(), StoreError> {
        self.at = Instant::now();
        let n_learned = self.gateway.learning_counts().n_learned;
        for state in self.gateway.learning.states(self.changes.clone()).await {
            let learner = LearnerState {
                name: state.upstream.to_string(),
                state: state.bytes,
                saved_at: Timestamp::now(),
            };
            self.store.save_learner_state(&learner).await?;
            self.changes.insert(state.upstream, state.n_changes);
        }
        self.n_learned = n_learned;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_calls_more_is_still_read() {
        // The busiest gateway ends so many calls in a second, and as many rows may wait.
        const BUSIEST: u64 = 20_000;
        let beyond = KEEP_AFTER_CALLS + BUSIEST * LOOK.as_secs() + 16_384;
        assert!(beyond < u64::from(MAX_ROWS));
    }
}
