//! When a rate went up: a likelihood ratio that starts again whenever it says nothing.

use serde::{Deserialize, Serialize};

use super::log_ratio;

/// Page's cumulative sum (Biometrika 41, 1954) of the likelihood ratio of a raised rate against the
/// normal one, which is also an e-detector: while the rate is normal, the mean time to a false
/// alarm is at least the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateCusum {
    for_hit: f32,
    for_miss: f32,
    log: f32,
}

impl RateCusum {
    /// Looks for a rate of `raised` where `normal` is usual; `None` unless 0 < normal < raised < 1.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seven digits of a logarithm are plenty, and each group has one of these"
    )]
    pub fn new(normal: f64, raised: f64) -> Option<Self> {
        let usable = 0.0 < normal && normal < raised && raised < 1.0;
        usable.then(|| Self {
            for_hit: log_ratio(true, raised, normal) as f32,
            for_miss: log_ratio(false, raised, normal) as f32,
            log: 0.0,
        })
    }

    /// Takes a trial in.
    pub fn add(&mut self, hit: bool) {
        let step = if hit { self.for_hit } else { self.for_miss };
        self.log = self.log.max(0.0) + step;
    }

    /// The logarithm of the e-value since the last fresh start.
    #[must_use]
    pub fn log_e_value(&self) -> f64 {
        f64::from(self.log)
    }

    /// Starts afresh.
    pub const fn reset(&mut self) {
        self.log = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misses_are_forgotten_and_hits_add_up() {
        let mut cusum = RateCusum::new(0.02, 0.1).expect("rates");
        for _ in 0..1000 {
            cusum.add(false);
        }
        let mut n_hits = 0;
        while cusum.log_e_value() < 100_f64.ln() {
            cusum.add(true);
            n_hits += 1;
        }
        // 5³ = 125 passes 100 and 5² does not; what the last miss left behind is small.
        assert_eq!(n_hits, 3);
        cusum.reset();
        assert!(cusum.log_e_value().abs() < f64::EPSILON);
    }

    #[test]
    fn rates_must_be_in_order() {
        assert_eq!(RateCusum::new(0.1, 0.1), None);
        assert_eq!(RateCusum::new(0.0, 0.1), None);
        assert_eq!(RateCusum::new(0.02, 1.0), None);
        assert_eq!(RateCusum::new(f64::NAN, 0.5), None);
    }
}
