//! Groups inside groups: each after the one around it.

use std::collections::HashMap;

use autopack_core::Policy;

use super::in_use::row;
use super::key::GroupKey;
use super::lengths::GroupLengths;
use super::measure::Measure;
use super::observations::{Length, Observation};

/// The groups, and which is around which. Ids go up from the whole to its parts.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) keys: Vec<GroupKey>,
    pub(super) parents: Vec<Option<usize>>,
}

impl Tree {
    /// The groups of these keys.
    pub(super) fn of(keys: &[GroupKey]) -> Self {
        Self {
            parents: parents(keys),
            keys: keys.to_vec(),
        }
    }

    /// The groups without those that have no other calls than the one around them, which is then where
    /// their calls belong; those with a row of their own in `policy` stay.
    pub(super) fn pruned(keys: &[GroupKey], calls: &mut [Observation], policy: &Policy) -> Self {
        let all = Self::of(keys);
        let mut n_calls = vec![0_u64; keys.len()];
        for call in calls.iter() {
            all.around(call.group).for_each(|group| n_calls[group] += 1);
        }
        let mut places = Vec::with_capacity(keys.len());
        let mut kept = Vec::new();
        for (group, key) in keys.iter().enumerate() {
            let parent = all.parents[group]
                .filter(|parent| n_calls[group] == n_calls[*parent] && row(policy, key).is_none());
            places.push(parent.map_or_else(
                || {
                    kept.push(key.clone());
                    kept.len() - 1
                },
                |parent| places[parent],
            ));
        }
        for call in calls {
            call.group = places[call.group];
        }
        Self::of(&kept)
    }

    pub(super) const fn len(&self) -> usize {
        self.keys.len()
    }

    /// A group and all that are around it, from the inside out.
    pub(super) fn around(&self, group: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(group), |group| self.parents[*group])
    }

    /// All calls of its cell to the provider.
    pub(super) fn root(&self, group: usize) -> usize {
        self.around(group).last().unwrap_or(group)
    }

    pub(super) fn is_root(&self, group: usize) -> bool {
        self.parents[group].is_none()
    }

    /// What is known of the lengths of each group, with those of the groups in it.
    pub(super) fn gathered(
        &self,
        calls: &[Observation],
        measures: &[Measure],
    ) -> Vec<GroupLengths> {
        let mut groups: Vec<Vec<(Length, f64)>> = vec![Vec::new(); self.len()];
        for call in calls {
            for group in self.around(call.group) {
                groups[group].push((call.length, measures[group].scale(call.estimate)));
            }
        }
        groups.iter().map(|calls| GroupLengths::of(calls)).collect()
    }
}

/// For each key the place of the nearest group around it that is there too.
pub(super) fn parents(keys: &[GroupKey]) -> Vec<Option<usize>> {
    let is_flat = keys.iter().all(|key| key.within.is_empty());
    if is_flat {
        return vec![None; keys.len()];
    }
    let places: HashMap<&GroupKey, usize> = keys.iter().zip(0..).collect();
    let parent = |key: &GroupKey| {
        let around = std::iter::successors(key.parent(), GroupKey::parent);
        around.into_iter().find_map(|key| places.get(&key).copied())
    };
    keys.iter().map(parent).collect()
}
