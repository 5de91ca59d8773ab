//! One call as the method sees it, and why a call is no sample.

use std::fmt;

use autopack_core::{Category, Complexity, Tokens};

/// A call that succeeded and was not cut off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'a> {
    /// The category that it was estimated as.
    pub category: &'a Category,
    /// Its complexity.
    pub complexity: Complexity,
    /// What was predicted.
    pub predicted_output_tokens: Option<Tokens>,
    /// What came out.
    pub actual_output_tokens: Option<Tokens>,
    /// What the estimator wanted. 0 means that it wanted nothing.
    pub selected_budget: Option<Tokens>,
    /// The ceiling, as sent. Nobody sends 0, which the reference wrote for unknown.
    pub actual_max_tokens: Option<Tokens>,
}

/// Why a call that succeeded and was not cut off is no sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// Nothing was predicted.
    NoPrediction,
    /// Nothing can be divided by a prediction of 0.
    ZeroPrediction,
    /// The provider reported no output.
    NoOutput,
    /// Nothing came out.
    ZeroOutput,
    /// Less came out than the settings ask for.
    ShortOutput,
    /// Its cell is one too many.
    TooManyCells,
}

impl Exclusion {
    const ALL: [Self; 6] = [
        Self::NoPrediction,
        Self::ZeroPrediction,
        Self::NoOutput,
        Self::ZeroOutput,
        Self::ShortOutput,
        Self::TooManyCells,
    ];

    /// The name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoPrediction => "no_prediction",
            Self::ZeroPrediction => "zero_prediction",
            Self::NoOutput => "no_output",
            Self::ZeroOutput => "zero_output",
            Self::ShortOutput => "short_output",
            Self::TooManyCells => "too_many_cells",
        }
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPrediction => "without a prediction",
            Self::ZeroPrediction => "with a prediction of 0",
            Self::NoOutput => "without reported output",
            Self::ZeroOutput => "with an output of 0",
            Self::ShortOutput => "with less output than asked for",
            Self::TooManyCells => "in more cells than are kept apart",
        })
    }
}

/// How many calls are no samples, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exclusions([u64; Exclusion::ALL.len()]);

impl Exclusions {
    pub(super) const NONE: Self = Self([0; Exclusion::ALL.len()]);

    pub(super) fn count(&mut self, exclusion: Exclusion) {
        self.0[exclusion as usize] += 1;
    }

    /// The reasons there are, with the number of calls.
    pub fn iter(&self) -> impl Iterator<Item = (Exclusion, u64)> {
        let all = Exclusion::ALL.into_iter().zip(self.0);
        all.filter(|(_, n_calls)| *n_calls > 0)
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// The numbers of a sample that can be used: both above 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usable {
    pub(super) predicted: Tokens,
    pub(super) actual: Tokens,
    pub(super) selected_budget: Option<Tokens>,
    pub(super) actual_max_tokens: Option<Tokens>,
}

impl Usable {
    pub(super) fn of(sample: &Sample<'_>, min_output_tokens: u64) -> Result<Self, Exclusion> {
        let predicted = sample.predicted_output_tokens;
        let predicted = predicted.ok_or(Exclusion::NoPrediction)?;
        let actual = sample.actual_output_tokens.ok_or(Exclusion::NoOutput)?;
        if predicted.get() == 0 {
            return Err(Exclusion::ZeroPrediction);
        }
        if actual.get() == 0 {
            return Err(Exclusion::ZeroOutput);
        }
        if actual.get() < min_output_tokens {
            return Err(Exclusion::ShortOutput);
        }
        let known = |tokens: Option<Tokens>| tokens.filter(|tokens| tokens.get() > 0);
        Ok(Self {
            predicted,
            actual,
            selected_budget: known(sample.selected_budget),
            actual_max_tokens: known(sample.actual_max_tokens),
        })
    }

    /// Output over prediction.
    pub(super) fn ratio(&self) -> f64 {
        self.actual.as_f64() / self.predicted.as_f64()
    }

    /// Ceiling over output. Rows from before the split have their final value in the selected
    /// budget.
    pub(super) fn waste(&self) -> Option<f64> {
        let ceiling = self.actual_max_tokens.or(self.selected_budget)?;
        autopack_core::waste(ceiling, self.actual)
    }
}
