//! What lengths are measured by: nothing, the estimate, or its root.

use autopack_core::policy::Exponent;
use autopack_stats::pinball_loss;
use serde::{Deserialize, Serialize};

use super::target::TargetTruncation;

/// Lengths are learned as if every estimate had been this, in tokens; any number would do that keeps
/// scaled lengths in the range of the bins.
const REFERENCE_ESTIMATE: f64 = 1024.0;
/// What a length is divided by; 1 where there is no estimate.
pub(super) fn scale(exponent: Exponent, estimate: Option<f64>) -> f64 {
    estimate.map_or(1.0, |estimate| exponent.scale(estimate, REFERENCE_ESTIMATE))
}

/// Rows before a candidate's quantile is trusted with a loss.
const WARM_UP_ROWS: u16 = 20;
/// Rows with losses before the choice may change.
const ENOUGH_ROWS: u16 = 50;
/// The choice changes only for one whose loss is lower by this share.
const BETTER_BY: f32 = 0.05;
/// The share of the loss so far that each row keeps: half of it is forgotten after 280 rows.
const LOSS_KEPT: f32 = 1.0 - 1.0 / 400.0;
/// How far a row moves the quantile of a candidate, as a logarithm of the length.
const QUANTILE_STEP: f64 = 0.1;

/// The quantile of one candidate, tracked, and how well it foretold.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Candidate {
    log_quantile: f32,
    loss: f32,
}

/// Which exponent serves a group best, by the pinball loss of each on rows before it saw them.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Location {
    exponent: Exponent,
    candidates: [Candidate; 3],
    n_rows: u16,
}

impl Location {
    /// As if this exponent had been chosen before.
    pub(crate) fn starting_at(exponent: Exponent) -> Self {
        Self {
            exponent,
            ..Self::default()
        }
    }

    /// Whether so many rows were seen that another exponent could have been chosen.
    pub(crate) const fn is_settled(&self) -> bool {
        self.n_rows >= WARM_UP_ROWS + ENOUGH_ROWS
    }

    pub(crate) const fn exponent(&self) -> Exponent {
        self.exponent
    }

    /// Takes a row with an estimate in. A row that was cut off is taken as what is known of it, for
    /// all candidates alike. Returns whether another exponent was chosen.
    pub(crate) fn add(&mut self, length: f64, estimate: f64, target: TargetTruncation) -> bool {
        let rate = target.get();
        let is_warm = self.n_rows >= WARM_UP_ROWS;
        for (exponent, candidate) in Exponent::ALL.into_iter().zip(&mut self.candidates) {
            let log = (length.max(1.0) / scale(exponent, Some(estimate))).ln();
            let quantile = f64::from(candidate.log_quantile);
            let next = if is_warm {
                let loss = pinball_loss(quantile, log, 1.0 - rate);
                candidate.loss = candidate.loss * LOSS_KEPT + single(loss);
                let hit = f64::from(u8::from(log > quantile));
                quantile + QUANTILE_STEP * (hit - rate)
            } else if self.n_rows == 0 {
                log
            } else {
                quantile.max(log)
            };
            candidate.log_quantile = single(next);
        }
        self.n_rows = self.n_rows.saturating_add(1);
        self.choose()
    }

    fn choose(&mut self) -> bool {
        if self.n_rows < WARM_UP_ROWS + ENOUGH_ROWS {
            return false;
        }
        let loss = |exponent: Exponent| self.candidates[exponent.index()].loss;
        let best = Exponent::ALL
            .into_iter()
            .min_by(|a, b| loss(*a).total_cmp(&loss(*b)))
            .unwrap_or_default();
        let is_better = loss(best) < loss(self.exponent) * (1.0 - BETTER_BY);
        if is_better {
            self.exponent = best;
        }
        is_better
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "seven digits are plenty for a logarithm"
)]
const fn single(number: f64) -> f32 {
    number as f32
}
