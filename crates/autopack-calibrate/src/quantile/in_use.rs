//! What is in use: the rules of a policy for groups, and the ceilings that calls went out with.

use autopack_core::policy::CeilingRule;
use autopack_core::{Policy, Tokens};

use super::key::GroupKey;
use super::measure::Measure;
use super::observations::Observation;
use super::tree::Tree;

/// What the policy has written down of just this group.
pub(crate) fn row(policy: &Policy, key: &GroupKey) -> Option<CeilingRule> {
    let cell = &key.cell;
    let names = key.within.names().map(|(_, name)| name);
    let learned = &policy.numbers().ceiling;
    learned.row(&cell.category, cell.complexity, key.provider, names)
}

/// The rule of a policy that decides the calls of a group, so far as they have it in common.
pub(crate) fn rule(policy: &Policy, key: &GroupKey) -> CeilingRule {
    let around = std::iter::successors(Some(key.clone()), GroupKey::parent);
    around
        .into_iter()
        .find_map(|key| row(policy, &key))
        .unwrap_or_default()
}

/// The ceilings in use of a group, but for the last all at the group's estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct InUse {
    /// The upper median of what decides its calls: the learned ceiling, else those that were sent, and what the
    /// policy gives at least.
    pub(super) middle: Tokens,
    /// Their geometric mean. Where low estimates are held above what goes with them, it is above the middle.
    pub(super) mean: f64,
    /// What one step takes half of: the middle; the highest where a ceiling that goes with the estimate is to go
    /// with it less, as high estimates lose the most by that.
    pub(super) step_from: f64,
    /// What one step takes half of, to hold low estimates there, as it went out: the lowest where the ceiling
    /// goes with the estimate as before; else the middle, which low estimates are to stay within a half of.
    pub(super) down_from: Tokens,
}

/// The ceilings in use of each group.
pub(super) fn in_use(
    tree: &Tree,
    measures: &[Measure],
    calls: &[Observation],
    policy: &Policy,
) -> Vec<InUse> {
    let rules: Vec<CeilingRule> = tree.keys.iter().map(|key| rule(policy, key)).collect();
    let mut gathered: Vec<Gathered> = vec![Gathered::default(); tree.len()];
    for call in calls {
        for group in tree.around(call.group) {
            let ceiling = decided(rules[group], call);
            gathered[group].add(ceiling, measures[group].scale(call.estimate));
        }
    }
    let groups = gathered.into_iter().zip(rules).zip(measures);
    groups
        .map(|((gathered, rule), measure)| gathered.in_use(rule, *measure))
        .collect()
}

/// The ceiling of a call under the rule that decides it; the one that was sent, where there is none.
fn decided(rule: CeilingRule, call: &Observation) -> Tokens {
    rule.exactly_at(call.estimate).unwrap_or_else(|| {
        let least = rule.at_least_at(call.estimate);
        call.ceiling.at_least(least.unwrap_or_default())
    })
}

/// The ceilings of a group's calls.
#[derive(Clone, Debug, Default)]
struct Gathered {
    /// At the group's estimate.
    ceilings: Vec<f64>,
    lowest: Option<Tokens>,
    highest: Tokens,
}

impl Gathered {
    fn add(&mut self, ceiling: Tokens, scale: f64) {
        self.ceilings.push(ceiling.as_f64() / scale);
        self.lowest = Some(
            self.lowest
                .map_or(ceiling, |lowest| lowest.at_most(ceiling)),
        );
        self.highest = self.highest.at_least(ceiling);
    }

    fn in_use(mut self, rule: CeilingRule, measure: Measure) -> InUse {
        let Some(lowest) = self.lowest else {
            let exactly = rule.exactly.unwrap_or_default();
            return InUse {
                middle: exactly,
                mean: exactly.as_f64(),
                step_from: exactly.as_f64(),
                down_from: exactly,
            };
        };
        let mean = geometric_mean(&self.ceilings);
        let highest = self.ceilings.iter().copied().fold(0.0, f64::max);
        let middle = self.ceilings.len() / 2;
        let (_, middle, _) = self.ceilings.select_nth_unstable_by(middle, f64::total_cmp);
        let middle = Tokens::floor(*middle);
        let before = rule.relative.filter(|_| rule.exactly.is_some());
        let before = before.map_or(0, |relative| relative.exponent.index());
        let now = measure.exponent.index();
        InUse {
            middle,
            mean,
            step_from: if before > now {
                highest
            } else {
                middle.as_f64()
            },
            down_from: if before == now {
                lowest
            } else {
                middle.at_most(self.highest)
            },
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls")]
fn geometric_mean(numbers: &[f64]) -> f64 {
    let logarithms = numbers.iter().map(|number| number.max(1.0).ln());
    (logarithms.sum::<f64>() / numbers.len() as f64).exp()
}
