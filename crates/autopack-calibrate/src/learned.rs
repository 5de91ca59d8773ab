//! Ceilings with a stated truncation rate, learned call by call.
//!
//! A [`Learner`] is asked for the ceiling of each call and told what came of it, in order. For every
//! group it keeps a survival sketch of lengths, in which a call that was cut off counts as what it
//! is: longer than its ceiling. From it, and from what other groups teach about the shape of
//! lengths, comes the ceiling that the target share of calls is expected to exceed:
//!
//! - **location** (`location`): lengths are learned as they are, or relative to the estimate or to its
//!   root; an estimate has to earn its place by the pinball loss of calls it did not see;
//! - **shape** (`shape`): Kaplan-Meier of the group, shrunk toward the pooled curve of the groups
//!   around it (`pool`) as if that were twenty calls more;
//! - **tracker** (`tracker`): an offset that every truncation lifts and every other call lowers, which
//!   draws the rate to the target however lengths come, as long as the offset stays in its range and
//!   curves do not change faster than it: no rate is promised for every sequence. An alarm forgets
//!   what was learned when the lengths of a group have changed;
//! - **aim** (`aim`): the level that is asked of the curves is corrected by what they led to so far.
//!
//! A learner can be written down and gone on with (`state`).
//!
//! Without data the ceiling is the caller's base, bit for bit. What was learned from is part of no
//! certificate: rates are aimed at and tracked, not proven.

mod aim;
mod forget;
mod group;
pub(crate) mod location;
mod pool;
mod recent;
mod shape;
mod state;
mod target;
mod tracker;

use std::collections::HashMap;

use autopack_core::Tokens;
use serde::{Deserialize, Serialize};

use aim::Aim;
use group::Group;
use pool::Pool;

pub use state::StateError;
pub use target::{BadTarget, TargetTruncation};

/// The name of the policy that a learner is.
pub const NAME: &str = "learned";

/// No learner has more groups: each takes two kilobytes.
pub const MAX_GROUPS: usize = 100_000;

/// What a learner is to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearnedSettings {
    /// The share of calls that may be cut off.
    pub target: TargetTruncation,
    /// The share of calls, 0 to 1, that run at twice the ceiling where the longest lengths of a group
    /// were all cut off, to see how long they are.
    pub exploration_share: f64,
    /// What is left out, to see what it is good for.
    pub left_out: LeftOut,
    /// What exploration is drawn from, together with the call's chain.
    pub seed: u64,
}

impl LearnedSettings {
    /// The settings for a target: nothing is left out, and nothing explored. On all data looked at,
    /// the tail of the curves and the tracker raise ceilings in time without exploration: 3 % of it lowered no rate by
    /// more than 0.02 points (`calibration ablations`), and costs one doubled ceiling for every call explored.
    #[must_use]
    pub const fn new(target: TargetTruncation) -> Self {
        Self {
            target,
            exploration_share: 0.0,
            left_out: LeftOut(0),
            seed: 0,
        }
    }
}

/// A part that may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// Calls that were cut off are dropped, as if they had never been.
    Censoring,
    /// Groups learn nothing from each other.
    Shrinkage,
    /// No offset.
    Tracker,
    /// No alarm.
    DriftReset,
    /// The level stays as it was asked for.
    Aim,
}

/// The parts that are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut(u8);

impl LeftOut {
    /// This part too.
    #[must_use]
    pub const fn and(self, part: Part) -> Self {
        Self(self.0 | 1 << part as u8)
    }

    pub(crate) const fn has(self, part: Part) -> bool {
        self.0 & (1 << part as u8) != 0
    }
}

/// A group of a learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupId(usize);

/// A call before it is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Call {
    /// Where it belongs.
    pub group: GroupId,
    /// Which chain of attempts it is in; what decides whether it explores.
    pub chain: u64,
    /// Its predicted output, in tokens.
    pub estimate: Option<Tokens>,
    /// The ceiling it would have without a learner.
    pub base: Tokens,
    /// What its model can write.
    pub limit: Option<Tokens>,
}

/// A ceiling and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LearnedCeiling {
    /// What to send.
    pub ceiling: Tokens,
    /// Why.
    pub source: Source,
}

/// Where a ceiling comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The base: nothing is known.
    Base,
    /// What was learned.
    Learned,
    /// Twice what was learned, to see how long the longest are.
    Explored,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ended by itself.
    Ended(Tokens),
    /// It was cut off at its ceiling.
    CutOff,
    /// It was cut off, and sent again with a larger ceiling ended by itself.
    EndedWhenRetried(Tokens),
    /// It was cut off, and again at this larger ceiling.
    CutOffWhenRetried(Tokens),
}

/// There is no room for another group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {MAX_GROUPS} groups: group calls more coarsely")]
pub struct TooManyGroups;

/// Learns ceilings from calls in order.
///
/// ```
/// use autopack_calibrate::learned::{Call, LearnedSettings, Learner, Outcome, TargetTruncation};
/// use autopack_core::Tokens;
///
/// let target = TargetTruncation::new(0.02).expect("a rate");
/// let mut learner = Learner::new(LearnedSettings::new(target));
/// let call = Call {
///     group: learner.group("docs/low")?,
///     chain: 0,
///     estimate: None,
///     base: Tokens::new(4096),
///     limit: None,
/// };
/// assert_eq!(learner.decide(&call).ceiling, Tokens::new(4096));
/// for length in 900..1100 {
///     let sent = learner.decide(&call).ceiling;
///     learner.observe(&call, sent, Outcome::Ended(Tokens::new(length)));
/// }
/// assert!(learner.decide(&call).ceiling < Tokens::new(1500));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Learner {
    settings: LearnedSettings,
    ids: HashMap<String, GroupId>,
    groups: Vec<Group>,
    pool: Pool,
    aim: Aim,
    n_calls: u64,
    n_since_pooled: usize,
}

/// Until so many calls in all, groups are pooled whenever their number doubles.
const EARLY_CALLS: u64 = 512;
/// Before so many calls in all there is nothing to pool.
const FIRST_POOLED_AT: u64 = 8;
/// After so many calls groups are pooled anew, or after eight times as many as there are groups:
/// pooling then takes a small part of the time of the calls between.
const POOLED_EVERY: usize = 500;
const POOLED_EVERY_PER_GROUP: usize = 8;

impl Learner {
    /// A learner that knows nothing.
    #[must_use]
    pub fn new(settings: LearnedSettings) -> Self {
        Self {
            settings,
            ids: HashMap::new(),
            groups: Vec::new(),
            pool: Pool::new(),
            aim: Aim::new(settings.target),
            n_calls: 0,
            n_since_pooled: 0,
        }
    }

    /// What it is to do.
    #[must_use]
    pub const fn settings(&self) -> LearnedSettings {
        self.settings
    }

    /// The group of this name. `/` in a name separates what it has in common with other groups, the
    /// most general first: `docs/low` learns from all of `docs`, and that from all groups.
    ///
    /// # Errors
    /// [`TooManyGroups`] where it would be one more than [`MAX_GROUPS`].
    pub fn group(&mut self, name: &str) -> Result<GroupId, TooManyGroups> {
        if let Some(id) = self.ids.get(name) {
            return Ok(*id);
        }
        if self.groups.len() >= MAX_GROUPS {
            return Err(TooManyGroups);
        }
        let id = GroupId(self.groups.len());
        let parent = self.pool.enter(name, id.0);
        self.groups.push(Group::new(parent, self.settings.target));
        self.ids.insert(name.to_owned(), id);
        Ok(id)
    }

    /// How many groups there are.
    #[must_use]
    pub const fn n_groups(&self) -> usize {
        self.groups.len()
    }

    /// How many calls of a group were cut off at a ceiling so far above its usual lengths that a
    /// higher one would not have helped, and how many calls it had. They raise no ceiling.
    #[must_use]
    pub fn runaways(&self, group: GroupId) -> (u64, u64) {
        let group = &self.groups[group.0];
        (group.n_runaways(), group.n_calls())
    }

    /// The ceiling of a call. Changes nothing.
    #[must_use]
    pub fn decide(&self, call: &Call) -> LearnedCeiling {
        let group = &self.groups[call.group.0];
        let Some(learned) = group.ceiling(call.estimate) else {
            return within(call.limit, call.base, Source::Base);
        };
        if group.is_cut_short() && self.explores(call) {
            return within(call.limit, learned.times(2), Source::Explored);
        }
        within(call.limit, learned, Source::Learned)
    }

    /// Takes in what came of a call that was sent with the ceiling `sent`, which may be another than
    /// was decided.
    pub fn observe(&mut self, call: &Call, sent: Tokens, outcome: Outcome) {
        let group = &mut self.groups[call.group.0];
        let report = group.observe(call, sent, outcome, &self.settings);
        if let Some(was_cut) = report.was_cut
            && !self.settings.left_out.has(Part::Aim)
        {
            self.aim.add(was_cut);
        }
        self.n_calls += 1;
        self.n_since_pooled += 1;
        if self.is_time_to_pool() {
            self.n_since_pooled = 0;
            self.pool.refresh(&self.groups);
        }
        if report.is_due {
            self.learn(call);
        }
    }

    fn is_time_to_pool(&self) -> bool {
        if self.settings.left_out.has(Part::Shrinkage) {
            return false;
        }
        let is_early = self.n_calls < EARLY_CALLS;
        let doubled = self.n_calls >= FIRST_POOLED_AT && self.n_calls.is_power_of_two();
        let every = POOLED_EVERY.max(POOLED_EVERY_PER_GROUP * self.groups.len());
        (is_early && doubled) || self.n_since_pooled >= every
    }

    fn learn(&mut self, call: &Call) {
        let group = &mut self.groups[call.group.0];
        let prior = self.pool.prior(group.parent(), group.exponent());
        group.learn(prior, self.aim.rate(), call.base);
    }

    fn explores(&self, call: &Call) -> bool {
        // SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) of seed and chain, as a share.
        let mut mixed = self.settings.seed ^ call.chain.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let share = f64::from((mixed >> 32) as u32) / f64::from(u32::MAX);
        share < self.settings.exploration_share
    }
}

fn within(limit: Option<Tokens>, ceiling: Tokens, source: Source) -> LearnedCeiling {
    let ceiling = limit.map_or(ceiling, |limit| ceiling.at_most(limit));
    LearnedCeiling { ceiling, source }
}

#[cfg(test)]
mod tests;
