//! What the learners know: one for each upstream, with its own target. They belong to a task that takes in
//! what came of the calls in the order in which their rows were written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use autopack_calibrate::learned::{
    Call, LearnedCeiling, LearnedSettings, Learner, Outcome, Source, TargetTruncation,
};
use autopack_core::{Tokens, UpstreamName};

use super::groups::Group;
use super::kept::{Kept, KeptGroup};
use super::lesson::{Told, What};

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

    fn learn(&mut self, group: &Arc<Group>, sent: Tokens, outcome: Outcome) {
        // Where the learner has no room for a group, its calls are never decided for.
        let Ok(id) = self.learner.group(group.name()) else {
            return;
        };
        if !self.groups.contains_key(group.name()) {
            let name = group.name().to_owned();
            self.groups.insert(name, Arc::clone(group));
        }
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
        self.tell_ceiling(&call, group);
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
                self.open.entry(told.chain.to_string()).or_insert(row);
            }
            return false;
        }
        if told.attempt > 1 {
            self.open.remove(&told.chain.to_string());
        }
        let What::Ended { sent, outcome } = told.what else {
            return false;
        };
        self.learn(&told.group, sent, outcome);
        true
    }

    /// It knows all that rows up to this one say.
    fn reach(&mut self, row: i64) {
        if row > self.row {
            self.row = row;
            self.n_changes += 1;
        }
    }

    fn kept(&self) -> Kept<'_> {
        Kept {
            row: self.row,
            open: self.open.clone(),
            groups: self.groups.values().map(|group| kept(group)).collect(),
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

/// All learners.
#[derive(Debug, Default)]
pub(super) struct Pupils(HashMap<UpstreamName, Pupil>);

impl Pupils {
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

    /// Learns from a call of an earlier time.
    pub(super) fn remember(&mut self, group: &Arc<Group>, sent: Tokens, outcome: Outcome) {
        let pupil = self.of(group.upstream(), group.target());
        pupil.learn(group, sent, outcome);
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
    pub(super) fn states(&self, kept: &HashMap<UpstreamName, u64>) -> Vec<State> {
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
