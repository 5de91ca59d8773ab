//! How far a figure may be off whose calls come in clusters: the bootstrap.
//!
//! Calls of one run are alike, so that they are no independent trials; runs are. Runs are drawn with
//! replacement, as many as there are, and the figure is taken of each draw (Efron and Tibshirani, An Introduction
//! to the Bootstrap, 1993, chapter 13). Of few clusters the percentiles of what comes out lie too close together; they
//! are taken further out, by Student's t and the root of n / (n − 1) (Hesterberg, The American Statistician 69, 2015).

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::binomial::Interval;
use crate::count::as_f64;
use crate::sample::Sample;

/// Draws of clusters, the same ones for the same seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterBootstrap {
    n_clusters: usize,
    n_resamples: usize,
    seed: u64,
}

/// One cluster says nothing of how clusters differ.
const LEAST_CLUSTERS: usize = 2;

impl ClusterBootstrap {
    /// Draws `n_resamples` times from so many clusters; `None` of fewer than two of them.
    #[must_use]
    pub const fn new(n_clusters: usize, n_resamples: usize, seed: u64) -> Option<Self> {
        if n_clusters < LEAST_CLUSTERS {
            return None;
        }
        Some(Self {
            n_clusters,
            n_resamples,
            seed,
        })
    }

    /// The intervals at confidence `level` (0.95 for 95 %) of figures, which are asked of each draw: how often every
    /// cluster is in it. A figure that a draw does not have counts in no interval; one that no draw has has none, and
    /// none has one outside 0 to 1.
    #[must_use]
    pub fn intervals<const N: usize>(
        &self,
        level: f64,
        mut figures: impl FnMut(&[u32]) -> [Option<f64>; N],
    ) -> [Option<Interval>; N] {
        let mut drawn = [(); N].map(|()| Vec::with_capacity(self.n_resamples));
        let mut random = SplitMix64(self.seed);
        let mut times = vec![0_u32; self.n_clusters];
        for _ in 0..self.n_resamples {
            times.fill(0);
            for _ in 0..self.n_clusters {
                times[random.below(self.n_clusters)] += 1;
            }
            for (drawn, figure) in drawn.iter_mut().zip(figures(&times)) {
                drawn.extend(figure);
            }
        }
        drawn.map(|drawn| {
            let drawn: Sample = drawn.into_iter().collect();
            let tail = self.tail(level)?;
            Some(Interval {
                low: drawn.quantile(tail)?,
                high: drawn.quantile(1.0 - tail)?,
            })
        })
    }

    /// The share of draws beyond either end.
    fn tail(&self, level: f64) -> Option<f64> {
        if !(level > 0.0 && level < 1.0) {
            return None;
        }
        let n = as_f64(self.n_clusters as u64);
        let student = StudentsT::new(0.0, 1.0, n - 1.0).ok()?;
        let farther = student.inverse_cdf((1.0 - level) / 2.0) * (n / (n - 1.0)).sqrt();
        Some(Normal::standard().cdf(farther))
    }
}

/// Steele, Lea and Flood, OOPSLA 2014.
struct SplitMix64(u64);

impl SplitMix64 {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `n`, by the upper half of the product.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the upper half is below `n`"
    )]
    const fn below(&mut self, n: usize) -> usize {
        ((self.next() as u128 * n as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean of values, one a cluster.
    fn mean(values: &[f64]) -> impl Fn(&[u32]) -> [Option<f64>; 1] + '_ {
        |times| {
            let sum: f64 = values
                .iter()
                .zip(times)
                .map(|(value, n)| value * f64::from(*n))
                .sum();
            [Some(sum / as_f64(values.len() as u64))]
        }
    }

    fn interval(values: &[f64], seed: u64) -> Option<Interval> {
        let bootstrap = ClusterBootstrap::new(values.len(), 1000, seed)?;
        bootstrap.intervals(0.95, mean(values))[0]
    }

    #[test]
    fn a_seed_gives_the_same_interval_every_time() {
        let values = [1.0, 5.0, 2.0, 9.0, 4.0, 4.0];
        let here = interval(&values, 142).expect("clusters");
        assert_eq!(Some(here), interval(&values, 142));
        assert_ne!(Some(here), interval(&values, 143));
        assert!(1.0 <= here.low && here.low < 25.0 / 6.0 && here.high <= 9.0);
        // Counted again in Python, with 2.5706 for the quantile of Student's t.
        let [low, high] = REFERENCE;
        assert!(
            (here.low - low).abs() < 1e-9 && (here.high - high).abs() < 1e-9,
            "{here:?}"
        );
    }

    /// Of the values and the seed above.
    const REFERENCE: [f64; 2] = [1.833_333_333_333_333_3, 7.5];

    #[test]
    fn what_does_not_differ_has_no_width_and_what_is_not_there_no_interval() {
        let same = interval(&[3.0; 5], 1).expect("clusters");
        assert_eq!(
            (same.low.to_bits(), same.high.to_bits()),
            (3.0_f64.to_bits(), 3.0_f64.to_bits())
        );
        assert_eq!(ClusterBootstrap::new(1, 1000, 1), None);
        assert_eq!(ClusterBootstrap::new(0, 1000, 1), None);
        let bootstrap = ClusterBootstrap::new(2, 1000, 1).expect("two");
        assert_eq!(bootstrap.intervals(0.95, |_| [None]), [None]);
        assert_eq!(bootstrap.intervals(1.0, |_| [Some(1.0)]), [None]);
        // What only draws have that hold the second cluster.
        let of_second = |times: &[u32]| [(times[1] > 0).then(|| f64::from(times[1]))];
        let second = bootstrap.intervals(0.95, of_second)[0].expect("an interval");
        assert_eq!(
            (second.low.to_bits(), second.high.to_bits()),
            (1.0_f64.to_bits(), 2.0_f64.to_bits())
        );
    }

    /// Of 400 worlds, 95 % should hold the truth in their interval. Of 600 others 93, 95, and 95 % did with five, ten and
    /// thirty clusters; plain percentiles 86, 91 and 95 %.
    #[test]
    fn intervals_hold_the_truth_of_few_clusters_too() {
        let mut random = SplitMix64(7);
        let mut uniform = || as_f64(random.next() >> 11) / as_f64(1 << 53);
        // Twelve uniform numbers less six are nearly normal.
        let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        for n_clusters in [5, 10, 30] {
            let n_held = (0..400)
                .filter(|world| {
                    let values: Vec<f64> = (0..n_clusters).map(|_| normal()).collect();
                    let found = interval(&values, *world).expect("clusters");
                    found.low <= 0.0 && 0.0 <= found.high
                })
                .count();
            assert!(
                (352..=396).contains(&n_held),
                "{n_clusters}: {n_held} of 400"
            );
        }
    }
}
