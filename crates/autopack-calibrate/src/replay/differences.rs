//! How far two policies differ on the same calls, and how far that may be off.

use std::collections::HashMap;

use autopack_stats::{ClusterBootstrap, Interval};

use super::call::ReplayedCall;

/// The confidence of the intervals.
pub const LEVEL: f64 = 0.95;
/// How often runs are drawn: the ends of an interval at 95 % then have some 25 draws beyond them.
pub const N_RESAMPLES: usize = 1000;

/// The other policy less the one that decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Of the calls that were made; those of which nobody knows count as far as they are expected to.
    pub value: f64,
    /// Where it lies, were other runs like these drawn; `None` where there is one run only.
    pub interval: Option<Interval>,
}

/// How far the other policy differs from the one that decided. Calls of one run are alike: what varies is taken from
/// run to run ([`ClusterBootstrap`]). Not in it is what is uncertain of the calls of which nobody knows, beyond
/// their being in one run or another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Differences {
    /// Runs with calls in it.
    pub n_runs: usize,
    /// What runs were drawn from.
    pub seed: u64,
    /// In the share of calls that are cut off, as a fraction.
    pub truncation_rate: Difference,
    /// In tokens of the ceiling, a call.
    pub reserved_tokens: Difference,
    /// In the median of ceiling over output; `None` where one of the policies has no whole answer.
    pub median_waste: Option<Difference>,
}

/// Calls by run.
#[derive(Clone, Debug, Default)]
pub(super) struct ByRun {
    /// The place of each run among them.
    places: HashMap<u32, usize>,
    runs: Vec<Sums>,
    wastes: [Vec<Waste>; 2],
}

/// What the calls of one run come to, other policy less the one that decided.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    n_calls: f64,
    cut: f64,
    reserved: f64,
    n_wastes: [u32; 2],
}

/// Ceiling over output of a whole answer.
#[derive(Clone, Copy, Debug)]
struct Waste {
    ratio: f64,
    run: usize,
}

impl ByRun {
    /// Adds a call of which this share is expected to be cut off.
    pub(super) fn add(&mut self, run: u32, call: &ReplayedCall, share_cut: f64) {
        let next = self.places.len();
        let run = *self.places.entry(run).or_insert(next);
        if run == next {
            self.runs.push(Sums::default());
        }
        let sums = &mut self.runs[run];
        sums.n_calls += 1.0;
        sums.cut += share_cut - f64::from(u8::from(call.was_cut()));
        sums.reserved += call.candidate.as_f64() - call.ceiling.as_f64();
        for (side, ratio) in call.wastes().into_iter().enumerate() {
            if let Some(ratio) = ratio {
                sums.n_wastes[side] += 1;
                self.wastes[side].push(Waste { ratio, run });
            }
        }
    }

    /// The differences; `None` without calls.
    pub(super) fn differences(mut self, seed: u64) -> Option<Differences> {
        for wastes in &mut self.wastes {
            wastes.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
        }
        let n_runs = self.runs.len();
        let [truncation_rate, reserved_tokens, median_waste] = self.of_draw(&vec![1; n_runs]);
        let bootstrap = ClusterBootstrap::new(n_runs, N_RESAMPLES, seed);
        let intervals =
            bootstrap.map(|bootstrap| bootstrap.intervals(LEVEL, |times| self.of_draw(times)));
        let [of_rate, of_reserved, of_waste] = intervals.unwrap_or_default();
        let with = |value: Option<f64>, interval| {
            Some(Difference {
                value: value?,
                interval,
            })
        };
        Some(Differences {
            n_runs,
            seed,
            truncation_rate: with(truncation_rate, of_rate)?,
            reserved_tokens: with(reserved_tokens, of_reserved)?,
            median_waste: with(median_waste, of_waste),
        })
    }

    /// The differences in truncation rate, reserved tokens a call, and median waste, of a draw that holds every run so
    /// many times.
    fn of_draw(&self, times: &[u32]) -> [Option<f64>; 3] {
        let sum = |part: fn(&Sums) -> f64| -> f64 {
            let runs = self.runs.iter().zip(times);
            runs.map(|(sums, times)| part(sums) * f64::from(*times))
                .sum()
        };
        let n_calls = sum(|sums| sums.n_calls);
        let a_call = |sum: f64| (n_calls > 0.0).then(|| sum / n_calls);
        let [logged, candidate] = [0, 1].map(|side| self.median_waste(side, times));
        [
            a_call(sum(|sums| sums.cut)),
            a_call(sum(|sums| sums.reserved)),
            candidate
                .zip(logged)
                .map(|(candidate, logged)| candidate - logged),
        ]
    }

    /// The middle waste of a draw, or the mean of the two middle ones.
    fn median_waste(&self, side: usize, times: &[u32]) -> Option<f64> {
        let runs = self.runs.iter().zip(times);
        let drawn = runs.map(|(sums, times)| u64::from(sums.n_wastes[side]) * u64::from(*times));
        let n_drawn: u64 = drawn.sum();
        let (lower, upper) = (n_drawn.checked_sub(1)? / 2, n_drawn / 2);
        let mut n_before = 0;
        let mut below = None;
        for waste in &self.wastes[side] {
            n_before += u64::from(times[waste.run]);
            if below.is_none() && n_before > lower {
                below = Some(waste.ratio);
            }
            if n_before > upper {
                return below.map(|below| f64::midpoint(below, waste.ratio));
            }
        }
        None
    }
}
