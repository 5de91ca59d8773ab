//! What every step of a calibration stands on: the groups, their ceilings, and what is asked for.

use autopack_core::policy::Exponent;
use autopack_core::{Policy, Tokens};

use super::QuantileSettings;
use super::in_use::{InUse, in_use, row};
use super::lowering::up;
use super::measure::{Measure, measures};
use super::observations::Observation;
use super::tree::Tree;

/// No group with fewer calls is lowered.
pub(super) const LEAST_CALLS: u64 = 8;
/// No step lowers a ceiling below this share of it.
const LOWEST_STEP: f64 = 0.5;
/// What would move a ceiling by less than a twentieth is no change.
pub(super) const LEAST_CHANGE: f64 = 0.05;

/// The groups of a calibration, and what is in use.
pub(super) struct Ground<'a> {
    pub(super) settings: QuantileSettings,
    /// The policy in use.
    pub(super) policy: &'a Policy,
    pub(super) tree: Tree,
    /// What the lengths of each group are measured by.
    pub(super) measures: Vec<Measure>,
    /// The ceiling in use of each group, at its estimate.
    pub(super) current: Vec<Tokens>,
    in_use: Vec<InUse>,
    /// Which groups decide by themselves as it is: all calls of a cell to a provider do, and finer groups
    /// with a row in the policy.
    pub(super) decides: Vec<bool>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(
        tree: Tree,
        calls: &[Observation],
        n_fitted: usize,
        settings: QuantileSettings,
        policy: &'a Policy,
    ) -> Self {
        let is_written = |(group, key)| tree.is_root(group) || row(policy, key).is_some();
        let decides = tree.keys.iter().enumerate().map(is_written).collect();
        let measures = measures(&tree, &calls[..n_fitted], calls, policy, settings.target);
        let in_use = in_use(&tree, &measures, calls, policy);
        Self {
            settings,
            policy,
            current: in_use.iter().map(|in_use| in_use.middle).collect(),
            in_use,
            tree,
            measures,
            decides,
        }
    }

    /// What no low estimate lowers a ceiling of a group below, one step on, where it goes with the estimate.
    pub(super) fn down_to(&self, group: usize) -> Tokens {
        up(LOWEST_STEP * self.in_use[group].down_from.as_f64())
    }

    /// As low as one step lowers the ceiling of a group, at its estimate.
    pub(super) fn lowest_step(&self, group: usize) -> f64 {
        LOWEST_STEP * self.in_use[group].step_from
    }

    /// Whether a ceiling of a group would be lower than what is in use by more than nothing. One that goes with
    /// the estimate is held against the mean of those in use, as low estimates may be held higher.
    pub(super) fn would_lower(&self, group: usize, ceiling: f64) -> bool {
        let in_use = &self.in_use[group];
        match self.measures[group].exponent {
            Exponent::Zero => is_lower(ceiling, in_use.middle.as_f64()),
            Exponent::Half | Exponent::One => is_lower(ceiling, in_use.mean),
        }
    }

    /// A ceiling of one group as another sees it, at its own estimate.
    pub(super) fn seen_from(&self, group: usize, of: usize, ceiling: f64) -> f64 {
        ceiling * self.measures[of].scale(self.measures[group].at_estimate)
    }

    /// How many calls a finer group has to have for a row of its own: at least one over the target is to be
    /// expected of them.
    pub(super) fn n_enough(&self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "targets are from 0.001 to 0.3"
        )]
        let one_over = (1.0 / self.settings.target.get()).ceil() as u64;
        one_over.max(self.settings.min_calls).max(LEAST_CALLS)
    }

    /// The groups that decide the calls of each group, where those of which `is_row` holds have a row
    /// beside those that decide as it is: the finest of them around it.
    pub(super) fn deciders(&self, is_row: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut deciders = Vec::with_capacity(self.tree.len());
        for group in 0..self.tree.len() {
            let above = self.tree.parents[group].map(|parent| deciders[parent]);
            let own = self.decides[group] || is_row(group);
            deciders.push(above.filter(|_| !own).unwrap_or(group));
        }
        deciders
    }
}

/// Whether a ceiling is lower by more than nothing.
pub(super) fn is_lower(ceiling: f64, current: f64) -> bool {
    ceiling <= current * (1.0 - LEAST_CHANGE)
}

/// Whether a ceiling is higher by more than nothing.
pub(super) fn is_higher(ceiling: f64, current: f64) -> bool {
    ceiling >= current * (1.0 + LEAST_CHANGE)
}
