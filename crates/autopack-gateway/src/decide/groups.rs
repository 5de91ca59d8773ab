//! The groups of calls, as calls find them: two numbers of each, which no call waits for.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use autopack_calibrate::learned::TargetTruncation;
use autopack_core::{Tokens, UpstreamName};

/// The most call sites that are told apart. Each takes two kilobytes, so all of them are 16 MB; what is
/// beyond is learned by model. A program that writes the date into its instructions makes a site a day.
pub(super) const MAX_SITES: usize = 8192;

/// What was learned of a group.
#[derive(Debug)]
pub(crate) struct Group {
    name: String,
    upstream: UpstreamName,
    /// The share of its calls that may be cut off.
    target: TargetTruncation,
    /// How many calls it takes to trust what was learned.
    enough_calls: u64,
    n_calls: AtomicU64,
    /// Those that were cut off at the first ceiling they were sent with.
    n_cut_off: AtomicU64,
    /// The ceiling that the target share of calls exceeds, in tokens; 0 where none was learned.
    ceiling: AtomicU64,
}

impl Group {
    fn new(name: String, upstream: UpstreamName, target: TargetTruncation) -> Self {
        Self {
            name,
            upstream,
            target,
            enough_calls: enough_calls(target),
            n_calls: AtomicU64::new(0),
            n_cut_off: AtomicU64::new(0),
            ceiling: AtomicU64::new(0),
        }
    }

    /// The name in telemetry.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn upstream(&self) -> &UpstreamName {
        &self.upstream
    }

    pub(super) const fn target(&self) -> TargetTruncation {
        self.target
    }

    /// Calls that were learned from, and those of them that were cut off at their first ceiling.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let n_cut_off = self.n_cut_off.load(Ordering::Relaxed);
        (self.n_calls.load(Ordering::Relaxed), n_cut_off)
    }

    /// One more call was learned from.
    pub(super) fn count(&self, was_cut_off: bool) {
        self.n_calls.fetch_add(1, Ordering::Relaxed);
        self.n_cut_off
            .fetch_add(u64::from(was_cut_off), Ordering::Relaxed);
    }

    /// So many calls were learned from before.
    pub(super) fn restore(&self, n_calls: u64, n_cut_off: u64) {
        self.n_calls.store(n_calls, Ordering::Relaxed);
        self.n_cut_off.store(n_cut_off, Ordering::Relaxed);
    }

    /// The ceiling that the target share of calls exceeds, once enough calls have shown it.
    pub(crate) fn ceiling(&self) -> Option<Tokens> {
        let has_enough = self.n_calls.load(Ordering::Relaxed) >= self.enough_calls;
        let ceiling = self.ceiling.load(Ordering::Relaxed);
        (has_enough && ceiling > 0).then(|| Tokens::new(ceiling))
    }

    pub(super) fn learned(&self, ceiling: Tokens) {
        self.ceiling.store(ceiling.get(), Ordering::Relaxed);
    }
}

/// So many calls must have been seen: as many as have one beyond the ceiling if it is right.
fn enough_calls(target: TargetTruncation) -> u64 {
    Tokens::floor((1.0 / target.get()).ceil()).get()
}

/// All groups, by name.
#[derive(Debug, Default)]
pub(super) struct Groups(RwLock<HashMap<String, Arc<Group>>>);

impl Groups {
    pub(super) fn find(&self, name: &str) -> Option<Arc<Group>> {
        let groups = self.0.read().unwrap_or_else(PoisonError::into_inner);
        groups.get(name).cloned()
    }

    pub(super) fn found_or_made(
        &self,
        name: String,
        upstream: &UpstreamName,
        target: TargetTruncation,
    ) -> Arc<Group> {
        let mut groups = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let group = groups.entry(name).or_insert_with_key(|name| {
            Arc::new(Group::new(name.clone(), upstream.clone(), target))
        });
        Arc::clone(group)
    }

    /// All of them, in no order.
    pub(super) fn all(&self) -> Vec<Arc<Group>> {
        let groups = self.0.read().unwrap_or_else(PoisonError::into_inner);
        groups.values().cloned().collect()
    }

    pub(super) fn len(&self) -> usize {
        let groups = self.0.read().unwrap_or_else(PoisonError::into_inner);
        groups.len()
    }
}
