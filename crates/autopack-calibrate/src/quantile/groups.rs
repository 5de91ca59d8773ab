//! A group that is looked at, and calls that are set apart.

use autopack_core::Tokens;

use super::lengths::GroupLengths;
use super::lowering::{Standing, up};
use super::measure::Measure;
use super::observations::{Length, Observation};
use super::tree::Tree;

/// A call that was cut off at so many times the median of its group is a runaway …
const RUNAWAY_RATIO: f64 = 20.0;
/// … where there are so many calls that the median is one.
const RUNAWAY_FROM: u64 = 30;

/// A group that is looked at.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) group: usize,
    pub(super) lengths: &'a GroupLengths,
    pub(super) calls: &'a [&'a Observation],
    /// What newer calls say of lowering it.
    pub(super) standing: Standing,
}

impl Subject<'_> {
    /// Whether the first attempt at a call was cut off, whatever became of it later.
    pub(super) fn was_cut_off(&self) -> bool {
        self.calls.iter().any(|call| match call.length {
            Length::Exactly(length) => length > call.ceiling,
            Length::AtLeast(_) => true,
            Length::Runaway => false,
        })
    }

    /// The highest ceiling that was sent and the longest length, at the group's estimate.
    pub(super) fn highest(&self, measure: Measure) -> Tokens {
        let highest = self.calls.iter().map(|call| {
            let length = match call.length {
                Length::Exactly(length) | Length::AtLeast(length) => length,
                Length::Runaway => Tokens::default(),
            };
            let highest = call.ceiling.at_least(length).as_f64();
            up(highest / measure.scale(call.estimate))
        });
        highest.max().unwrap_or_default()
    }
}

/// Calls that were cut off far above what is usual in their group are runaways.
pub(super) fn set_runaways_apart(tree: &Tree, calls: &mut [Observation]) {
    let mut lengths: Vec<Vec<(Length, f64)>> = vec![Vec::new(); tree.len()];
    for call in calls.iter() {
        lengths[tree.root(call.group)].push((call.length, 1.0));
    }
    let of_group = |calls: &Vec<(Length, f64)>| {
        let lengths = GroupLengths::of(calls);
        let has_enough = lengths.n_calls() >= RUNAWAY_FROM;
        let curve = lengths.sketch().survival();
        let median = curve.quantile_above(0.5).filter(|_| has_enough)?;
        Some(RUNAWAY_RATIO * median)
    };
    let from: Vec<Option<f64>> = lengths.iter().map(of_group).collect();
    for call in calls {
        let from = from[tree.root(call.group)];
        if let (Length::AtLeast(length), Some(from)) = (call.length, from)
            && length.as_f64() >= from
        {
            call.length = Length::Runaway;
        }
    }
}
