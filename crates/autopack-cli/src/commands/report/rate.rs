//! A share of calls, with the interval in which it may truly lie.

use autopack_stats::{Interval, exact_interval};
use serde_json::{Value, json};

use crate::output;

/// The confidence of intervals.
const LEVEL: f64 = 0.95;

/// So many of so many calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::commands) struct Rate {
    pub(in crate::commands) n_hits: u64,
    pub(in crate::commands) n: u64,
}

impl Rate {
    /// Counts a call.
    pub(in crate::commands) fn add(&mut self, hit: bool) {
        self.n_hits += u64::from(hit);
        self.n += 1;
    }

    /// Takes in the calls of another.
    pub(in crate::commands) fn merge(&mut self, other: Self) {
        self.n_hits += other.n_hits;
        self.n += other.n;
    }

    /// The share; `None` of no calls.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of calls are far below 2^53"
    )]
    pub(in crate::commands) fn share(self) -> Option<f64> {
        (self.n > 0).then(|| self.n_hits as f64 / self.n as f64)
    }

    /// The exact 95 % interval; `None` of no calls.
    pub(in crate::commands) fn interval(self) -> Option<Interval> {
        exact_interval(self.n_hits, self.n, LEVEL)
    }

    pub(in crate::commands) fn share_text(self) -> String {
        output::percent(self.share())
    }

    pub(in crate::commands) fn interval_text(self) -> String {
        let percent = |share| output::percent(Some(share));
        let text = |Interval { low, high }| format!("{} to {}", percent(low), percent(high));
        self.interval().map_or_else(|| "-".to_owned(), text)
    }

    /// The rate as an object.
    pub(in crate::commands) fn json(self) -> Value {
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
