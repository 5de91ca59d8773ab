//! The estimate of Kaplan and Meier over bins.

use super::SurvivalSketch;
use super::bin::{self, N_BINS};

/// P(length > u) at the upper edge u of every bin.
///
/// What was cut off in a bin is held to be at risk through all of it: a length that ended in the same
/// bin came before. Beyond the last observation the curve stays where it is; that it did not reach
/// 0 says that the longest were cut off.
#[derive(Clone, Debug, PartialEq)]
pub struct Survival {
    share: [f64; N_BINS],
}

impl Survival {
    pub(super) fn of(sketch: &SurvivalSketch) -> Self {
        let mut at_risk = sketch.weight();
        let mut share = [1.0; N_BINS];
        let mut left = 1.0;
        for (bin, share) in share.iter_mut().enumerate() {
            let (events, censored) = (sketch.events(bin), sketch.censored(bin));
            if events > 0.0 && at_risk > 0.0 {
                left *= (1.0 - events / at_risk).max(0.0);
            }
            at_risk -= events + censored;
            *share = left;
        }
        // Sums of rounded counts leave a remainder where nothing is left.
        if at_risk.abs() < 1e-6 * sketch.weight() && sketch.ends_with_event() {
            share[sketch.last_bin()..].fill(0.0);
        }
        Self { share }
    }

    /// P(length > the upper edge of `bin`); 0 beyond the last bin.
    #[must_use]
    #[inline]
    pub fn beyond(&self, bin: usize) -> f64 {
        self.share.get(bin).copied().unwrap_or(0.0)
    }

    /// The length that a share `alpha` of all exceeds, between edges by the logarithm of the
    /// length; `None` where the curve does not come down to `alpha`, or `alpha` is not in 0 to 1.
    #[must_use]
    pub fn quantile_above(&self, alpha: f64) -> Option<f64> {
        if !(0.0..1.0).contains(&alpha) {
            return None;
        }
        let bin = self.share.iter().position(|share| *share <= alpha)?;
        let before = bin.checked_sub(1).map_or(1.0, |below| self.share[below]);
        let low = bin.checked_sub(1).map_or(1.0, bin::edge);
        let part = (before - alpha) / (before - self.share[bin]).max(f64::MIN_POSITIVE);
        Some(low * (bin::edge(bin) / low).powf(part.clamp(0.0, 1.0)))
    }
}

impl SurvivalSketch {
    fn last_bin(&self) -> usize {
        let counted = |bin: &usize| self.events[*bin] > 0.0 || self.censored[*bin] > 0.0;
        (0..N_BINS).rev().find(counted).unwrap_or(0)
    }

    fn ends_with_event(&self) -> bool {
        let last = self.last_bin();
        self.events[last] > 0.0 && self.censored[last] <= 0.0
    }
}
