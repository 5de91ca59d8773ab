//! What a replay came to.

use autopack_stats::exact_upper_bound;

use autopack_core::Tokens;

/// Below so many calls a rate says nothing, and counts are told instead.
pub const ENOUGH_CALLS: u64 = 30;
/// The confidence of the upper bound.
const BOUND_LEVEL: f64 = 0.95;

/// Between these the truth lies; both are it where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds<T> {
    /// Not less.
    pub low: T,
    /// Not more.
    pub high: T,
}

impl<T: Copy + PartialOrd> Bounds<T> {
    pub(super) const fn exactly(value: T) -> Self {
        Self {
            low: value,
            high: value,
        }
    }

    /// Whether it is known.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.low >= self.high
    }
}

/// What calls come to under the ceilings of one policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    /// Calls that are cut off.
    pub n_cut: Bounds<u64>,
    /// The sum of ceilings.
    pub reserved_tokens: u64,
    /// What is written: the length of whole answers, the ceiling of those that are cut off.
    pub written_tokens: Bounds<u64>,
    /// The median of ceiling over output, of answers that are known to be whole; `None` where none is.
    pub median_waste: Option<f64>,
    /// What an all-knowing policy would save, as a share of the price of what was written in truth.
    pub excess_cost: Bounds<f64>,
}

/// What calls came to, and would have come to under another policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReplayFigures {
    /// Calls that could be replayed.
    pub n_calls: u64,
    /// Those whose ceiling would have been lower.
    pub n_lowered: u64,
    /// Those whose ceiling would have been higher.
    pub n_raised: u64,
    /// Those that were cut off and would have had a larger ceiling, and of which a later attempt tells.
    pub n_from_retries: u64,
    /// Those that were cut off and would have had a larger ceiling, and of which nothing tells: nobody knows.
    pub n_unknown: u64,
    /// How many calls would be expected to be cut off: the unknown by Kaplan and Meier.
    pub n_cut_expected: f64,
    /// As it was.
    pub logged: Side,
    /// As it would have been.
    pub candidate: Side,
}

impl ReplayFigures {
    /// The share of calls that a number of them is; `None` where there are too few calls for a rate.
    #[must_use]
    pub fn rate(&self, n: f64) -> Option<f64> {
        (self.n_calls >= ENOUGH_CALLS).then(|| n / Tokens::new(self.n_calls).as_f64())
    }

    /// The exact upper bound at 95 %, one-sided, of the rate at which the other policy cuts calls off, were
    /// they all independent and every unknown one cut off.
    #[must_use]
    pub fn truncation_bound(&self) -> Option<f64> {
        exact_upper_bound(self.candidate.n_cut.high, self.n_calls, BOUND_LEVEL)
    }
}
