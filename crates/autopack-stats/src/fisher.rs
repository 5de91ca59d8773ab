//! Fisher's exact test: whether one rate is higher than another.
//!
//! Fisher, Statistical Methods for Research Workers, 5th edition (1934), section 21.02: given how
//! many hits there are in all, the hits of one group are hypergeometric where both rates are the
//! same. Exact for every number of trials; as the hits are whole numbers, the true chance of a false
//! alarm is below the level, far below it for few trials.

use statrs::function::factorial::ln_binomial;

use crate::count::as_f64;

/// Hits among trials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// How many trials were hits.
    pub hits: u64,
    /// How many trials there were.
    pub n: u64,
}

/// How likely `high` has at least as many hits as it has, where its rate is no higher than that of
/// `low`: the one-sided p-value. `None` where either has more hits than trials.
#[must_use]
pub fn fisher_exact(high: Hits, low: Hits) -> Option<f64> {
    if high.hits > high.n || low.hits > low.n {
        return None;
    }
    let drawn = Drawn {
        n: high.n,
        hits: high.hits.checked_add(low.hits)?,
        all: high.n.checked_add(low.n)?,
    };
    Some(drawn.at_least(high.hits))
}

/// A draw of `n` from `all`, of which `hits` are hits: the hypergeometric distribution.
struct Drawn {
    n: u64,
    hits: u64,
    all: u64,
}

impl Drawn {
    /// The chance of `k` hits or more. The tail on the side of `k` that is away from the mean is summed,
    /// where each term is smaller than the one before.
    fn at_least(&self, k: u64) -> f64 {
        let is_above_mean = as_f64(k) * as_f64(self.all) > as_f64(self.n) * as_f64(self.hits);
        if is_above_mean {
            sum(self.exactly(k), |step| {
                let k = k + step;
                let odds = as_f64(self.n - k) * as_f64(self.hits - k);
                odds / (as_f64(k + 1) * as_f64(self.all + k + 1 - self.n - self.hits))
            })
        } else {
            let below = k.checked_sub(1).filter(|k| self.is_possible(*k));
            let below = below.map_or(0.0, |first| {
                sum(self.exactly(first), |step| {
                    let k = first - step;
                    let odds =
                        as_f64(k) * as_f64((self.all + k).saturating_sub(self.n + self.hits));
                    odds / (as_f64(self.n - k + 1) * as_f64(self.hits - k + 1))
                })
            });
            1.0 - below
        }
    }

    /// Whether `k` hits can be drawn: no more misses than there are.
    const fn is_possible(&self, k: u64) -> bool {
        self.n + self.hits <= self.all + k
    }

    /// The chance of exactly `k` hits.
    fn exactly(&self, k: u64) -> f64 {
        let ways = ln_binomial(self.hits, k) + ln_binomial(self.all - self.hits, self.n - k);
        (ways - ln_binomial(self.all, self.n)).exp()
    }
}

/// The sum of terms that shrink: the first, and each further one by its ratio to the one before, until
/// doubles see no difference.
fn sum(first: f64, ratio: impl Fn(u64) -> f64) -> f64 {
    let (mut term, mut sum) = (first, first);
    for step in 0.. {
        term *= ratio(step);
        if term <= sum * f64::EPSILON {
            break;
        }
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn p(high: (u64, u64), low: (u64, u64)) -> Option<f64> {
        let hits = |(hits, n)| Hits { hits, n };
        fisher_exact(hits(high), hits(low))
    }

    #[test]
    fn the_lady_tasting_tea() {
        // Four cups of eight, and all four named: one of 70 ways.
        let all = p((4, 4), (0, 4)).expect("a test");
        assert!((all - 1.0 / 70.0).abs() < 1e-15, "{all}");
        let three = p((3, 4), (1, 4)).expect("a test");
        assert!((three - 17.0 / 70.0).abs() < 1e-15, "{three}");
    }

    #[test]
    fn what_says_nothing_is_certain() {
        assert_eq!(p((0, 10), (3, 10)), Some(1.0));
        assert_eq!(p((0, 0), (3, 10)), Some(1.0));
        assert_eq!(p((2, 10), (0, 0)), Some(1.0));
        assert_eq!(p((3, 2), (0, 10)), None);
        assert_eq!(p((0, 10), (3, 2)), None);
    }

    proptest! {
        #[test]
        fn more_hits_are_never_less_telling(
            n in 1_u64..300, m in 1_u64..300, share in 0.0_f64..1.0, other in 0.0_f64..=1.0,
        ) {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation,
                clippy::cast_sign_loss, reason = "small counts")]
            let part = |n: u64, share: f64| ((n as f64) * share) as u64;
            let (hits, low) = (part(n, share), (part(m, other), m));
            let (few, many) = (p((hits, n), low).expect("a test"), p((hits + 1, n), low).expect("a test"));
            prop_assert!(0.0 < many && many <= few + 1e-12 && few <= 1.0, "{few} {many}");
        }
    }
}
