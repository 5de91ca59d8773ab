//! A share of calls, with the interval in which it may truly lie.

use autopack_stats::{Interval, exact_interval};
use serde_json::{Value, json};

use crate::output;

/// The confidence of intervals.
const LEVEL: f64 = 0.95;

/// So many of so many calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rate {
    pub(super) n_hits: u64,
    pub(super) n: u64,
}

impl Rate {
    /// Counts a call.
    pub(super) fn add(&mut self, hit: bool) {
        self.n_hits += u64::from(hit);
        self.n += 1;
    }

    /// Takes in the calls of another.
    pub(super) fn merge(&mut self, other: Self) {
        self.n_hits += other.n_hits;
        self.n += other.n;
    }

    /// The share; `None` of no calls.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of calls are far below 2^53"
    )]
    pub(super) fn share(self) -> Option<f64> {
        (self.n > 0).then(|| self.n_hits as f64 / self.n as f64)
    }

    /// The exact 95 % interval; `None` of no calls.
    pub(super) fn interval(self) -> Option<Interval> {
        exact_interval(self.n_hits, self.n, LEVEL)
    }

    pub(super) fn share_text(self) -> String {
        output::percent(self.share())
    }

    pub(super) fn interval_text(self) -> String {
        let percent = |share| output::percent(Some(share));
        let text = |Interval { low, high }| format!("{} to {}", percent(low), percent(high));
        self.interval().map_or_else(|| "-".to_owned(), text)
    }

    /// The rate as an object.
    pub(super) fn json(self) -> Value {
        let interval = self.interval();
        json!({
            "n": self.n,
            "n_hits": self.n_hits,
            "rate": self.share(),
            "rate_low": interval.map(|interval| interval.low),
            "rate_high": interval.map(|interval| interval.high),
        })
    }
}
