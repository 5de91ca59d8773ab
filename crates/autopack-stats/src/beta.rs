//! The regularised incomplete beta function, and the binomial tails that are its values.

use statrs::function::beta::beta_reg;

use crate::count::as_f64;

/// P(X ≤ x) of a beta(a, b) variable. `None` unless `a` and `b` are above 0, finite, and `x` is from
/// 0 to 1.
#[must_use]
pub fn beta_below(a: f64, b: f64, x: f64) -> Option<f64> {
    let usable = a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite() && (0.0..=1.0).contains(&x);
    usable.then(|| beta_reg(a, b, x))
}

/// P(at most `hits` hits in `n` trials of rate `rate`). `None` unless the rate is from 0 to 1.
#[must_use]
pub fn binomial_at_most(hits: u64, n: u64, rate: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&rate) {
        return None;
    }
    if hits >= n {
        return Some(1.0);
    }
    beta_below(as_f64(n - hits), as_f64(hits) + 1.0, 1.0 - rate)
}

/// P(at least `hits` hits in `n` trials of rate `rate`). `None` unless the rate is from 0 to 1.
#[must_use]
pub fn binomial_at_least(hits: u64, n: u64, rate: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&rate) {
        return None;
    }
    match hits {
        0 => Some(1.0),
        _ if hits > n => Some(0.0),
        _ => beta_below(as_f64(hits), as_f64(n - hits) + 1.0, rate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_rate_has_no_tail() {
        assert_eq!(binomial_at_most(1, 2, f64::NAN), None);
        assert_eq!(binomial_at_least(1, 2, 1.5), None);
        assert_eq!(beta_below(0.0, 1.0, 0.5), None);
        assert_eq!(binomial_at_least(3, 2, 0.5), Some(0.0));
        assert_eq!(binomial_at_most(2, 2, 0.5), Some(1.0));
    }

    proptest! {
        #[test]
        fn the_tails_share_everything(hits in 1_u64..300, more in 0_u64..3000, rate in 0.001_f64..0.999) {
            let n = hits + more;
            let below = binomial_at_most(hits - 1, n, rate).expect("a rate");
            let above = binomial_at_least(hits, n, rate).expect("a rate");
            prop_assert!((below + above - 1.0).abs() < 1e-9);
        }
    }
}
