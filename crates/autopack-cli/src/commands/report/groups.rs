//! Gathers calls into groups and works out their figures.

use std::collections::BTreeMap;

use autopack_core::{Tokens, waste};
use autopack_stats::{Interval, Sample, exact_interval};
use autopack_store::EstimationRow;

use super::GroupBy;

/// The confidence of intervals.
const LEVEL: f64 = 0.95;

/// A group of calls.
pub(super) struct Group {
    /// Its word under each heading.
    pub(super) key: Vec<String>,
    pub(super) figures: Figures,
}

/// The figures of a group.
pub(super) struct Figures {
    /// All calls.
    pub(super) n_calls: u64,
    /// Calls of which no output is known.
    pub(super) n_failed: u64,
    pub(super) n_truncated: u64,
    /// Calls whose ceiling was recorded.
    pub(super) n_with_ceiling: u64,
    pub(super) reserved_tokens: u64,
    pub(super) used_tokens: u64,
    pub(super) median_waste: Option<f64>,
    pub(super) p90_waste: Option<f64>,
}

impl Figures {
    /// Truncated calls among those that came back.
    pub(super) fn truncation_rate(&self) -> Option<f64> {
        share(self.n_truncated, self.n_calls - self.n_failed)
    }

    /// The exact interval of that rate.
    pub(super) fn truncation_interval(&self) -> Option<Interval> {
        exact_interval(self.n_truncated, self.n_calls - self.n_failed, LEVEL)
    }

    /// Share of calls whose ceiling was recorded.
    pub(super) fn ceiling_coverage(&self) -> Option<f64> {
        share(self.n_with_ceiling, self.n_calls)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of calls are far below 2^53"
)]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Groups on the way.
pub(super) struct Groups<'a> {
    by: &'a [GroupBy],
    of_key: BTreeMap<Vec<String>, Gathered>,
    total: Gathered,
}

#[derive(Default)]
struct Gathered {
    n_calls: u64,
    n_failed: u64,
    n_truncated: u64,
    n_with_ceiling: u64,
    reserved: Tokens,
    used: Tokens,
    wastes: Vec<f64>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(by: &'a [GroupBy]) -> Self {
        Self {
            by,
            of_key: BTreeMap::new(),
            total: Gathered::default(),
        }
    }

    pub(super) fn add(&mut self, row: &EstimationRow) {
        let key = self.by.iter().map(|key| key.of(row)).collect();
        self.of_key.entry(key).or_default().add(row);
        self.total.add(row);
    }

    /// The groups in order of their keys, and all calls together.
    pub(super) fn finish(self) -> (Vec<Group>, Figures) {
        let group = |(key, gathered): (_, Gathered)| Group {
            key,
            figures: gathered.figures(),
        };
        (
            self.of_key.into_iter().map(group).collect(),
            self.total.figures(),
        )
    }
}

impl Gathered {
    fn add(&mut self, row: &EstimationRow) {
        self.n_calls += 1;
        self.n_truncated += u64::from(row.truncated);
        self.n_with_ceiling += u64::from(row.actual_max_tokens.is_some());
        // Rows from before the split have their final value in the selected budget.
        let ceiling = row.actual_max_tokens.or(row.selected_budget);
        self.reserved = self.reserved.plus(ceiling.unwrap_or_default());
        match row.actual_output_tokens {
            Some(used) => {
                self.used = self.used.plus(used);
                self.wastes
                    .extend(ceiling.and_then(|ceiling| waste(ceiling, used)));
            }
            // Cut off without usage is still an answer that came back.
            None => self.n_failed += u64::from(!row.truncated && row.success != Some(true)),
        }
    }

    fn figures(self) -> Figures {
        let wastes: Sample = self.wastes.into_iter().collect();
        Figures {
            n_calls: self.n_calls,
            n_failed: self.n_failed,
            n_truncated: self.n_truncated,
            n_with_ceiling: self.n_with_ceiling,
            reserved_tokens: self.reserved.get(),
            used_tokens: self.used.get(),
            median_waste: wastes.median(),
            p90_waste: wastes.quantile(0.9),
        }
    }
}
