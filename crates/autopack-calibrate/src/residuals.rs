//! Lengths around the centers of their groups, counted together: groups that lie apart still scatter alike,
//! and that is what is pooled where few calls of each are known. Positions are in bins of the sketches.

use autopack_stats::survival::bin::N_BINS;
use autopack_stats::{Survival, SurvivalSketch};
use serde::{Deserialize, Serialize};

/// Residuals of lengths are counted in bins that have the group's center in the middle.
const MIDDLE: usize = N_BINS;
/// How many such bins there are.
pub(crate) const N_RESIDUAL_BINS: usize = 2 * N_BINS + 1;
/// How many calls the curve above counts for.
const CALLS_ABOVE: f64 = 100.0;
/// How fast curves fall beyond the last length that ended, where the longest were cut off: a
/// sixteenth is left after a doubling. Lighter than the tails of most data; what it leaves out
/// shows as truncations, which lift the ceiling and let longer lengths be seen.
pub(crate) const TAIL_INDEX: f64 = 4.0;
/// Medians scatter more than means do: by π/2 in variance, where lengths are log-normal.
pub(crate) const MEDIAN_VARIANCE: f64 = std::f64::consts::FRAC_PI_2;
/// How far groups are taken to lie apart where one alone is known: an octave, in bins squared.
const UNKNOWN_VARIANCE: f64 = 64.0;
/// Groups lie at least half a bin apart, in bins squared: less is below what bins can tell.
const LEAST_BETWEEN: f64 = 0.25;
/// Lengths scatter by at least half a bin.
const LEAST_SPREAD: f64 = 0.5;
/// The distance of the quartiles of a normal variable, in deviations.
const QUARTILES_APART: f64 = 1.349;

/// The median of a group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Median {
    /// In bins.
    pub(crate) position: f64,
    /// How many calls it rests on.
    pub(crate) weight: f64,
}

/// Where the medians of groups lie, in bins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Center {
    pub(crate) mean: f64,
    /// The variance between groups, in bins squared.
    pub(crate) variance: f64,
}

impl Center {
    /// Where groups with these medians lie, and how far apart beyond what chance does. With one alone that
    /// is taken from the groups above; with none nothing is known.
    pub(crate) fn of(
        medians: impl Iterator<Item = Median> + Clone,
        spread_variance: f64,
        above: Option<Self>,
    ) -> Option<Self> {
        let n = medians.clone().map(|_| 1.0).sum::<f64>();
        if n < 1.0 {
            return None;
        }
        let mean = medians.clone().map(|median| median.position).sum::<f64>() / n;
        if n < 2.0 {
            let variance = above.map_or(UNKNOWN_VARIANCE, |above| above.variance);
            return Some(Self { mean, variance });
        }
        let squares = medians
            .clone()
            .map(|median| (median.position - mean).powi(2));
        let apart = squares.sum::<f64>() / (n - 1.0);
        let by_chance = medians.map(|median| MEDIAN_VARIANCE * spread_variance / median.weight);
        let variance = (apart - by_chance.sum::<f64>() / n).max(LEAST_BETWEEN);
        Some(Self { mean, variance })
    }
}

/// The curve of all lengths around the centers of their groups, and how many calls it rests on.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions lie among a few hundred bins"
)]
pub(crate) fn pooled<'a>(
    groups: impl Iterator<Item = (&'a SurvivalSketch, f64)>,
) -> (Survival, f64) {
    let mut events = vec![0.0; N_RESIDUAL_BINS];
    let mut censored = vec![0.0; N_RESIDUAL_BINS];
    for (sketch, center) in groups {
        let shift = MIDDLE as f64 - center;
        let (whole, part) = (shift.floor(), shift - shift.floor());
        for bin in sketch.bins() {
            let (ended, cut) = (sketch.events(bin), sketch.censored(bin));
            if ended + cut <= 0.0 {
                continue;
            }
            let place = (bin as f64 + whole).clamp(0.0, (N_RESIDUAL_BINS - 2) as f64) as usize;
            events[place] += ended * (1.0 - part);
            events[place + 1] += ended * part;
            censored[place] += cut * (1.0 - part);
            censored[place + 1] += cut * part;
        }
    }
    let weight = events.iter().chain(&censored).sum();
    let curve = Survival::of_counts(&events, &censored).with_tail(TAIL_INDEX);
    (curve, weight)
}

/// The variance of lengths around their center, in bins squared, by the quartiles.
pub(crate) fn spread_variance(curve: &Survival) -> f64 {
    let quartiles = curve.position_above(0.25).zip(curve.position_above(0.75));
    let apart = quartiles.map_or(0.0, |(upper, lower)| upper - lower);
    (apart / QUARTILES_APART).max(LEAST_SPREAD).powi(2)
}

/// Draws a curve that rests on `weight` calls toward the one above it.
pub(crate) fn shrink(curve: &mut [f64], weight: f64, above: &[f64]) {
    for (own, above) in curve.iter_mut().zip(above) {
        *own = (weight * *own + CALLS_ABOVE * above) / (weight + CALLS_ABOVE);
    }
}

/// P(length > the edge of `bin`) by a curve around `center`; `None` where there is no curve.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions lie among a few hundred bins"
)]
pub(crate) fn beyond(curve: &[f64], bin: usize, center: f64) -> Option<f64> {
    let last = curve.len().checked_sub(1)?;
    let position = (bin as f64 - center + MIDDLE as f64).clamp(0.0, last as f64);
    let below = position as usize;
    let (left, right) = (curve[below], curve[(below + 1).min(last)]);
    Some(left + (right - left) * position.fract())
}
