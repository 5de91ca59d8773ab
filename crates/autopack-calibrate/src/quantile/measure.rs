//! What the lengths of a group are measured by: nothing, the estimate, or its root. The estimate has to earn
//! its place: one way is taken for another only where it foretold calls better that it had not seen.

use autopack_core::policy::{Exponent, Relative};
use autopack_core::{Policy, Tokens};

use super::in_use::rule;
use super::observations::{Length, Observation};
use super::tree::Tree;
use crate::learned::TargetTruncation;
use crate::learned::location::Location;

/// How lengths of a group are made as if all its calls had been estimated alike. Whatever is said of the
/// group's lengths and ceilings is said at that estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measure {
    pub(super) exponent: Exponent,
    /// The estimate that half of its calls do not exceed.
    pub(super) at_estimate: Tokens,
}

impl Measure {
    /// What a length or a ceiling of a call with this estimate is divided by.
    pub(super) fn scale(self, estimate: Tokens) -> f64 {
        let reference = self.at_estimate.as_f64();
        self.exponent.scale(estimate.as_f64(), reference)
    }

    /// How a ceiling of the group goes with the estimate; `None` where it does not.
    pub(super) fn relative(self, down_to: Option<Tokens>) -> Option<Relative> {
        let Self {
            exponent,
            at_estimate,
        } = self;
        (exponent != Exponent::Zero).then_some(Relative {
            at_estimate,
            exponent,
            down_to,
        })
    }
}

/// What each group is measured by: chosen on the older calls, in order, from what is in use on; at the
/// middle estimate of all its calls. A group with too few calls to choose is measured as the one around it.
pub(super) fn measures(
    tree: &Tree,
    older: &[Observation],
    all: &[Observation],
    policy: &Policy,
    target: TargetTruncation,
) -> Vec<Measure> {
    let in_use = |key| {
        let relative = rule(policy, key).relative;
        relative.map_or(Exponent::Zero, |relative| relative.exponent)
    };
    let starting = |key| Location::starting_at(in_use(key));
    let mut locations: Vec<Location> = tree.keys.iter().map(starting).collect();
    for call in older {
        let (Length::Exactly(length) | Length::AtLeast(length)) = call.length else {
            continue;
        };
        for group in tree.around(call.group) {
            locations[group].add(length.as_f64(), call.estimate.as_f64(), target);
        }
    }
    let mut estimates: Vec<Vec<Tokens>> = vec![Vec::new(); tree.len()];
    for call in all {
        tree.around(call.group)
            .for_each(|group| estimates[group].push(call.estimate));
    }
    let mut measures: Vec<Measure> = Vec::with_capacity(tree.len());
    for (group, estimates) in estimates.iter_mut().enumerate() {
        let around = tree.parents[group].filter(|_| !locations[group].is_settled());
        let exponent = around.map_or(locations[group].exponent(), |parent| {
            measures[parent].exponent
        });
        let middle = estimates.len() / 2;
        let at_estimate = if estimates.is_empty() {
            Tokens::new(1)
        } else {
            *estimates.select_nth_unstable(middle).1
        };
        measures.push(Measure {
            exponent,
            at_estimate: at_estimate.at_least(Tokens::new(1)),
        });
    }
    measures
}
