//! What is known of the lengths of a group, in two kilobytes.

use std::cmp::Ordering;

use autopack_core::Tokens;
use autopack_stats::SurvivalSketch;
use autopack_stats::survival::bin;

use super::lowering::up;
use super::observations::Length;

/// How many of the last lengths are looked at one by one.
const N_RECENT: usize = 20;

/// The lengths of a group: all of those that ended, and what is known of those that were cut off.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupLengths {
    sketch: SurvivalSketch,
    n_ended: u64,
    n_cut: u64,
    n_runaways: u64,
    shortest: Option<Tokens>,
    longest: Option<Tokens>,
    recent: [Tokens; N_RECENT],
}

impl GroupLengths {
    /// The lengths of calls, each divided by the number beside it.
    pub(super) fn of(calls: &[(Length, f64)]) -> Self {
        let ended = ended(calls);
        let mut lengths = Self::default();
        for (length, scale) in calls {
            match length {
                Length::Exactly(length) => lengths.ended(length.as_f64() / scale),
                Length::AtLeast(length) => {
                    let length = length.as_f64() / scale;
                    lengths.cut_off(length, counted_at(length, &ended));
                }
                Length::Runaway => lengths.n_runaways += 1,
            }
        }
        lengths
    }

    /// Takes in the length of an answer that ended by itself.
    pub fn add_ended(&mut self, length: Tokens) {
        self.ended(length.as_f64());
    }

    fn ended(&mut self, length: f64) {
        self.sketch.add_event(length);
        let length = up(length);
        let place = usize::try_from(self.n_calls()).unwrap_or_default() % N_RECENT;
        self.recent[place] = length;
        self.n_ended += 1;
        self.shortest = Some(
            self.shortest
                .map_or(length, |shortest| shortest.min(length)),
        );
        self.longest = Some(self.longest.map_or(length, |longest| longest.max(length)));
    }

    /// Takes in an answer that was cut off when it had this length.
    pub fn add_cut_off(&mut self, length: Tokens) {
        self.cut_off(length.as_f64(), length.as_f64());
    }

    fn cut_off(&mut self, length: f64, counted_at: f64) {
        self.sketch.add_censored(counted_at);
        let length = up(length);
        let place = usize::try_from(self.n_calls()).unwrap_or_default() % N_RECENT;
        self.recent[place] = length;
        self.n_cut += 1;
    }

    pub(super) const fn sketch(&self) -> &SurvivalSketch {
        &self.sketch
    }

    /// Calls without runaways.
    pub(super) const fn n_calls(&self) -> u64 {
        self.n_ended + self.n_cut
    }

    pub(super) const fn n_ended(&self) -> u64 {
        self.n_ended
    }

    pub(super) const fn n_cut(&self) -> u64 {
        self.n_cut
    }

    pub(super) const fn n_runaways(&self) -> u64 {
        self.n_runaways
    }

    /// Whether all answers that ended are of one length: nothing can be told of how they scatter.
    pub(super) fn is_without_spread(&self) -> bool {
        self.shortest == self.longest
    }

    /// The longest of the last calls.
    pub(super) fn longest_recent(&self) -> Tokens {
        self.recent.iter().copied().max().unwrap_or_default()
    }
}

/// How long those are that ended, in order; none where that is of no use, because no call was cut off.
fn ended(calls: &[(Length, f64)]) -> Vec<f64> {
    let is_cut_off = |(length, _): &(Length, f64)| matches!(length, Length::AtLeast(_));
    if !calls.iter().any(is_cut_off) {
        return Vec::new();
    }
    let ended = calls.iter().filter_map(|(length, scale)| match length {
        Length::Exactly(length) => Some(length.as_f64() / scale),
        Length::AtLeast(_) | Length::Runaway => None,
    });
    let mut ended: Vec<f64> = ended.collect();
    ended.sort_unstable_by(f64::total_cmp);
    ended
}

/// Where a call counts as cut off: it has lived through its bin where most answers of the bin ended before it, and
/// through none of it where most ended behind it. A curve knows no order within a bin, and would come down to
/// nothing where all are cut off just above those that ended.
fn counted_at(length: f64, ended: &[f64]) -> f64 {
    let Some(bin) = bin::of(length) else {
        return length;
    };
    let lower = bin.checked_sub(1).map_or(0.0, bin::edge);
    let upper = bin::edge(bin);
    let n_up_to = |edge: f64| ended.partition_point(|end| *end <= edge);
    let n_before = n_up_to(length) - n_up_to(lower);
    let n_behind = n_up_to(upper).saturating_sub(n_up_to(length));
    match n_before.cmp(&n_behind) {
        Ordering::Greater => upper,
        Ordering::Less => lower,
        Ordering::Equal => length,
    }
}
