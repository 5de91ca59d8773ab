//! The figures of a set of calls: truncation, waste, tokens reserved and used.

use autopack_core::{Tokens, waste};
use autopack_stats::Sample;
use autopack_store::EstimationRow;
use serde_json::{Value, json};

use super::observed;
use super::rate::Rate;
use crate::output;

/// The figures.
pub(in crate::commands) struct Figures {
    /// All calls.
    pub(in crate::commands) n_calls: u64,
    /// Calls of which no output is known.
    pub(in crate::commands) n_failed: u64,
    /// Truncated calls among those that came back.
    pub(in crate::commands) truncated: Rate,
    /// Calls whose ceiling was recorded.
    pub(in crate::commands) with_ceiling: Rate,
    pub(in crate::commands) reserved_tokens: u64,
    pub(in crate::commands) used_tokens: u64,
    pub(in crate::commands) median_waste: Option<f64>,
    pub(in crate::commands) p90_waste: Option<f64>,
}

/// The names of the figures in JSON and CSV, in the order of CSV.
pub(in crate::commands) const NAMES: [&str; 12] = [
    "n_calls",
    "n_failed",
    "n_truncated",
    "truncation_rate",
    "truncation_rate_low",
    "truncation_rate_high",
    "median_waste_ratio",
    "p90_waste_ratio",
    "reserved_tokens",
    "used_tokens",
    "n_with_ceiling",
    "ceiling_coverage",
];

/// A column of a table, and how a figure is written there.
pub(in crate::commands) type Column = (&'static str, fn(&Figures) -> String);

/// The figures in tables.
pub(in crate::commands) const COLUMNS: [Column; 10] = [
    ("calls", |figures| figures.n_calls.to_string()),
    ("truncated", |figures| figures.truncated.n_hits.to_string()),
    ("rate", |figures| figures.truncated.share_text()),
    ("95 % interval", |figures| figures.truncated.interval_text()),
    ("failed", |figures| figures.n_failed.to_string()),
    ("median waste", |figures| {
        output::ratio(figures.median_waste)
    }),
    ("p90 waste", |figures| output::ratio(figures.p90_waste)),
    ("reserved", |figures| {
        output::thousands(figures.reserved_tokens)
    }),
    ("used", |figures| output::thousands(figures.used_tokens)),
    ("coverage", |figures| figures.with_ceiling.share_text()),
];

impl Figures {
    /// The figures as an object.
    pub(in crate::commands) fn json(&self) -> Value {
        let interval = self.truncated.interval();
        json!({
            "n_calls": self.n_calls,
            "n_failed": self.n_failed,
            "n_truncated": self.truncated.n_hits,
            "truncation_rate": self.truncated.share(),
            "truncation_rate_low": interval.map(|interval| interval.low),
            "truncation_rate_high": interval.map(|interval| interval.high),
            "median_waste_ratio": self.median_waste,
            "p90_waste_ratio": self.p90_waste,
            "reserved_tokens": self.reserved_tokens,
            "used_tokens": self.used_tokens,
            "n_with_ceiling": self.with_ceiling.n_hits,
            "ceiling_coverage": self.with_ceiling.share(),
        })
    }
}

/// Calls on the way to their figures. Each holds one number, so that medians are exact.
#[derive(Default)]
pub(in crate::commands) struct Gathered {
    n_calls: u64,
    truncated: Rate,
    with_ceiling: Rate,
    reserved: Tokens,
    used: Tokens,
    wastes: Vec<f64>,
}

impl Gathered {
    pub(in crate::commands) fn add(&mut self, row: &EstimationRow) {
        self.n_calls += 1;
        if observed::came_back(row) {
            self.truncated.add(row.truncated);
        }
        self.with_ceiling.add(row.actual_max_tokens.is_some());
        let ceiling = observed::ceiling(row);
        self.reserved = self.reserved.plus(ceiling.unwrap_or_default());
        if let Some(used) = row.actual_output_tokens {
            self.used = self.used.plus(used);
            self.wastes
                .extend(ceiling.and_then(|ceiling| waste(ceiling, used)));
        }
    }

    /// Takes in the calls of another.
    pub(in crate::commands) fn merge(&mut self, other: Self) {
        self.n_calls += other.n_calls;
        self.truncated.merge(other.truncated);
        self.with_ceiling.merge(other.with_ceiling);
        self.reserved = self.reserved.plus(other.reserved);
        self.used = self.used.plus(other.used);
        self.wastes.extend(other.wastes);
    }

    pub(in crate::commands) fn figures(self) -> Figures {
        let wastes: Sample = self.wastes.into_iter().collect();
        Figures {
            n_calls: self.n_calls,
            n_failed: self.n_calls - self.truncated.n,
            truncated: self.truncated,
            with_ceiling: self.with_ceiling,
            reserved_tokens: self.reserved.get(),
            used_tokens: self.used.get(),
            median_waste: wastes.median(),
            p90_waste: wastes.quantile(0.9),
        }
    }
}
