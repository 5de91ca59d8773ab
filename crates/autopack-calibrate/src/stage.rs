//! Whether a staged policy goes on, becomes the current one, or is taken back.
//!
//! A [`StageRule`] is all that the rest knows: counts in, a [`Verdict`] out. [`SequentialRule`] is the one there
//! is. It holds its level however often one looks.

mod verdict;

use autopack_stats::{RateEvidence, RateHypothesis};

use crate::learned::TargetTruncation;

pub use verdict::Verdict;

/// What became of the calls of one side. A call counts once, by its first attempt: whether that one was
/// cut off says whether the ceiling of the policy was too low; what a larger ceiling brought does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arm {
    /// First attempts that came back.
    pub n_calls: u64,
    /// Those of them that were cut off.
    pub n_truncated: u64,
}

/// The calls of one group on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupArms {
    /// What it is called.
    pub name: String,
    /// Its calls of the staged policy.
    pub staged: Arm,
    /// Its calls of the current policy.
    pub current: Arm,
}

/// All calls since the stage began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageCalls {
    /// Calls of the staged policy.
    pub staged: Arm,
    /// Calls of the current policy.
    pub current: Arm,
    /// The same calls by group, in the order in which groups first came up on the staged side.
    pub groups: Vec<GroupArms>,
}

/// How a stage is judged.
pub trait StageRule {
    /// What is to be done, after these calls since the stage began.
    fn judge(&self, calls: &StageCalls) -> Verdict;
}

/// Judges by evidence that may be looked at after every call (e-processes; Ville 1939): mixtures of likelihood
/// ratios against the truncation rate that the policy may have.
///
/// - *Revert* where the evidence against "at most the target" passes its threshold, for all staged calls together
///   or for those of one group, and more of them were cut off than of the current policy's. The chance that a
///   policy which meets the target in each group is ever reverted is 1 % at most: nineteen twentieths of it are for
///   all calls together, one for the groups, of which the k-th to come up has 1 / (k (k + 1)).
/// - *Promote* where the evidence against "at least the target" passes 20, which takes 179 calls at 2 % if none
///   is cut off; or, where newer calls have certified the policy already, after 59 calls with none cut off, 93
///   with one, 124 with two: each rules out 5 % at 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SequentialRule {
    /// The share of calls that may be cut off.
    pub target: TargetTruncation,
    /// Whether recorded calls have certified the policy.
    pub is_certified: bool,
}

/// The chance of reverting a policy that meets its target: of all its calls together …
const FALSE_REVERT: f64 = 0.0095;
/// … and of all its groups.
const FALSE_REVERT_BY_GROUP: f64 = 0.0005;
/// Evidence for a promotion: the chance that a policy which misses its target is ever promoted is a twentieth.
const ENOUGH_TO_PROMOTE: f64 = 20.0;
/// Calls, and how many of them may be cut off, that are enough for a policy that is certified.
const SCHEDULE: [(u64, u64); 3] = [(59, 0), (93, 1), (124, 2)];
/// The most calls that are waited for: who has more of them without a promotion does not get it by waiting.
const MAX_CALLS_AHEAD: u64 = 100_000;

impl Arm {
    /// Whether a larger share was cut off than of `other`, or nothing is known of that.
    const fn is_worse_than(self, other: Self) -> bool {
        let ours = self.n_truncated.saturating_mul(other.n_calls);
        let theirs = other.n_truncated.saturating_mul(self.n_calls);
        other.n_calls == 0 || ours > theirs
    }
}

impl SequentialRule {
    /// The logarithm of the evidence of these calls against a hypothesis on their rate.
    fn evidence(&self, hypothesis: RateHypothesis, arm: Arm) -> f64 {
        let evidence = RateEvidence::new(hypothesis, self.target.get());
        evidence.map_or(0.0, |mut evidence| {
            let n_misses = arm.n_calls.saturating_sub(arm.n_truncated);
            evidence.add_counts(arm.n_truncated, n_misses);
            evidence.log_e_value()
        })
    }

    fn revert(&self, staged: Arm, current: Arm, chance: f64) -> Option<f64> {
        if !staged.is_worse_than(current) {
            return None;
        }
        let log = self.evidence(RateHypothesis::AtMost, staged);
        (log >= -chance.ln()).then(|| log.exp())
    }

    fn promotes(&self, staged: Arm) -> bool {
        let by_schedule =
            |(n_calls, n_truncated)| staged.n_calls >= n_calls && staged.n_truncated <= n_truncated;
        let log = self.evidence(RateHypothesis::AtLeast, staged);
        log >= ENOUGH_TO_PROMOTE.ln()
            || (self.is_certified && SCHEDULE.into_iter().any(by_schedule))
    }

    /// How many more calls without a truncation promote.
    fn n_more(&self, staged: Arm) -> Option<u64> {
        let is_enough = |n_more: u64| {
            let n_calls = staged.n_calls.saturating_add(n_more);
            self.promotes(Arm { n_calls, ..staged })
        };
        let (mut low, mut high) = (0, MAX_CALLS_AHEAD);
        if !is_enough(high) {
            return None;
        }
        while high - low > 1 {
            let middle = u64::midpoint(low, high);
            if is_enough(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(high)
    }
}

impl StageRule for SequentialRule {
    fn judge(&self, calls: &StageCalls) -> Verdict {
        let may_be = self.target.get();
        if let Some(evidence) = self.revert(calls.staged, calls.current, FALSE_REVERT) {
            return Verdict::Revert {
                may_be,
                evidence,
                group: None,
            };
        }
        let mut place = 0.0;
        for group in &calls.groups {
            place += 1.0;
            let chance = FALSE_REVERT_BY_GROUP / (place * (place + 1.0));
            if let Some(evidence) = self.revert(group.staged, group.current, chance) {
                return Verdict::Revert {
                    may_be,
                    evidence,
                    group: Some(group.name.clone()),
                };
            }
        }
        if self.promotes(calls.staged) {
            return Verdict::Promote { may_be };
        }
        Verdict::Open {
            may_be,
            n_more: self.n_more(calls.staged),
        }
    }
}

#[cfg(test)]
mod tests;
