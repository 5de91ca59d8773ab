//! The figures of a cell, and what they ask for.

use std::fmt;

use crate::cell::Cell;

/// What the samples of a cell say.
#[derive(Clone, Debug, PartialEq)]
pub struct CellFigures {
    /// Whose figures these are.
    pub cell: Cell,
    /// Samples.
    pub n_samples: u64,
    /// Samples whose ceiling was recorded.
    pub n_with_ceiling: u64,
    /// Mean output, in tokens.
    pub mean_actual_tokens: f64,
    /// Mean prediction, in tokens.
    pub mean_predicted_tokens: f64,
    /// Mean selected budget, in tokens; `None` where none is known.
    pub mean_selected_budget: Option<f64>,
    /// Upper median of output over prediction: the multiplier that is proposed.
    pub median_ratio: f64,
    /// Population deviation of the ratios.
    pub ratio_deviation: f64,
    /// How sure the cell is, 0 to 1: a score, not a probability.
    pub confidence: f64,
    /// Upper median of ceiling over output; `None` where no ceiling is known.
    pub median_waste: Option<f64>,
    /// The element ⌊0.9 · n⌋ of ceiling over output; `None` where no ceiling is known.
    pub p90_waste: Option<f64>,
}

/// Estimates are too short above this ratio: the reference's tolerance of a fifth.
const INCREASE_ABOVE: f64 = 1.2;
/// Estimates are too long below this ratio.
const DECREASE_BELOW: f64 = 0.8;

/// What becomes of the estimates of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// They are too short.
    Increase,
    /// They are too long.
    Decrease,
    /// They are right within a fifth.
    None,
}

impl Action {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Increase => "increase",
            Self::Decrease => "decrease",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl CellFigures {
    /// What the median ratio asks for.
    #[must_use]
    pub fn action(&self) -> Action {
        if self.median_ratio > INCREASE_ABOVE {
            Action::Increase
        } else if self.median_ratio < DECREASE_BELOW {
            Action::Decrease
        } else {
            Action::None
        }
    }
}

/// So many samples are all that confidence asks for.
const ENOUGH_SAMPLES: f64 = 12.0;
/// How much of the confidence the number of samples gives.
const SAMPLES_SHARE: f64 = 0.6;
/// How much of it ratios that lie close together give.
const SPREAD_SHARE: f64 = 0.4;

/// The confidence of a cell: 0.6 · min(1, n / 12) + 0.4 / (1 + σ).
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of calls are far below 2^53"
)]
pub(super) fn confidence(n_samples: u64, ratio_deviation: f64) -> f64 {
    let samples = (n_samples as f64 / ENOUGH_SAMPLES).min(1.0);
    SAMPLES_SHARE * samples + SPREAD_SHARE / (1.0 + ratio_deviation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use autopack_core::{Category, Complexity};

    #[test]
    fn confidence_grows_with_samples_and_falls_with_spread() {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(close(confidence(12, 0.0), 1.0));
        assert!(close(confidence(1200, 0.0), 1.0));
        assert!(close(confidence(6, 0.0), 0.7));
        assert!(close(confidence(12, 1.0), 0.8));
        assert!(close(confidence(3, 3.0), 0.25));
    }

    #[test]
    fn a_fifth_on_either_side_is_right_enough() {
        for (median_ratio, action) in [
            (1.201, Action::Increase),
            (1.2, Action::None),
            (1.0, Action::None),
            (0.8, Action::None),
            (0.799, Action::Decrease),
        ] {
            let figures = CellFigures {
                cell: Cell {
                    category: Category::Docs,
                    complexity: Complexity::Low,
                },
                n_samples: 5,
                n_with_ceiling: 0,
                mean_actual_tokens: 1.0,
                mean_predicted_tokens: 1.0,
                mean_selected_budget: None,
                median_ratio,
                ratio_deviation: 0.0,
                confidence: 1.0,
                median_waste: None,
                p90_waste: None,
            };
            assert_eq!(figures.action(), action, "{median_ratio}");
        }
    }
}
