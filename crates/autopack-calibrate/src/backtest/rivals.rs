//! What others do: a median with a margin, and a quantile of what was not cut off.

use std::collections::VecDeque;

use autopack_core::Tokens;

use super::base_of;
use super::trace::{Trace, TraceCall};
use crate::learned::TargetTruncation;

/// The least number of samples of the ratio method, as [`crate::ratio::RatioSettings`] has it.
const RATIO_SAMPLES: usize = 5;
/// The buffer of `build-142` from estimate to budget.
const BUFFER: f64 = 1.2;
/// Both are fitted anew after so many calls of a group.
const FITTED_EVERY: usize = 25;

/// What a group of a rival remembers.
#[derive(Clone, Debug, Default)]
struct Memory {
    samples: VecDeque<f64>,
    n_since: usize,
    fitted: Option<f64>,
}

impl Memory {
    fn add(&mut self, sample: f64, capacity: usize) {
        if self.samples.len() >= capacity {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
        self.n_since += 1;
    }

    /// Fits the element ⌊`level` · n⌋ of `least` samples or more, when it is time.
    fn fit(&mut self, level: f64, least: usize) {
        let n = self.samples.len();
        let is_time = self.fitted.is_none() || self.n_since >= FITTED_EVERY.max(n / 8);
        if n < least || !is_time {
            return;
        }
        self.n_since = 0;
        let place = Tokens::new(n as u64).scaled_by(level).get();
        let place = usize::try_from(place).unwrap_or(0).min(n - 1);
        let mut sorted: Vec<f64> = self.samples.iter().copied().collect();
        self.fitted = Some(*sorted.select_nth_unstable_by(place, f64::total_cmp).1);
    }
}

/// 1.2 times the upper median of length over estimate, or of lengths.
pub(super) fn ratio(trace: &Trace, bases: &[Tokens]) -> Vec<Tokens> {
    let unit = |call: &TraceCall| {
        let estimate = call.estimate.map(Tokens::as_f64);
        estimate.filter(|estimate| *estimate >= 1.0).unwrap_or(1.0)
    };
    run(
        trace,
        bases,
        |memory, call, is_whole| {
            if is_whole {
                memory.add(call.length.as_f64() / unit(call), usize::MAX);
                memory.fit(0.5, RATIO_SAMPLES);
            }
        },
        |fitted, call| fitted * unit(call) * BUFFER,
    )
}

/// The quantile of lengths that were not cut off.
pub(super) fn dropped_quantile(
    trace: &Trace,
    bases: &[Tokens],
    target: TargetTruncation,
) -> Vec<Tokens> {
    let calls = |number: f64| usize::try_from(Tokens::floor(number).get()).unwrap_or(usize::MAX);
    let (capacity, least) = (calls(target.memory_calls()), calls(1.0 / target.get()));
    run(
        trace,
        bases,
        |memory, call, is_whole| {
            if is_whole {
                memory.add(call.length.as_f64(), capacity);
                memory.fit(1.0 - target.get(), least);
            }
        },
        |fitted, _| fitted,
    )
}

fn run(
    trace: &Trace,
    bases: &[Tokens],
    learn: impl Fn(&mut Memory, &TraceCall, bool),
    ceiling: impl Fn(f64, &TraceCall) -> f64,
) -> Vec<Tokens> {
    let mut memories = vec![Memory::default(); trace.groups().len()];
    let decided = trace.calls().iter().map(|call| {
        let memory = &mut memories[call.group];
        let base = base_of(bases, call.group);
        let decided = memory.fitted.map_or(base, |fitted| {
            Tokens::floor(ceiling(fitted, call).ceil()).at_least(Tokens::new(1))
        });
        learn(memory, call, call.length <= decided);
        decided
    });
    decided.collect()
}
