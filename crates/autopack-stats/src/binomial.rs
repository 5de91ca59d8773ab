//! The exact (Clopper-Pearson) interval of a rate.
//!
//! Clopper and Pearson, Biometrika 26 (1934): the bounds are quantiles of beta distributions, found
//! here by bisection on the regularised incomplete beta function. It holds its level for every rate
//! and every number of trials; it assumes that calls are independent of each other.

use statrs::function::beta::beta_reg;

use crate::count::as_f64;

/// A two-sided interval of a rate, both bounds from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

/// Bisection halves the interval until doubles have nothing between its ends.
const MAX_HALVINGS: u32 = 200;

/// The exact interval of the rate behind `hits` out of `n` trials at confidence `level` (0.95 for
/// 95 %). `None` without trials, with more hits than trials, or with a level outside 0 to 1.
#[must_use]
pub fn exact_interval(hits: u64, n: u64, level: f64) -> Option<Interval> {
    let usable = n > 0 && hits <= n && level > 0.0 && level < 1.0;
    if !usable {
        return None;
    }
    let tail = (1.0 - level) / 2.0;
    let (hits, misses) = (as_f64(hits), as_f64(n - hits));
    let low = if hits > 0.0 {
        beta_quantile(hits, misses + 1.0, tail)
    } else {
        0.0
    };
    let high = if misses > 0.0 {
        beta_quantile(hits + 1.0, misses, 1.0 - tail)
    } else {
        1.0
    };
    Some(Interval { low, high })
}

/// The exact upper bound of the rate behind `hits` out of `n` trials, one-sided: a rate above it would
/// have given so few hits with a chance of 1 − `level` at most. `None` as for [`exact_interval`].
#[must_use]
pub fn exact_upper_bound(hits: u64, n: u64, level: f64) -> Option<f64> {
    // A one-sided bound at 95 % is the upper end of a two-sided interval at 90 %.
    exact_interval(hits, n, 2.0 * level - 1.0).map(|interval| interval.high)
}

/// The point below which a beta(a, b) variable falls with probability `p`.
fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..MAX_HALVINGS {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if beta_reg(a, b, middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_rate_without_trials_has_no_interval() {
        assert_eq!(exact_interval(0, 0, 0.95), None);
        assert_eq!(exact_interval(3, 2, 0.95), None);
        assert_eq!(exact_interval(1, 2, 1.0), None);
        assert_eq!(exact_interval(1, 2, f64::NAN), None);
    }

    #[test]
    fn no_hits_and_all_hits_have_closed_forms() {
        // With no hits the upper bound is 1 − 0.025^(1/n).
        let none = exact_interval(0, 20, 0.95).expect("an interval");
        assert!((none.high - (1.0 - 0.025_f64.powf(1.0 / 20.0))).abs() < 1e-12);
        assert!((none.low - 0.0).abs() < f64::EPSILON);
        let all = exact_interval(20, 20, 0.95).expect("an interval");
        assert!((all.low - 0.025_f64.powf(1.0 / 20.0)).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_rate(n in 1_u64..5000, share in 0.0_f64..=1.0) {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation,
                clippy::cast_sign_loss, reason = "small counts")]
            let hits = ((n as f64) * share) as u64;
            let Interval { low, high } = exact_interval(hits, n, 0.95).expect("an interval");
            let rate = as_f64(hits) / as_f64(n);
            prop_assert!(0.0 <= low && low <= rate && rate <= high && high <= 1.0);
        }
    }
}
