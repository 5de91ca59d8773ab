//! What is in use: the rules of a policy for groups, and the ceilings that calls went out with.

use autopack_core::policy::CeilingRule;
use autopack_core::{Policy, Tokens};

use super::key::GroupKey;
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

/// The ceiling in use of each group: the learned one that decides its calls, else the upper median of those
/// that were sent, and what the policy gives at least.
pub(super) fn current(tree: &Tree, calls: &[Observation], policy: &Policy) -> Vec<Tokens> {
    let mut sent: Vec<Vec<Tokens>> = vec![Vec::new(); tree.len()];
    for call in calls {
        tree.around(call.group)
            .for_each(|group| sent[group].push(call.ceiling));
    }
    let of_group = |(key, sent): (&GroupKey, &mut Vec<Tokens>)| {
        let rule = rule(policy, key);
        rule.exactly.unwrap_or_else(|| {
            let middle = sent.len() / 2;
            if sent.is_empty() {
                return Tokens::default();
            }
            let median = *sent.select_nth_unstable(middle).1;
            median.at_least(rule.at_least.unwrap_or_default())
        })
    };
    tree.keys.iter().zip(&mut sent).map(of_group).collect()
}
