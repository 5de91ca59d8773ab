//! What the learners know: one for each upstream, with its own target. They belong to a task that takes in
//! what came of the calls in the order in which their rows were written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use autopack_calibrate::learned::{
    Call, GroupId, LearnedCeiling, LearnedSettings, Learner, Outcome, Source, TargetTruncation,
};
use autopack_core::{Tokens, UpstreamName};

use super::groups::{Group, MAX_SITES};
use super::kept::{Kept, KeptGroup};
use super::lesson::{Told, What};

/// The most calls that are remembered to go on: as many as a gateway may have connections. Beyond, the oldest
/// are taken to have ended without a word.
const MAX_OPEN: usize = 32_768;

/// The learner of one upstream, and up to where it has learned.
#[derive(Debug)]
pub(super) struct Pupil {
    learner: Learner,
    groups: HashMap<String, Arc<Group>>,
    /// The newest row that it has learned from.
    row: i64,
    /// Calls of which a row was written and that go on, with that row.
    open: BTreeMap<String, i64>,
    /// Goes up with every change.
    n_changes: u64,
}

impl Pupil {
    fn new(target: TargetTruncation) -> Self {
        Self::knowing(Learner::new(LearnedSettings::new(target)))
    }

    fn knowing(learner: Learner) -> Self {
        Self {
            learner,
            groups: HashMap::new(),
            row: 0,
            open: BTreeMap::new(),
            n_changes: 0,
        }
    }

    /// Learns from a call of a group; whether there is such a group.
    fn learn(&mut self, group: &Arc<Group>, sent: Tokens, outcome: Outcome) -> bool {
        let Some((group, id)) = self.known(group) else {
            return false;
        };
        let call = Call {
            group: id,
            chain: 0,
            estimate: None,
            base: sent,
            limit: None,
        };
        self.learner.observe(&call, sent, outcome);
        self.n_changes += 1;
        group.count(!matches!(outcome, Outcome::Ended(_)));
        self.tell_ceiling(&call, &group);
        true
    }

    /// The group that calls find now, and what the learner calls it; none where it is forgotten, or where the
    /// learner has no room for it.
    fn known(&mut self, group: &Arc<Group>) -> Option<(Arc<Group>, GroupId)> {
        let known = self.groups.get(group.name());
        let group = match known {
            Some(known) if Arc::ptr_eq(known, group) && !group.is_forgotten() => known,
            // A call of long ago, of a group that was forgotten and is there again.
            Some(known) if group.is_forgotten() && !known.is_forgotten() => known,
            _ if group.is_forgotten() => return None,
            known => {
                // It is there again before the learner has forgotten it.
                if let Some(known) = known {
                    let (n_calls, n_cut_off) = known.counts();
                    group.restore(n_calls, n_cut_off);
                }
                let name = group.name().to_owned();
                self.groups.insert(name, Arc::clone(group));
                group
            }
        };
        let group = Arc::clone(group);
        let id = self.learner.group(group.name()).ok()?;
        Some((group, id))
    }

    /// Forgets the groups that had to give their places.
    fn forget(&mut self) {
        let n_before = self.groups.len();
        self.groups.retain(|_, group| !group.is_forgotten());
        if self.groups.len() < n_before {
            self.learner.retain(|name| self.groups.contains_key(name));
            self.n_changes += 1;
        }
    }

    fn tell_ceiling(&self, call: &Call, group: &Group) {
        let LearnedCeiling { ceiling, source } = self.learner.decide(call);
        if source != Source::Base {
            group.learned(ceiling);
        }
    }

    /// Takes in what an attempt tells; whether it was learned from.
    fn take(&mut self, told: &Told, row: Option<i64>) -> bool {
        self.reach(row.unwrap_or_default());
        if told.what == What::GoesOn {
            if let Some(row) = row {
                self.goes_on(told.chain.to_string(), row);
            }
            return false;
        }
        if told.attempt > 1 {
            self.open.remove(&told.chain.to_string());
        }
        let What::Ended { sent, outcome } = told.what else {
            return false;
        };
        self.learn(&told.group, sent, outcome)
    }

    /// A call goes on after this row.
    fn goes_on(&mut self, chain: String, row: i64) {
        self.open.entry(chain).or_insert(row);
        if self.open.len() > MAX_OPEN {
            let oldest = self.open.iter().min_by_key(|(_, row)| **row);
            if let Some(oldest) = oldest.map(|(chain, _)| chain.clone()) {
                self.open.remove(&oldest);
            }
        }
    }

    /// It knows all that rows up to this one say.
    fn reach(&mut self, row: i64) {
        if row > self.row {
            self.row = row;
            self.n_changes += 1;
        }
    }

    fn kept(&self) -> Kept<'_> {
        let mut groups: Vec<&Arc<Group>> = self.groups.values().collect();
        groups.sort_by_key(|group| group.used_at());
        Kept {
            row: self.row,
            open: self.open.clone(),
            groups: groups.into_iter().map(|group| kept(group)).collect(),
            learner: self.learner.state().into(),
        }
    }
}

fn kept(group: &Group) -> KeptGroup {
    let (n_calls, n_cut_off) = group.counts();
    KeptGroup {
        name: group.name().to_owned(),
        n_calls,
        n_cut_off,
    }
}

/// What a learner knows, to be kept under the name of its upstream.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) upstream: UpstreamName,
    pub(crate) bytes: Vec<u8>,
    /// How much it had changed by then.
    pub(crate) n_changes: u64,
}

/// How many groups the learners may know beyond those that calls find: once they are so many, those that had to
/// give their places are forgotten here too.
const MAX_BEYOND: usize = 512;

/// All learners.
#[derive(Debug, Default)]
pub(super) struct Pupils(HashMap<UpstreamName, Pupil>);

impl Pupils {
    /// Forgets the groups that had to give their places, where it is time.
    pub(super) fn forget(&mut self) {
        let n_groups: usize = self.0.values().map(|pupil| pupil.groups.len()).sum();
        if n_groups > MAX_SITES + MAX_BEYOND {
            self.0.values_mut().for_each(Pupil::forget);
        }
    }

    fn of(&mut self, upstream: &UpstreamName, target: TargetTruncation) -> &mut Pupil {
        self.0
            .entry(upstream.clone())
            .or_insert_with(|| Pupil::new(target))
    }

    /// Takes in what an attempt tells, and the key of its row where there is one; whether it was learned from.
    pub(super) fn take(&mut self, told: &Told, row: Option<i64>) -> bool {
        let group = &told.group;
        self.of(group.upstream(), group.target()).take(told, row)
    }

    /// Learns from a call of an earlier time; whether there is still such a group.
    pub(super) fn remember(&mut self, group: &Arc<Group>, sent: Tokens, outcome: Outcome) -> bool {
        let pupil = self.of(group.upstream(), group.target());
        pupil.learn(group, sent, outcome)
    }

    /// Goes on with a learner that was kept; `groups` are those that it knows.
    pub(super) fn restore(
        &mut self,
        upstream: UpstreamName,
        learner: Learner,
        groups: Vec<Arc<Group>>,
    ) {
        let mut pupil = Pupil::knowing(learner);
        for group in groups {
            if let Ok(id) = pupil.learner.group(group.name()) {
                let call = Call {
                    group: id,
                    chain: 0,
                    estimate: None,
                    base: Tokens::default(),
                    limit: None,
                };
                pupil.tell_ceiling(&call, &group);
                pupil.groups.insert(group.name().to_owned(), group);
            }
        }
        self.0.insert(upstream, pupil);
    }

    /// The learner of this upstream knows all that rows up to this one say.
    pub(super) fn reach(&mut self, upstream: &UpstreamName, target: TargetTruncation, row: i64) {
        self.of(upstream, target).reach(row);
    }

    /// The states of those that have changed since they were `kept`.
    pub(super) fn states(&mut self, kept: &HashMap<UpstreamName, u64>) -> Vec<State> {
        self.0.values_mut().for_each(Pupil::forget);
        let changed = self.0.iter().filter(|(upstream, pupil)| {
            let before = kept.get(*upstream);
            before.is_none_or(|before| *before != pupil.n_changes)
        });
        changed
            .map(|(upstream, pupil)| State {
                upstream: upstream.clone(),
                bytes: pupil.kept().written(),
                n_changes: pupil.n_changes,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
