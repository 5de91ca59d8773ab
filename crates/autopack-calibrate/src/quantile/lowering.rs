//! Which groups are to be lowered, which calls their rows would decide, and what newer calls say of that.
//!
//! All of it but the certificate follows from the older calls, so that those that certify have no part in
//! it. A finer group gets a row of its own where its ceiling is another than the row above would give it;
//! its calls then say nothing for the row above, which decides what is left.

use autopack_core::Tokens;
use autopack_core::policy::Exponent;

use super::certificate::{Certificate, Trial};
use super::fit::Fit;
use super::ground::{Ground, LEAST_CALLS, is_higher, is_lower};
use super::lengths::GroupLengths;
use super::observations::{Length, Observation};

/// The groups to be lowered.
pub(super) struct Lowering {
    /// The ceiling that was fitted for each group that may be lowered.
    fitted: Vec<Option<f64>>,
    /// The group whose row would decide the calls of each.
    deciders: Vec<usize>,
}

/// What newer calls say of lowering groups.
pub(super) struct Certificates {
    /// Of all rows without finer ones below them, together.
    pub(super) pooled: Certificate,
    /// Of each row with finer ones below it: it was fitted on all calls and decides those that are left, so
    /// that they have to be enough by themselves.
    own: Vec<Option<Certificate>>,
}

/// What newer calls say of lowering a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standing {
    /// The ceiling that it may be lowered to, where it may.
    pub(super) certified: Option<f64>,
    /// Its own certificate, where it has finer rows below it.
    pub(super) own: Option<Certificate>,
}

impl Lowering {
    /// What the older calls, by their lengths and the fit to them, would lower.
    pub(super) fn of(ground: &Ground<'_>, fit: &Fit<'_>, lengths: &[GroupLengths]) -> Self {
        let n_groups = ground.tree.len();
        let mut lowering = Self {
            fitted: vec![None; n_groups],
            deciders: Vec::with_capacity(n_groups),
        };
        // The ceilings that groups would have whose rows change.
        let mut planned: Vec<Option<f64>> = vec![None; n_groups];
        for group in 0..n_groups {
            let current = ground.current[group].as_f64();
            let fitted = fitted(ground, fit, group, &lengths[group]);
            let plan = plan(fitted, current, ground.lowest_step(group));
            let above = ground.tree.parents[group].map(|parent| lowering.deciders[parent]);
            let above = above.filter(|_| !ground.decides[group]);
            let is_own = above.is_none_or(|above| {
                let without = planned[above];
                let is_other = without.is_some_and(|_| {
                    ground.measures[above].exponent != ground.measures[group].exponent
                });
                let without = without.map(|without| ground.seen_from(group, above, without));
                let without = without.unwrap_or(current);
                let is_other = is_other || is_lower(plan, without) || is_higher(plan, without);
                is_other && lengths[group].n_calls() >= ground.n_enough()
            });
            lowering
                .deciders
                .push(above.filter(|_| !is_own).unwrap_or(group));
            if is_own {
                lowering.fitted[group] = fitted.filter(|fitted| ground.would_lower(group, *fitted));
                planned[group] = lowering.fitted[group].map(|_| plan);
            }
        }
        lowering
    }

    /// Whether a group would have a row of its own.
    pub(super) fn is_own(&self, group: usize) -> bool {
        self.deciders[group] == group
    }

    /// What the newer calls say, each under the row that would decide it.
    pub(super) fn certificates(&self, ground: &Ground<'_>, newer: &[Observation]) -> Certificates {
        let target = ground.settings.target;
        let mut own: Vec<Option<Vec<Trial>>> = vec![None; self.fitted.len()];
        for group in (0..self.fitted.len()).filter(|group| self.is_own(*group)) {
            let above = ground.tree.parents[group].map(|parent| self.deciders[parent]);
            if let Some(above) = above.filter(|above| self.fitted[*above].is_some()) {
                own[above].get_or_insert_default();
            }
        }
        let of_all =
            (0..own.len()).any(|group| self.fitted[group].is_some() && own[group].is_none());
        let mut pooled = Vec::new();
        for (decider, trial) in newer.iter().filter_map(|call| self.trial(ground, call)) {
            own[decider].as_mut().unwrap_or(&mut pooled).push(trial);
        }
        let certificate = |trials: Vec<Trial>| Certificate::of(&trials, target);
        Certificates {
            pooled: if of_all {
                certificate(pooled)
            } else {
                Certificate::NothingToLower
            },
            own: own.into_iter().map(|own| own.map(certificate)).collect(),
        }
    }

    /// What certificates say of a group.
    pub(super) fn standing(&self, group: usize, certificates: &Certificates) -> Standing {
        let own = certificates.own[group];
        let factor = own.unwrap_or(certificates.pooled).factor();
        Standing {
            certified: self.fitted[group].and_then(|fitted| Some(factor? * fitted)),
            own,
        }
    }

    /// A call under the row that would decide it, where that is lowered; runaways say nothing.
    fn trial(&self, ground: &Ground<'_>, call: &Observation) -> Option<(usize, Trial)> {
        let decider = self.deciders[call.group];
        let fitted = self.fitted[decider]?;
        let current = ground.current[decider].as_f64();
        let measure = ground.measures[decider];
        let scale = measure.scale(call.estimate);
        let length = match call.length {
            Length::Exactly(tokens) => (tokens.as_f64() / scale / fitted).ln(),
            Length::AtLeast(_) => f64::INFINITY,
            Length::Runaway => return None,
        };
        let down_to = match measure.exponent {
            Exponent::Zero => 0.0,
            Exponent::Half | Exponent::One => ground.down_to(decider).as_f64() / scale,
        };
        let lowest = ground.lowest_step(decider).max(down_to);
        let trial = Trial {
            length,
            highest: (current.max(lowest) / fitted).ln(),
            lowest: (lowest / fitted).ln(),
        };
        Some((decider, trial))
    }
}

/// The ceiling that the calls of a group ask for, where they are enough and tell how lengths scatter.
fn fitted(ground: &Ground<'_>, fit: &Fit<'_>, group: usize, lengths: &GroupLengths) -> Option<f64> {
    let least = ground.settings.min_calls.max(LEAST_CALLS);
    let has_enough = lengths.n_ended() >= least && !lengths.is_without_spread();
    fit.ceiling(group).filter(|_| has_enough)
}

/// The ceiling of a group by itself: what was fitted, as far as one step goes; never above the one in use.
fn plan(fitted: Option<f64>, current: f64, lowest: f64) -> f64 {
    fitted.map_or(current, |fitted| fitted.min(current).max(lowest))
}

/// Whole tokens, no fewer.
pub(super) fn up(tokens: f64) -> Tokens {
    Tokens::floor(tokens.ceil().max(1.0))
}
