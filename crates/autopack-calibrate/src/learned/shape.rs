//! From curves to the length that the target share is expected to exceed.

use autopack_stats::survival::bin::{self, N_BINS};
use autopack_stats::{Survival, SurvivalSketch};

use super::pool::Prior;
use crate::residuals::TAIL_INDEX;

/// How many calls the pooled curve counts for.
const PRIOR_CALLS: f64 = 20.0;
/// The next call may be longer than all before it: so much of a call is counted as longer than
/// anything, as in the quantile of split conformal prediction, which counts one and is never below
/// the rate; with a half, the rate is met in the mean between two lengths.
const NEXT_CALL: f64 = 0.5;

/// What a group and those around it say of its lengths, at the edges of bins.
pub(super) struct Shape<'a> {
    curve: Survival,
    /// Calls that were not cut off before the edge.
    n_beyond: Vec<f64>,
    weight: f64,
    prior: Option<(Prior<'a>, f64)>,
}

impl<'a> Shape<'a> {
    /// The shape of `sketch`, whose curve is `curve`, and of a prior around the center it would have in
    /// this group.
    pub(super) fn new(
        sketch: &SurvivalSketch,
        curve: Survival,
        prior: Option<(Prior<'a>, f64)>,
    ) -> Self {
        let weight = sketch.weight();
        let mut n_beyond = Vec::with_capacity(N_BINS);
        let mut left = weight;
        for bin in 0..N_BINS {
            n_beyond.push(left);
            left = (left - sketch.censored(bin)).max(0.0);
        }
        Self {
            curve: curve.with_tail(TAIL_INDEX),
            n_beyond,
            weight,
            prior,
        }
    }

    /// The expected share of calls longer than the edge of a bin. Falls from bin to bin.
    fn expected_beyond(&self, bin: usize) -> f64 {
        let own = self.n_beyond[bin];
        let share = self.curve.beyond(bin);
        let Some((prior, center)) = self.prior else {
            return (own * share + NEXT_CALL) / (own + NEXT_CALL);
        };
        // A group that lives by the prior has the prior's next call.
        let next = NEXT_CALL * self.weight / (self.weight + PRIOR_CALLS);
        let pooled = PRIOR_CALLS * prior.beyond(bin, center);
        (own * share + pooled + next) / (own + PRIOR_CALLS + next)
    }

    /// The length that a share `rate` is expected to exceed; `None` where no bin is that rare.
    pub(super) fn quantile(&self, rate: f64) -> Option<f64> {
        let first = self.first_bin_within(rate)?;
        let Some(before) = first.checked_sub(1) else {
            return Some(bin::edge(0));
        };
        let (high, low) = (self.expected_beyond(before), self.expected_beyond(first));
        // Within a bin the logarithm of the share falls evenly with that of the length.
        let part = ((high / rate).ln() / (high / low).ln()).clamp(0.0, 1.0);
        Some(bin::edge(before) * (bin::edge(first) / bin::edge(before)).powf(part))
    }

    /// The first bin beyond which a share of at most `rate` is expected.
    fn first_bin_within(&self, rate: f64) -> Option<usize> {
        let (mut low, mut high) = (0, N_BINS);
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.expected_beyond(middle) > rate {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low < N_BINS).then_some(low)
    }
}
