//! The estimate of Kaplan and Meier over bins.

use super::SurvivalSketch;
use super::bin::{self, BINS_PER_OCTAVE, N_BINS};

/// P(length > u) at the upper edge u of every bin.
///
/// What was cut off in a bin is held to be at risk through all of it: a length that ended in the same
/// bin came before. Beyond the last observation the curve stays where it is; that it did not reach
/// 0 says that the longest were cut off.
#[derive(Clone, Debug, PartialEq)]
pub struct Survival {
    share: Vec<f64>,
    /// The last bin in which a length ended.
    last_event: Option<usize>,
}

/// Counts below this share of all are what rounding left behind.
const ROUNDING_SHARE: f64 = 1e-6;

impl Survival {
    pub(super) fn of(sketch: &SurvivalSketch) -> Self {
        let bins = sketch.bins();
        let counts = bins
            .clone()
            .map(|bin| (sketch.events(bin), sketch.censored(bin)));
        let curve = Self::of_bins(counts);
        let left = curve.share.last().copied().unwrap_or(1.0);
        let mut share = Vec::with_capacity(N_BINS);
        share.resize(bins.start, 1.0);
        share.extend(curve.share);
        share.resize(N_BINS, left);
        Self {
            share,
            last_event: curve.last_event.map(|bin| bins.start + bin),
        }
    }

    /// The curve of these counts by bin: what ended there, and what was cut off there. Bins that only
    /// one of them has are left out.
    #[must_use]
    pub fn of_counts(events: &[f64], censored: &[f64]) -> Self {
        Self::of_bins(events.iter().copied().zip(censored.iter().copied()))
    }

    fn of_bins(bins: impl ExactSizeIterator<Item = (f64, f64)> + Clone) -> Self {
        let total: f64 = bins.clone().map(|(ended, cut)| ended + cut).sum();
        let least = ROUNDING_SHARE * total;
        let (mut at_risk, mut left, mut last_event) = (total, 1.0, None);
        let mut share = Vec::with_capacity(bins.len());
        for (bin, (ended, cut)) in bins.enumerate() {
            if ended > 0.0 && at_risk > 0.0 {
                let stay = 1.0 - ended / at_risk;
                left *= if at_risk - ended > least { stay } else { 0.0 };
                if ended > least {
                    last_event = Some(bin);
                }
            }
            at_risk -= ended + cut;
            share.push(left);
        }
        Self { share, last_event }
    }

    /// The same curve, but falling beyond the last length that ended: by 2^−`index` with every
    /// doubling, as a Pareto tail does. Where the longest were cut off, it says how long they may
    /// have been, which no estimate can know.
    #[must_use]
    pub fn with_tail(mut self, index: f64) -> Self {
        let Some(last) = self.last_event else {
            return self;
        };
        #[expect(clippy::cast_precision_loss, reason = "there are 8 bins in a doubling")]
        let step = (-index / BINS_PER_OCTAVE as f64).exp2();
        let mut left = self.share[last];
        for share in &mut self.share[last + 1..] {
            left *= step;
            *share = left;
        }
        self
    }

    /// P(length > the upper edge of `bin`); beyond the last bin, as in it.
    #[must_use]
    #[inline]
    pub fn beyond(&self, bin: usize) -> f64 {
        let share = self.share.get(bin).or(self.share.last());
        share.copied().unwrap_or(1.0)
    }

    /// The position of the length that a share `alpha` of all exceeds: bins from length 1, with the
    /// part of the bin in which the curve comes down to `alpha`, taken to fall evenly in it. `None`
    /// where it does not come down, or `alpha` is not in 0 to 1.
    #[must_use]
    pub fn position_above(&self, alpha: f64) -> Option<f64> {
        if !(0.0..1.0).contains(&alpha) {
            return None;
        }
        let bin = self.share.iter().position(|share| *share <= alpha)?;
        let Some(before) = bin.checked_sub(1) else {
            return Some(0.0);
        };
        let (high, low) = (self.share[before], self.share[bin]);
        #[expect(clippy::cast_precision_loss, reason = "bins are few")]
        let whole = before as f64;
        Some(whole + ((high - alpha) / (high - low)).clamp(0.0, 1.0))
    }

    /// The length that a share `alpha` of all exceeds; `None` as of
    /// [`position_above`](Self::position_above).
    #[must_use]
    pub fn quantile_above(&self, alpha: f64) -> Option<f64> {
        self.position_above(alpha).map(bin::length_at)
    }
}
