//! What is known of the lengths of a group, in two kilobytes.

use autopack_core::Tokens;
use autopack_stats::SurvivalSketch;

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
        self.cut_off(length.as_f64());
    }

    fn cut_off(&mut self, length: f64) {
        self.sketch.add_censored(length);
        let length = up(length);
        let place = usize::try_from(self.n_calls()).unwrap_or_default() % N_RECENT;
        self.recent[place] = length;
        self.n_cut += 1;
    }

    /// Takes a call in whose length is divided by `scale`.
    pub(super) fn add(&mut self, length: Length, scale: f64) {
        match length {
            Length::Exactly(length) => self.ended(length.as_f64() / scale),
            Length::AtLeast(length) => self.cut_off(length.as_f64() / scale),
            Length::Runaway => self.n_runaways += 1,
        }
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
