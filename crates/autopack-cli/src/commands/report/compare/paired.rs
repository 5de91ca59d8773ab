//! Phases that both policies decided, for the same provider: like with like.
//!
//! A phase weighs the same however often it was run. What it costs is all of its attempts: a ceiling
//! that is too low and has to be raised reserves twice.

use std::collections::BTreeMap;

use autopack_core::{Provider, Tokens};
use autopack_store::EstimationRow;
use serde_json::{Value, json};

use super::super::observed;
use super::{Side, arrow, change, per, whole, with_change};
use crate::output::{self, Align, Table};

/// Phases by provider and name, on the way. Memory grows with their number.
#[derive(Default)]
pub(super) struct Pairing(BTreeMap<Option<Provider>, BTreeMap<String, [Spent; 2]>>);

/// What a policy spent on a phase, all runs and attempts together.
#[derive(Clone, Copy, Default)]
struct Spent {
    n_runs: u64,
    n_calls: u64,
    reserved: Tokens,
    used: Tokens,
}

/// The phases that both policies decided.
pub(super) struct Paired {
    lines: Vec<Line>,
    total: Line,
}

/// A provider, or all of them.
#[derive(Default)]
struct Line {
    name: String,
    /// Phases that both policies decided.
    n_pairs: u64,
    /// Phases that either decided.
    n_phases: u64,
    /// Sums over the pairs.
    sides: [Means; 2],
}

/// Per run of a phase.
#[derive(Clone, Copy, Default)]
struct Means {
    n_calls: f64,
    reserved_tokens: f64,
    used_tokens: f64,
}

impl Pairing {
    pub(super) fn add(&mut self, side: Side, row: &EstimationRow) {
        let phases = self.0.entry(row.provider).or_default();
        if let Some(sides) = phases.get_mut(&row.phase_id) {
            sides[side].add(row);
        } else {
            let mut sides = [Spent::default(); 2];
            sides[side].add(row);
            phases.insert(row.phase_id.clone(), sides);
        }
    }

    pub(super) fn finish(self) -> Paired {
        let mut total = Line {
            name: "all".to_owned(),
            ..Line::default()
        };
        let mut lines = Vec::new();
        for (provider, phases) in self.0 {
            let mut line = Line {
                name: output::known(provider),
                ..Line::default()
            };
            for sides in phases.values() {
                line.add(sides);
                total.add(sides);
            }
            if line.n_pairs > 0 {
                lines.push(line);
            }
        }
        Paired { lines, total }
    }
}

impl Spent {
    fn add(&mut self, row: &EstimationRow) {
        self.n_runs += u64::from(observed::is_first_attempt(row));
        self.n_calls += 1;
        let ceiling = observed::ceiling(row).unwrap_or_default();
        self.reserved = self.reserved.plus(ceiling);
        self.used = self.used.plus(row.actual_output_tokens.unwrap_or_default());
    }

    /// Per run; `None` where only later attempts are known, whose run began before.
    fn means(self) -> Option<Means> {
        Some(Means {
            n_calls: per(self.n_calls, self.n_runs)?,
            reserved_tokens: per(self.reserved.get(), self.n_runs)?,
            used_tokens: per(self.used.get(), self.n_runs)?,
        })
    }
}

impl Means {
    fn plus(self, other: Self) -> Self {
        Self {
            n_calls: self.n_calls + other.n_calls,
            reserved_tokens: self.reserved_tokens + other.reserved_tokens,
            used_tokens: self.used_tokens + other.used_tokens,
        }
    }

    /// The mean over so many phases.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of phases are far below 2^53"
    )]
    fn over(self, n: u64) -> Option<Self> {
        (n > 0).then(|| Self {
            n_calls: self.n_calls / n as f64,
            reserved_tokens: self.reserved_tokens / n as f64,
            used_tokens: self.used_tokens / n as f64,
        })
    }

    fn waste(self) -> Option<f64> {
        (self.used_tokens > 0.0).then(|| self.reserved_tokens / self.used_tokens)
    }
}

/// How a side is written in a column.
type Cell = fn(Means) -> String;
const COLUMNS: [(&str, Cell); 4] = [
    ("calls per phase", |means| format!("{:.2}", means.n_calls)),
    ("reserved per phase", |means| {
        whole(Some(means.reserved_tokens))
    }),
    ("used per phase", |means| whole(Some(means.used_tokens))),
    ("waste", |means| output::ratio(means.waste())),
];

/// The column after which the change of what is reserved stands.
const CHANGE_AFTER: usize = 1;

impl Line {
    fn add(&mut self, sides: &[Spent; 2]) {
        self.n_phases += 1;
        let [before, after] = sides.map(Spent::means);
        if let Some((before, after)) = before.zip(after) {
            self.n_pairs += 1;
            self.sides = [self.sides[0].plus(before), self.sides[1].plus(after)];
        }
    }

    fn means(&self) -> [Option<Means>; 2] {
        self.sides.map(|sum| sum.over(self.n_pairs))
    }

    fn change(&self) -> Option<f64> {
        let [before, after] = self
            .means()
            .map(|means| means.map(|means| means.reserved_tokens));
        change(before, after)
    }

    fn cells(&self) -> Vec<String> {
        let [before, after] = self.means();
        let mut cells = vec![
            self.name.clone(),
            self.n_pairs.to_string(),
            self.n_phases.to_string(),
        ];
        for (at, (_, cell)) in COLUMNS.iter().enumerate() {
            let text = |means: Option<Means>| means.map_or_else(|| "-".to_owned(), cell);
            cells.push(arrow(&text(before), &text(after)));
            if at == CHANGE_AFTER {
                cells.push(output::signed_percent(self.change()));
            }
        }
        cells
    }

    fn json(&self) -> Value {
        let side = |means: Option<Means>| {
            means.map(|means| {
                json!({
                    "calls_per_phase": means.n_calls,
                    "reserved_per_phase_tokens": means.reserved_tokens,
                    "used_per_phase_tokens": means.used_tokens,
                    "waste_ratio": means.waste(),
                })
            })
        };
        let [before, after] = self.means();
        json!({
            "n_paired_phases": self.n_pairs,
            "n_phases": self.n_phases,
            "before": side(before),
            "after": side(after),
            "reserved_per_phase_change": self.change(),
        })
    }
}

impl Paired {
    pub(super) fn text(&self) -> String {
        if self.total.n_pairs == 0 {
            return "paired by phase and provider\nno phase was decided by both: the policies differ by \
                    the phases they were given, too"
                .to_owned();
        }
        let mut columns = vec![
            ("provider", Align::Left),
            ("paired phases", Align::Right),
            ("of", Align::Right),
        ];
        columns.extend(with_change(COLUMNS.map(|(name, _)| name), CHANGE_AFTER));
        let mut table = Table::new(&columns);
        for line in &self.lines {
            table.row(line.cells());
        }
        if self.lines.len() > 1 {
            table.row(self.total.cells());
        }
        format!(
            "paired by phase and provider\n{table}\neach phase weighs the same, and counts all of its \
             attempts"
        )
    }

    pub(super) fn json(&self) -> Value {
        let line = |line: &Line| {
            let mut object = line.json();
            object["provider"] = json!(line.name);
            object
        };
        json!({
            "providers": self.lines.iter().map(line).collect::<Vec<_>>(),
            "total": self.total.json(),
        })
    }
}
