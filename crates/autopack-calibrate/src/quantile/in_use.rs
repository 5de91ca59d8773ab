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

/// The ceilings in use of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct InUse {
    /// The upper median of what decides its calls, at the group's estimate: the learned ceiling, else those
    /// that were sent, and what the policy gives at least.
    pub(super) middle: Tokens,
    /// Their geometric mean, at the group's estimate. Where low estimates are held above what goes with them,
    /// it is above the middle.
    pub(super) mean: f64,
    /// The lowest of them, as it went out.
    pub(super) lowest: Tokens,
}

/// The ceilings in use of each group.
pub(super) fn in_use(
    tree: &Tree,
    measures: &[Measure],
    calls: &[Observation],
    policy: &Policy,
) -> Vec<InUse> {
    let rules: Vec<CeilingRule> = tree.keys.iter().map(|key| rule(policy, key)).collect();
    let mut middles: Vec<Vec<f64>> = vec![Vec::new(); tree.len()];
    let mut lowest: Vec<Option<Tokens>> = vec![None; tree.len()];
    for call in calls {
        for group in tree.around(call.group) {
            let rule = rules[group];
            let ceiling = rule.exactly_at(call.estimate).unwrap_or_else(|| {
                let least = rule.at_least_at(call.estimate);
                call.ceiling.at_least(least.unwrap_or_default())
            });
            middles[group].push(ceiling.as_f64() / measures[group].scale(call.estimate));
            let before = lowest[group].unwrap_or(ceiling);
            lowest[group] = Some(before.at_most(ceiling));
        }
    }
    let of_group = |(group, ceilings): (usize, &mut Vec<f64>)| {
        if ceilings.is_empty() {
            let exactly = rules[group].exactly.unwrap_or_default();
            return InUse {
                middle: exactly,
                mean: exactly.as_f64(),
                lowest: exactly,
            };
        }
        let mean = geometric_mean(ceilings);
        let middle = ceilings.len() / 2;
        let (_, middle, _) = ceilings.select_nth_unstable_by(middle, f64::total_cmp);
        InUse {
            middle: Tokens::floor(*middle),
            mean,
            lowest: lowest[group].unwrap_or_default(),
        }
    };
    middles.iter_mut().enumerate().map(of_group).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls")]
fn geometric_mean(numbers: &[f64]) -> f64 {
    let logarithms = numbers.iter().map(|number| number.max(1.0).ln());
    (logarithms.sum::<f64>() / numbers.len() as f64).exp()
}
