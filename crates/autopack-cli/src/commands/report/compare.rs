//! Two policies side by side, provider by provider: the calls that each decided, as recorded.
//!
//! Recorded, not replayed: telemetry does not keep the whole phase, and what a model would have
//! written below another ceiling nobody knows. Policies that were given different phases differ by
//! that too, so phases that both decided are told apart (`paired`).

mod names;
mod paired;

use std::collections::BTreeMap;

use autopack_core::{Provider, Tokens};
use autopack_store::EstimationRow;
use serde_json::{Value, json};

use super::figures::{Figures, Gathered};
use super::observed;
use crate::output::{self, Align, Table};
use paired::{Paired, Pairing};

pub(super) use names::resolve;

/// The side of a policy: the first that was named, or the second.
type Side = usize;

/// Calls that two policies decided, on the way.
pub(super) struct Comparing {
    policies: [String; 2],
    of_provider: BTreeMap<Option<Provider>, [Calls; 2]>,
    total: [Calls; 2],
    pairing: Pairing,
    /// How many calls each policy in the database decided.
    recorded: BTreeMap<String, u64>,
}

#[derive(Default)]
struct Calls {
    gathered: Gathered,
    /// What was reserved by calls whose output is known, for the waste of all of them together.
    reserved_of_known: Tokens,
}

/// Two policies side by side.
pub(super) struct Comparison {
    policies: [String; 2],
    lines: Vec<Line>,
    total: Line,
    paired: Paired,
    recorded: BTreeMap<String, u64>,
}

/// A provider, or all of them.
struct Line {
    name: String,
    sides: [Measured; 2],
}

/// What a policy did there.
struct Measured {
    figures: Figures,
    /// Reserved / used, all calls together.
    waste: Option<f64>,
}

impl Calls {
    fn add(&mut self, row: &EstimationRow) {
        self.gathered.add(row);
        if row.actual_output_tokens.is_some() {
            let ceiling = observed::ceiling(row).unwrap_or_default();
            self.reserved_of_known = self.reserved_of_known.plus(ceiling);
        }
    }

    fn finish(self) -> Measured {
        let figures = self.gathered.figures();
        let used = Tokens::new(figures.used_tokens);
        Measured {
            waste: autopack_core::waste(self.reserved_of_known, used),
            figures,
        }
    }
}

impl Comparing {
    pub(super) fn new(policies: [String; 2]) -> Self {
        Self {
            policies,
            of_provider: BTreeMap::new(),
            total: Default::default(),
            pairing: Pairing::default(),
            recorded: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, row: &EstimationRow) {
        let Some(policy) = row.policy_version.as_deref() else {
            return;
        };
        if let Some(n) = self.recorded.get_mut(policy) {
            *n += 1;
        } else {
            self.recorded.insert(policy.to_owned(), 1);
        }
        let Some(side) = self.policies.iter().position(|name| name == policy) else {
            return;
        };
        self.of_provider.entry(row.provider).or_default()[side].add(row);
        self.total[side].add(row);
        self.pairing.add(side, row);
    }

    pub(super) fn finish(self) -> Comparison {
        let line = |(provider, sides): (_, [Calls; 2])| Line {
            name: output::known(provider),
            sides: sides.map(Calls::finish),
        };
        Comparison {
            policies: self.policies,
            lines: self.of_provider.into_iter().map(line).collect(),
            total: Line {
                name: "all".to_owned(),
                sides: self.total.map(Calls::finish),
            },
            paired: self.pairing.finish(),
            recorded: self.recorded,
        }
    }
}

impl Measured {
    fn reserved_per_call(&self) -> Option<f64> {
        per(self.figures.reserved_tokens, self.figures.n_calls)
    }

    fn json(&self) -> Value {
        let mut object = self.figures.json();
        object["waste_ratio"] = json!(self.waste);
        object["reserved_per_call_tokens"] = json!(self.reserved_per_call());
        object
    }
}

/// How a side is written in a column.
type Cell = fn(&Measured) -> String;
const COLUMNS: [(&str, Cell); 7] = [
    ("calls", |side| side.figures.n_calls.to_string()),
    ("reserved", |side| {
        output::thousands(side.figures.reserved_tokens)
    }),
    ("reserved per call", |side| whole(side.reserved_per_call())),
    ("used", |side| output::thousands(side.figures.used_tokens)),
    ("waste", |side| output::ratio(side.waste)),
    ("truncated", |side| side.figures.truncated.share_text()),
    ("95 % interval", |side| {
        side.figures.truncated.interval_text()
    }),
];

/// The column after which the change of what is reserved per call stands.
const CHANGE_AFTER: usize = 2;

impl Line {
    fn change(&self) -> Option<f64> {
        let [before, after] = &self.sides;
        change(before.reserved_per_call(), after.reserved_per_call())
    }

    fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.name.clone()];
        for (at, (_, cell)) in COLUMNS.iter().enumerate() {
            let [before, after] = &self.sides;
            cells.push(arrow(&cell(before), &cell(after)));
            if at == CHANGE_AFTER {
                cells.push(output::signed_percent(self.change()));
            }
        }
        cells
    }

    fn json(&self) -> Value {
        let [before, after] = &self.sides;
        json!({
            "provider": self.name,
            "before": before.json(),
            "after": after.json(),
            "reserved_per_call_change": self.change(),
        })
    }
}

impl Comparison {
    /// What to do for a policy that decided nothing; `None` where both did.
    pub(super) fn missing(&self) -> Option<String> {
        let without = self
            .policies
            .iter()
            .filter(|name| !self.recorded.contains_key(*name));
        let without: Vec<&str> = without.map(String::as_str).collect();
        if without.is_empty() {
            return None;
        }
        let names = |names: &mut dyn Iterator<Item = &str>| {
            names
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let recorded = names(&mut self.recorded.keys().map(String::as_str).take(MAX_NAMED));
        let recorded = match self.recorded.len() {
            0 => "none".to_owned(),
            n if n > MAX_NAMED => format!("{recorded} and {} more", n - MAX_NAMED),
            _ => recorded,
        };
        Some(format!(
            "no call was decided by {}: run the plan under it with `autopack run PLAN --policy …`; \
             policies with calls: {recorded}",
            names(&mut without.into_iter())
        ))
    }

    pub(super) fn text(&self) -> String {
        let mut columns = vec![("provider", Align::Left)];
        columns.extend(with_change(COLUMNS.map(|(name, _)| name), CHANGE_AFTER));
        let mut table = Table::new(&columns);
        for line in &self.lines {
            table.row(line.cells());
        }
        if self.lines.len() > 1 {
            table.row(self.total.cells());
        }
        let [before, after] = &self.policies;
        let all = format!(
            "`{before}` → `{after}`, the calls that each decided\n{table}\nwaste = reserved / used, of \
             calls whose output is known; recorded calls, not a replay"
        );
        match self.missing() {
            Some(_) => all,
            None => format!("{all}\n\n{}", self.paired.text()),
        }
    }

    pub(super) fn json(&self) -> Value {
        let [before, after] = &self.policies;
        let mut total = self.total.json();
        if let Some(total) = total.as_object_mut() {
            total.remove("provider");
        }
        json!({
            "before": before,
            "after": after,
            "providers": self.lines.iter().map(Line::json).collect::<Vec<_>>(),
            "total": total,
            "paired": self.paired.json(),
            "recorded_policies": self.recorded,
        })
    }
}

/// How many policies a message names.
const MAX_NAMED: usize = 8;

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of calls and their tokens are far below 2^53"
)]
fn per(tokens: u64, n: u64) -> Option<f64> {
    (n > 0).then(|| tokens as f64 / n as f64)
}

/// By which part `after` is larger than `before`.
fn change(before: Option<f64>, after: Option<f64>) -> Option<f64> {
    let (before, after) = before.zip(after)?;
    (before > 0.0).then(|| after / before - 1.0)
}

/// Columns of numbers, with one for the change after the column of this place.
fn with_change<const N: usize>(
    names: [&'static str; N],
    after: usize,
) -> Vec<(&'static str, Align)> {
    let mut names = names.to_vec();
    names.insert(after + 1, "change");
    names.into_iter().map(|name| (name, Align::Right)).collect()
}

fn arrow(before: &str, after: &str) -> String {
    format!("{before} → {after}")
}

/// A number of tokens, rounded.
fn whole(tokens: Option<f64>) -> String {
    tokens.map_or_else(
        || "-".to_owned(),
        |tokens| output::thousands(Tokens::floor(tokens.round()).get()),
    )
}

#[cfg(test)]
mod tests;
