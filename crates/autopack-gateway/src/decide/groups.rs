//! The groups of calls, as calls find them: two numbers of each, which no call waits for. There is room for so
//! many; the least recently used give their places to new ones.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use autopack_calibrate::learned::TargetTruncation;
use autopack_core::{Tokens, UpstreamName};

/// The most call sites that are told apart. Each takes two kilobytes, so all of them are 16 MB. A program that
/// writes the date into its instructions makes a site a day.
pub(super) const MAX_SITES: usize = 8192;

/// Where there is no room, one of so many places is made free at once, so that looking for the least recently
/// used among all costs each new group little.
const SHARE_FREED: usize = 32;

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
    /// When a call was last of it, in calls.
    used_at: AtomicU64,
    /// Whether it had to give its place.
    is_forgotten: AtomicBool,
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
            used_at: AtomicU64::new(0),
            is_forgotten: AtomicBool::new(false),
        }
    }

    pub(super) fn used_at(&self) -> u64 {
        self.used_at.load(Ordering::Relaxed)
    }

    /// Whether it had to give its place: what is still learned of it is learned for nobody.
    pub(super) fn is_forgotten(&self) -> bool {
        self.is_forgotten.load(Ordering::Relaxed)
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
#[derive(Debug)]
pub(super) struct Groups {
    by_name: RwLock<HashMap<String, Arc<Group>>>,
    most: usize,
    /// How many calls have looked for their group.
    n_looks: AtomicU64,
    n_forgotten: AtomicU64,
}

impl Groups {
    pub(super) fn new(most: usize) -> Self {
        Self {
            by_name: RwLock::default(),
            most,
            n_looks: AtomicU64::new(0),
            n_forgotten: AtomicU64::new(0),
        }
    }

    /// The group of this name, for a call that is of it.
    pub(super) fn find(&self, name: &str) -> Option<Arc<Group>> {
        let groups = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        let group = groups.get(name)?;
        self.use_now(group);
        Some(Arc::clone(group))
    }

    pub(super) fn found_or_made(
        &self,
        name: String,
        upstream: &UpstreamName,
        target: TargetTruncation,
    ) -> Arc<Group> {
        let mut groups = self.by_name.write().unwrap_or_else(PoisonError::into_inner);
        if groups.len() >= self.most && !groups.contains_key(&name) {
            self.make_room(&mut groups);
        }
        let group = groups.entry(name).or_insert_with_key(|name| {
            Arc::new(Group::new(name.clone(), upstream.clone(), target))
        });
        self.use_now(group);
        Arc::clone(group)
    }

    fn use_now(&self, group: &Group) {
        let now = self.n_looks.fetch_add(1, Ordering::Relaxed);
        group.used_at.store(now, Ordering::Relaxed);
    }

    /// Forgets the least recently used.
    fn make_room(&self, groups: &mut HashMap<String, Arc<Group>>) {
        let n_freed = self.most.div_ceil(SHARE_FREED).min(groups.len());
        let mut all: Vec<Arc<Group>> = groups.values().cloned().collect();
        if let Some(last) = n_freed.checked_sub(1) {
            all.select_nth_unstable_by_key(last, |group| group.used_at());
        }
        for group in all.drain(..n_freed) {
            group.is_forgotten.store(true, Ordering::Relaxed);
            groups.remove(group.name());
        }
        self.n_forgotten
            .fetch_add(n_freed as u64, Ordering::Relaxed);
    }

    /// All of them, in no order.
    pub(super) fn all(&self) -> Vec<Arc<Group>> {
        let groups = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        groups.values().cloned().collect()
    }

    pub(super) fn len(&self) -> usize {
        let groups = self.by_name.read().unwrap_or_else(PoisonError::into_inner);
        groups.len()
    }

    /// How many had to give their places.
    pub(super) fn n_forgotten(&self) -> u64 {
        self.n_forgotten.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autopack_core::Provider;
    use proptest::prelude::*;

    proptest! {
        /// Against the plain rule: of those that are there, the ones used longest ago go.
        #[test]
        fn the_least_recently_used_give_their_places(
            uses in prop::collection::vec(0_u32..120, 0..400),
        ) {
            const MAX: usize = 64;
            let (upstream, groups) = (UpstreamName::from(Provider::OpenAi), Groups::new(MAX));
            let target = TargetTruncation::new(0.02).expect("a target");
            // The last is the most recently used.
            let mut expected: Vec<String> = Vec::new();
            let mut n_forgotten = 0;
            for number in uses {
                let name = format!("openai/gpt-5/{number}");
                match expected.iter().position(|known| *known == name) {
                    Some(place) => {
                        expected.remove(place);
                        prop_assert!(groups.find(&name).is_some());
                    }
                    None if expected.len() == MAX => {
                        expected.drain(..2);
                        n_forgotten += 2;
                    }
                    None => {}
                }
                let group = groups.found_or_made(name.clone(), &upstream, target);
                prop_assert!(!group.is_forgotten());
                expected.push(name);
                prop_assert!(groups.len() <= MAX);
            }
            let mut found: Vec<String> = groups.all().iter().map(|group| group.name().to_owned()).collect();
            found.sort();
            expected.sort();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(groups.n_forgotten(), n_forgotten);
        }
    }
}
