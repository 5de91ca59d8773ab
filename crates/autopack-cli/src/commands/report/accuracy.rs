//! Predicted against actual.
//!
//! A call that was cut off is a lower bound on its length. One that is beyond the margin already is
//! underestimated for certain and counts so; one that is not says nothing and is left out, with its
//! number kept. Errors and ratios are of whole answers alone.

use std::collections::BTreeSet;

use autopack_core::{OutputObserved, Tokens, smape_percent, waste};
use autopack_stats::Sample;
use autopack_store::EstimationRow;

use super::observed;
use super::rate::Rate;

/// Actual output above this many tenths of the prediction is underestimated: 1.1 ×, the margin of
/// the telemetry specification, in whole numbers.
const MARGIN_TENTHS: u128 = 11;

/// Predictions and what came of them, on the way.
#[derive(Default)]
pub(super) struct Predicting {
    underestimated: Rate,
    n_unknown: u64,
    smapes: Vec<f64>,
    ratios: Vec<f64>,
    samples: Samples,
}

/// How good the predictions were.
pub(super) struct Accuracy {
    /// Calls beyond 1.1 × their prediction, among those of which that is known.
    pub(super) underestimated: Rate,
    /// Calls cut off within 1.1 × their prediction.
    pub(super) n_unknown: u64,
    /// 200·|p − a| / (|p| + |a|) of whole answers, in percent.
    pub(super) smape: Sample,
    /// Predicted / actual of whole answers.
    pub(super) ratio: Sample,
    pub(super) samples: Samples,
}

/// What there is to tune from: calls with a prediction that succeeded and came whole.
#[derive(Default)]
pub(super) struct Samples {
    pub(super) n: u64,
    categories: BTreeSet<String>,
    complexities: BTreeSet<&'static str>,
}

impl Samples {
    fn add(&mut self, row: &EstimationRow) {
        self.n += 1;
        let category = row.category.as_str();
        if !self.categories.contains(category) {
            self.categories.insert(category.to_owned());
        }
        self.complexities.insert(row.complexity.as_str());
    }

    pub(super) fn n_categories(&self) -> usize {
        self.categories.len()
    }

    pub(super) fn n_complexities(&self) -> usize {
        self.complexities.len()
    }
}

impl Predicting {
    pub(super) fn add(&mut self, row: &EstimationRow) {
        let Some(predicted) = row.predicted_output_tokens else {
            return;
        };
        let length = observed::length(row);
        match is_underestimated(predicted, length) {
            Some(is) => self.underestimated.add(is),
            None => self.n_unknown += u64::from(matches!(length, OutputObserved::AtLeast(_))),
        }
        if let OutputObserved::Exactly(actual) = length {
            self.smapes.extend(smape_percent(predicted, actual));
            // Waste is the same division, of another number by the same one.
            self.ratios.extend(waste(predicted, actual));
            if row.success == Some(true) {
                self.samples.add(row);
            }
        }
    }

    pub(super) fn finish(self) -> Accuracy {
        Accuracy {
            underestimated: self.underestimated,
            n_unknown: self.n_unknown,
            smape: self.smapes.into_iter().collect(),
            ratio: self.ratios.into_iter().collect(),
            samples: self.samples,
        }
    }
}

/// Whether the answer is longer than 1.1 × its prediction, where that is known.
fn is_underestimated(predicted: Tokens, length: OutputObserved) -> Option<bool> {
    let is_beyond = |actual: Tokens| {
        10 * u128::from(actual.get()) > MARGIN_TENTHS * u128::from(predicted.get())
    };
    match length {
        OutputObserved::Exactly(actual) => Some(is_beyond(actual)),
        OutputObserved::AtLeast(actual) => is_beyond(actual).then_some(true),
        OutputObserved::Unreported => None,
    }
}

#[cfg(test)]
mod tests;
