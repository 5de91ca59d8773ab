//! The method of the Python Autopack: how much longer answers are than estimated, by the median.
//!
//! Samples are calls that succeeded and were not cut off. In each cell with enough of them, the
//! ratio of a sample is its output over its prediction, and the upper median of the ratios is what
//! the estimates should be multiplied by. What it cannot do is told in [`CANNOT`].
//!
//! Source: the calibration script of the Python Autopack, and what it says of made-up rows
//! (`tests/data/reference-calibration`); medians, percentiles and deviation are exact.

mod calibrator;
mod figures;
mod gathering;
mod sample;

use serde::Serialize;

use crate::cell::Cell;
use crate::proposal::{Basis, Change, Effect, Evidence, Proposal};
use crate::quantile::Within;

pub use calibrator::{MAX_CELLS, MAX_KEPT, RatioCalibrator, RatioError};
pub use figures::{Action, CellFigures};
pub use sample::{Exclusion, Exclusions, Sample};

/// The name of the method.
pub const NAME: &str = "ratio";

/// Below this share of samples whose ceiling was recorded, waste is not to be trusted: the selected
/// budget that stands in is often lower than what was sent.
pub const ENOUGH_COVERAGE: f64 = 0.8;

/// What this method cannot do, a line each.
pub const CANNOT: [&str; 5] = [
    "it fits the median: half of the answers are longer than the estimates it leads to",
    "it drops calls that were cut off, which are the longest: where many are, it makes estimates too short",
    "it drops calls that failed, though a ceiling has to fit what they wrote too",
    "it states no truncation rate, and its confidence is a score, not a probability",
    "it takes every prediction for one of the policy in use: after a change of policy, leave older calls out",
];

/// A share of a whole, 0 to 1: how sure a cell has to be.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Confidence(f64);

impl Confidence {
    /// The threshold of the reference.
    pub const DEFAULT: Self = Self(0.7);

    /// A confidence; `None` outside 0 to 1, and for NaN.
    #[must_use]
    pub fn new(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then_some(Self(share))
    }

    /// The bare number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// What counts, and what is enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioSettings {
    /// A cell with fewer samples is left alone. 0 is as good as 1.
    pub min_samples: u64,
    /// A cell that is less sure is not proposed.
    pub confidence_threshold: Confidence,
    /// Answers with fewer tokens are no samples. The reference took 50, and threw away answers that
    /// were short and right.
    pub min_output_tokens: u64,
}

impl Default for RatioSettings {
    /// The defaults of the reference, but for short answers, which are real.
    fn default() -> Self {
        Self {
            min_samples: 5,
            confidence_threshold: Confidence::DEFAULT,
            min_output_tokens: 0,
        }
    }
}

/// What came out: figures of every cell with enough samples, and what was left aside and why.
#[derive(Clone, Debug, PartialEq)]
pub struct RatioCalibration {
    /// What it was asked.
    pub settings: RatioSettings,
    /// The cells with enough samples, in order.
    pub cells: Vec<CellFigures>,
    /// The cells with too few, and how many each has.
    pub too_small: Vec<(Cell, u64)>,
    /// All samples, those of cells that are too small too.
    pub n_samples: u64,
    /// Samples whose ceiling was recorded.
    pub n_with_ceiling: u64,
    /// Calls that would be samples but for a number that is missing or cannot be used.
    pub exclusions: Exclusions,
}

impl RatioCalibration {
    /// The cells that are sure enough to be proposed.
    pub fn confident(&self) -> impl Iterator<Item = &CellFigures> {
        self.cells.iter().filter(|cell| self.is_confident(cell))
    }

    /// Whether a cell is sure enough to be proposed.
    #[must_use]
    pub fn is_confident(&self, cell: &CellFigures) -> bool {
        cell.confidence >= self.settings.confidence_threshold.get()
    }

    /// The samples of cells with enough of them.
    #[must_use]
    pub fn n_in_cells(&self) -> u64 {
        self.cells.iter().map(|cell| cell.n_samples).sum()
    }

    /// The share of samples whose ceiling was recorded; `None` without samples.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of calls are far below 2^53"
    )]
    pub fn ceiling_coverage(&self) -> Option<f64> {
        (self.n_samples > 0).then(|| self.n_with_ceiling as f64 / self.n_samples as f64)
    }

    /// What is proposed: the multipliers of the confident cells whose estimates are off by more than
    /// a fifth.
    #[must_use]
    pub fn proposal(&self) -> Proposal {
        let changes = self
            .confident()
            .filter(|cell| cell.action() != Action::None);
        Proposal {
            method: NAME,
            basis: Basis::Ratio(RatioBasis {
                n_samples: self.n_samples,
                n_excluded: self.exclusions.total(),
                min_samples: self.settings.min_samples,
                confidence_threshold: self.settings.confidence_threshold.get(),
                min_output_tokens: self.settings.min_output_tokens,
            }),
            changes: changes.map(CellFigures::change).collect(),
        }
    }
}

/// What a proposal of this method rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RatioBasis {
    /// All samples.
    pub n_samples: u64,
    /// Calls that would be samples but for a number.
    pub n_excluded: u64,
    /// The least number of samples of a cell.
    pub min_samples: u64,
    /// The least confidence of a cell.
    pub confidence_threshold: f64,
    /// The least output of a sample.
    pub min_output_tokens: u64,
}

/// What speaks for one multiplier of this method.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RatioEvidence {
    /// Samples of the cell.
    pub n_samples: u64,
    /// Upper median of output over prediction.
    pub median_ratio: f64,
    /// Population deviation of the ratios.
    pub ratio_deviation: f64,
    /// How sure the cell is, 0 to 1.
    pub confidence: f64,
}

impl CellFigures {
    fn change(&self) -> Change {
        Change {
            cell: self.cell.clone(),
            provider: None,
            within: Within::default(),
            effect: Effect::Multiplier(self.median_ratio),
            evidence: Evidence::Ratio(RatioEvidence {
                n_samples: self.n_samples,
                median_ratio: self.median_ratio,
                ratio_deviation: self.ratio_deviation,
                confidence: self.confidence,
            }),
        }
    }
}
