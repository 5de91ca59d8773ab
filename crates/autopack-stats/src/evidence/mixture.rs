//! A mixture of likelihood ratios: evidence against a rate being at most, or at least, a number.

use super::log_ratio;
use crate::count::as_f64;

/// How many alternatives are mixed.
const N_ALTERNATIVES: usize = 12;
/// The alternative nearest to the bound, as a multiple of it or its inverse.
const NEAREST: f64 = 1.5;
/// The farthest alternative, as a multiple of the bound or its inverse.
const FARTHEST: f64 = 30.0;
/// No alternative is a higher rate: near 1, a single trial without a hit would refute it.
const HIGHEST_RATE: f64 = 0.9;

/// What is doubted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateHypothesis {
    /// The rate is at most the bound. Evidence against it speaks for going back.
    AtMost,
    /// The rate is at least the bound. Evidence against it speaks for going on.
    AtLeast,
}

/// Evidence against a hypothesis on a rate: the mean over twelve alternative rates of how much
/// better each explains the trials than the bound does.
///
/// The alternatives are spaced evenly on a logarithmic scale from 1.5 to 30 times the bound (0.9 at
/// most), or from its thirtieth to two thirds of it.
#[derive(Clone, Debug, PartialEq)]
pub struct RateEvidence {
    hypothesis: RateHypothesis,
    /// What a hit and a miss add to the logarithm of each alternative's ratio.
    steps: [(f64, f64); N_ALTERNATIVES],
    logs: [f64; N_ALTERNATIVES],
}

impl RateEvidence {
    /// Evidence against the rate being on that side of `bound`; `None` unless `bound` is above 0
    /// and at most 0.6, where alternatives have room.
    #[must_use]
    pub fn new(hypothesis: RateHypothesis, bound: f64) -> Option<Self> {
        if !(bound > 0.0 && bound * NEAREST <= HIGHEST_RATE) {
            return None;
        }
        let (near, far) = match hypothesis {
            RateHypothesis::AtMost => (NEAREST * bound, (FARTHEST * bound).min(HIGHEST_RATE)),
            RateHypothesis::AtLeast => (bound / NEAREST, bound / FARTHEST),
        };
        let mut steps = [(0.0, 0.0); N_ALTERNATIVES];
        for (place, step) in (0_u64..).zip(&mut steps) {
            let part = as_f64(place) / as_f64(N_ALTERNATIVES as u64 - 1);
            let rate = near * (far / near).powf(part);
            *step = (log_ratio(true, rate, bound), log_ratio(false, rate, bound));
        }
        Some(Self {
            hypothesis,
            steps,
            logs: [0.0; N_ALTERNATIVES],
        })
    }

    /// What is doubted.
    #[must_use]
    pub const fn hypothesis(&self) -> RateHypothesis {
        self.hypothesis
    }

    /// Takes a trial in.
    pub fn add(&mut self, hit: bool) {
        for (log, (for_hit, for_miss)) in self.logs.iter_mut().zip(self.steps) {
            *log += if hit { for_hit } else { for_miss };
        }
    }

    /// Takes trials in at once, of which so many were hits: in whatever order they came, the evidence after
    /// the last of them is the same.
    pub fn add_counts(&mut self, n_hits: u64, n_misses: u64) {
        let (hits, misses) = (as_f64(n_hits), as_f64(n_misses));
        for (log, (for_hit, for_miss)) in self.logs.iter_mut().zip(self.steps) {
            *log += hits * for_hit + misses * for_miss;
        }
    }

    /// The logarithm of the e-value. It passes ln 100 with a chance of 1 % at most while the
    /// hypothesis holds.
    #[must_use]
    pub fn log_e_value(&self) -> f64 {
        let most = self.logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = self.logs.iter().map(|log| (log - most).exp()).sum();
        most + (sum / as_f64(N_ALTERNATIVES as u64)).ln()
    }

    /// Whether the e-value has passed `threshold` by now.
    #[must_use]
    pub fn passes(&self, threshold: f64) -> bool {
        self.log_e_value() >= threshold.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(hypothesis: RateHypothesis, trials: impl IntoIterator<Item = bool>) -> RateEvidence {
        let mut evidence = RateEvidence::new(hypothesis, 0.02).expect("a bound");
        for hit in trials {
            evidence.add(hit);
        }
        evidence
    }

    #[test]
    fn a_policy_that_cuts_everything_off_is_found_out_at_once() {
        let evidence = after(RateHypothesis::AtMost, [true, true]);
        assert!(evidence.passes(100.0), "{}", evidence.log_e_value().exp());
    }

    #[test]
    fn a_clean_run_speaks_for_going_on() {
        let clean = |n| after(RateHypothesis::AtLeast, std::iter::repeat_n(false, n));
        assert!(!clean(150).passes(20.0));
        assert!(clean(250).passes(20.0));
    }

    #[test]
    fn bounds_without_room_for_alternatives_are_none() {
        for bound in [0.0, -0.1, 0.7, 1.0, f64::NAN] {
            assert_eq!(RateEvidence::new(RateHypothesis::AtMost, bound), None);
        }
    }

    proptest! {
        /// Summed over all sequences, weighted by their chance at the bound, the e-value is 1.
        #[test]
        fn at_the_bound_nothing_is_expected_to_grow(bound in 0.005_f64..0.5) {
            for hypothesis in [RateHypothesis::AtMost, RateHypothesis::AtLeast] {
                let mut expected = 0.0;
                for sequence in 0_u32..256 {
                    let mut evidence = RateEvidence::new(hypothesis, bound).expect("a bound");
                    let mut chance = 1.0;
                    for trial in 0..8 {
                        let hit = sequence & (1 << trial) != 0;
                        evidence.add(hit);
                        chance *= if hit { bound } else { 1.0 - bound };
                    }
                    expected += chance * evidence.log_e_value().exp();
                }
                prop_assert!((expected - 1.0).abs() < 1e-9, "{expected}");
            }
        }

        #[test]
        fn the_order_of_trials_does_not_matter(mut trials in prop::collection::vec(any::<bool>(), 0..60)) {
            let forward = after(RateHypothesis::AtMost, trials.iter().copied()).log_e_value();
            let n_hits = trials.iter().filter(|hit| **hit).count() as u64;
            let mut at_once = after(RateHypothesis::AtMost, []);
            at_once.add_counts(n_hits, trials.len() as u64 - n_hits);
            prop_assert!((forward - at_once.log_e_value()).abs() < 1e-9);
            trials.reverse();
            let backward = after(RateHypothesis::AtMost, trials).log_e_value();
            prop_assert!((forward - backward).abs() < 1e-9);
        }
    }
}
