//! How long things last, from observations of which some were cut off: sketches and curves.
//!
//! A sketch counts lengths in bins that are an eighth of a doubling wide ([`bin`]), those that
//! ended by themselves apart from those that were cut off. It is small, forgets at the rate it is
//! told to, and two of them add up. The product-limit estimate of Kaplan and Meier, JASA 53 (1958),
//! turns it into a [`Survival`] curve.

pub mod bin;
mod curve;
mod parts;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use curve::Survival;

use bin::N_BINS;
use parts::Parts;

/// Counts of lengths by bin: those that ended by themselves (events), and those that were cut off
/// there and would have been longer (censored). 1.2 kB.
///
/// Counts are single-precision and may be fractions, because old ones are worth less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Parts", try_from = "Parts")]
pub struct SurvivalSketch {
    events: [f32; N_BINS],
    censored: [f32; N_BINS],
    /// What one stored unit is worth. Forgetting makes it smaller instead of touching every count.
    unit: f32,
}

/// From the middle of a bin to its lower edge: 2^(−1/16).
const HALF_BIN_DOWN: f64 = 0.957_603_280_698_573_6;

/// Below this worth of a stored unit, counts are written anew: single precision has room for many
/// times its inverse.
const LEAST_UNIT: f32 = 1.0 / 65_536.0;

impl Default for SurvivalSketch {
    fn default() -> Self {
        Self {
            events: [0.0; N_BINS],
            censored: [0.0; N_BINS],
            unit: 1.0,
        }
    }
}

impl SurvivalSketch {
    /// Counts a length that ended by itself. NaN never gets in; what is below 1 counts as 1.
    #[inline]
    pub fn add_event(&mut self, length: f64) {
        if let Some(bin) = bin::of(length) {
            self.events[bin] += 1.0 / self.unit;
        }
    }

    /// Counts a length that was cut off at `length`: all that is known is that it was longer. It is
    /// put at the nearest edge; always at the upper one, it would be taken to have lived through
    /// more than it did, and where all ceilings lie in one bin that makes curves fall too late.
    #[inline]
    pub fn add_censored(&mut self, length: f64) {
        if let Some(bin) = bin::of(length * HALF_BIN_DOWN) {
            self.censored[bin] += 1.0 / self.unit;
        }
    }

    /// Makes everything counted so far worth `factor` times what it was; `factor` is held between 0
    /// and 1, and NaN changes nothing.
    #[inline]
    pub fn decay(&mut self, factor: f32) {
        if factor.is_nan() {
            return;
        }
        self.unit *= factor.clamp(0.0, 1.0);
        if self.unit < LEAST_UNIT {
            self.rewrite();
        }
    }

    /// Counts what another sketch counted, too.
    pub fn merge(&mut self, other: &Self) {
        let factor = other.unit / self.unit;
        let add = |ours: &mut [f32; N_BINS], theirs: &[f32; N_BINS]| {
            for (ours, theirs) in ours.iter_mut().zip(theirs) {
                *ours += theirs * factor;
            }
        };
        add(&mut self.events, &other.events);
        add(&mut self.censored, &other.censored);
    }

    /// What lengths that ended in a bin are worth together.
    #[must_use]
    #[inline]
    pub fn events(&self, bin: usize) -> f64 {
        f64::from(self.events[bin] * self.unit)
    }

    /// What lengths that were cut off in a bin are worth together.
    #[must_use]
    #[inline]
    pub fn censored(&self, bin: usize) -> f64 {
        f64::from(self.censored[bin] * self.unit)
    }

    /// From the first bin with a count to the last: most have none.
    #[must_use]
    pub fn bins(&self) -> Range<usize> {
        let has_count = |bin: &usize| self.events[*bin] + self.censored[*bin] > 0.0;
        let first = (0..N_BINS).find(has_count).unwrap_or(0);
        let last = (first..N_BINS).rfind(has_count);
        first..last.map_or(first, |last| last + 1)
    }

    /// What all lengths are worth together: their number, where nothing was forgotten.
    #[must_use]
    pub fn weight(&self) -> f64 {
        let bins = self.bins();
        let sum = |counts: &[f32; N_BINS]| {
            let counts = counts[bins.clone()].iter().copied();
            counts.map(f64::from).sum::<f64>()
        };
        (sum(&self.events) + sum(&self.censored)) * f64::from(self.unit)
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.weight() <= 0.0
    }

    /// The curve of Kaplan and Meier.
    #[must_use]
    pub fn survival(&self) -> Survival {
        Survival::of(self)
    }

    fn rewrite(&mut self) {
        for count in self.events.iter_mut().chain(&mut self.censored) {
            *count *= self.unit;
        }
        self.unit = 1.0;
    }
}

#[cfg(test)]
mod tests;
