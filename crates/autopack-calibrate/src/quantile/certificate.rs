//! How far ceilings may be lowered so that the target holds, with 95 % confidence.
//!
//! The ceilings that were fitted to the older calls, times a factor that is the same for all of them, are
//! tried on the newer ones, which had no part in the fit: first with a factor so large that nothing is
//! lowered, then with smaller ones, each with an exact binomial test, down to the first that fails. As the
//! order is fixed in advance, no level is spent on looking often (fixed-sequence testing; Angelopoulos et
//! al., Learn then Test, 2021). A call that was cut off, and whose length is not known, counts as cut off
//! at every factor: its true length could only make the count smaller.

use autopack_stats::{binomial_at_most, exact_upper_bound};
use serde::Serialize;

use crate::learned::TargetTruncation;

/// How sure a certificate is.
pub const LEVEL: f64 = 0.95;
/// The logarithms of the first factor and of a step. 7.4 times what was fitted is far above any ceiling in use;
/// a step is a twentieth.
const FIRST_LOG_FACTOR: f64 = 2.0;
const N_STEPS: u32 = 40;
const STEP: f64 = FIRST_LOG_FACTOR / N_STEPS as f64;

/// One call of those that certify. Its numbers are logarithms of what they say over the ceiling that was fitted
/// for its group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trial {
    /// Its length; infinite where it was cut off.
    pub(super) length: f64,
    /// Its group's ceiling in use: above it, nothing is lowered.
    pub(super) highest: f64,
    /// The lowest ceiling that its group may get.
    pub(super) lowest: f64,
}

/// What the newer calls say of lowering ceilings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "certificate")]
pub enum Certificate {
    /// No group has a lower ceiling to certify.
    NothingToLower,
    /// There are too few newer calls.
    TooFew {
        /// How many there are, of groups that would be lowered.
        n_calls: u64,
        /// How many it takes where none is cut off.
        needed: u64,
    },
    /// Not even the ceilings in use are sure to meet the target.
    Failed {
        /// The newer calls of groups that would be lowered.
        n_calls: u64,
        /// How many of them were cut off, and nobody knows how long they are.
        n_beyond: u64,
    },
    /// Ceilings of so much times what was fitted meet the target.
    Passed {
        /// The newer calls of the groups that are lowered.
        n_calls: u64,
        /// How many of them are longer than their lower ceiling.
        n_beyond: u64,
        /// The exact upper bound of the share of calls beyond the lower ceilings.
        at_most: f64,
        /// What the fitted ceilings are multiplied by, from 1.
        factor: f64,
    },
}

/// How many calls without a truncation it takes to be sure of a target.
pub(super) fn n_needed(target: TargetTruncation) -> u64 {
    let n = (1.0 - LEVEL).ln() / (1.0 - target.get()).ln();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 9 to 2995 for the targets there are"
    )]
    let whole = n.ceil() as u64;
    whole
}

impl Certificate {
    /// Tries lower and lower ceilings on the trials.
    pub(super) fn of(trials: &[Trial], target: TargetTruncation) -> Self {
        let (n_calls, needed) = (trials.len() as u64, n_needed(target));
        if n_calls < needed {
            return Self::TooFew { n_calls, needed };
        }
        let mut passed = None;
        for step in 0..=N_STEPS {
            let log_factor = FIRST_LOG_FACTOR - STEP * f64::from(step);
            let n_beyond = n_beyond(trials, log_factor);
            if !is_within(n_beyond, n_calls, target) {
                break;
            }
            passed = Some((log_factor, n_beyond));
        }
        let Some((log_factor, n_beyond)) = passed else {
            let cut = |trial: &&Trial| trial.length > trial.highest;
            let n_beyond = trials.iter().filter(cut).count() as u64;
            return Self::Failed { n_calls, n_beyond };
        };
        Self::Passed {
            n_calls,
            n_beyond,
            at_most: exact_upper_bound(n_beyond, n_calls, LEVEL).unwrap_or(1.0),
            factor: log_factor.exp(),
        }
    }

    /// What fitted ceilings are multiplied by; `None` where none may be lowered.
    #[must_use]
    pub const fn factor(&self) -> Option<f64> {
        match self {
            Self::Passed { factor, .. } => Some(*factor),
            _ => None,
        }
    }
}

fn n_beyond(trials: &[Trial], log_factor: f64) -> u64 {
    let beyond = trials.iter().filter(|trial| trial.is_beyond(log_factor));
    beyond.count() as u64
}

/// Whether so many of so many calls make sure of the target.
fn is_within(n_beyond: u64, n_calls: u64, target: TargetTruncation) -> bool {
    let p = binomial_at_most(n_beyond, n_calls, target.get());
    p.is_some_and(|p| p <= 1.0 - LEVEL)
}

impl Trial {
    fn is_beyond(&self, log_factor: f64) -> bool {
        self.length > log_factor.max(self.lowest).min(self.highest)
    }
}
