//! What a replay came to, as text and as JSON.

mod summary;

use autopack_calibrate::replay::{
    Bounds, Difference, Differences, LEVEL, N_RESAMPLES, Refusal, ReplayFigures, Replayed, Side,
};
use autopack_core::Undecidable;
use serde_json::{Value, json};

use super::Reading;
use crate::args::ReplayArgs;
use crate::exit::{Exit, Failure};
use crate::output::{self, Align, Table};

/// The most names that a reason lists.
const MAX_NAMED: usize = 3;

/// A replay that is over.
pub(super) struct Printed<'a> {
    pub(super) policy: &'a str,
    pub(super) replayed: Replayed,
    pub(super) reading: &'a Reading<'a>,
    pub(super) n_unreadable: u64,
}

impl Printed<'_> {
    /// Prints it. Where no call could be replayed the answer is no.
    pub(super) fn print(&self, args: &ReplayArgs) -> Result<Exit, Failure> {
        let total = self.replayed.total.as_ref();
        if args.json {
            output::json(&self.json(total))?;
        } else if let Some(total) = total {
            output::data(self.text(total))?;
        }
        if !args.json {
            self.say_left_out();
        }
        if total.is_some() {
            return Ok(Exit::Done);
        }
        output::say("no call can be replayed: see above, or go back further with --since");
        Ok(Exit::No)
    }

    fn text(&self, total: &ReplayFigures) -> String {
        let head = format!(
            "{} of {} calls as `{}` would have made them: {} with a lower ceiling, {} with a higher one",
            output::thousands(total.n_calls),
            output::thousands(self.reading.n_calls + self.n_unreadable),
            self.policy,
            output::thousands(total.n_lowered),
            output::thousands(total.n_raised),
        );
        let summary = summary::of(total, self.replayed.differences.as_ref());
        [head, self.table(total).to_string(), summary].join("\n\n")
    }

    fn table(&self, total: &ReplayFigures) -> Table {
        let mut table = Table::new(&[
            ("cell", Align::Left),
            ("calls", Align::Right),
            ("cut off", Align::Right),
            ("would be", Align::Right),
            ("reserved", Align::Right),
            ("would be", Align::Right),
            ("median waste", Align::Right),
            ("would be", Align::Right),
        ]);
        for (cell, figures) in &self.replayed.cells {
            table.row(row(cell.to_string(), figures));
        }
        table.row(row("all".to_owned(), total));
        table
    }

    fn say_left_out(&self) {
        let refusals = self.reading.replay.refusals();
        for (refusal, n_calls) in refusals {
            let named = match refusal {
                Refusal::UnknownPolicy => named(&self.reading.redecisions.missed),
                Refusal::Undecidable(Undecidable::NeedsPhase) => {
                    named(&self.reading.redecisions.keys)
                }
                _ => String::new(),
            };
            output::say(format_args!(
                "left out: {}, {refusal}{named}",
                calls(*n_calls)
            ));
        }
        if self.n_unreadable > 0 {
            output::say(format_args!(
                "left out: {}, hold values that cannot be (such as negative tokens)",
                calls(self.n_unreadable)
            ));
        }
    }

    fn json(&self, total: Option<&ReplayFigures>) -> Value {
        let refusals = self.reading.replay.refusals().iter();
        let cells = self.replayed.cells.iter();
        json!({
            "policy": self.policy,
            "n_calls": self.reading.n_calls + self.n_unreadable,
            "n_replayed": total.map_or(0, |total| total.n_calls),
            "n_unreadable": self.n_unreadable,
            "left_out": refusals.map(|(refusal, n_calls)| {
                json!({"n_calls": n_calls, "reason": refusal.to_string()})
            }).collect::<Vec<_>>(),
            "unknown_policies": self.reading.redecisions.missed,
            "keys_that_need_the_phase": self.reading.redecisions.keys,
            "total": total.map(figures_json),
            "differences": self.replayed.differences.as_ref().map(differences_json),
            "cells": cells.map(|(cell, figures)| {
                let mut json = figures_json(figures);
                json["category"] = cell.category.as_str().into();
                json["complexity"] = cell.complexity.as_str().into();
                json
            }).collect::<Vec<_>>(),
        })
    }
}

fn calls(n: u64) -> String {
    let word = if n == 1 { "call" } else { "calls" };
    format!("{} {word}", output::thousands(n))
}

/// The first few names, in brackets.
fn named(names: &std::collections::BTreeSet<String>) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(MAX_NAMED)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = match names.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        n_more => format!(" and {n_more} more"),
    };
    format!(" ({}{more})", shown.join(", "))
}

fn row(name: String, figures: &ReplayFigures) -> Vec<String> {
    let ReplayFigures {
        logged, candidate, ..
    } = figures;
    vec![
        name,
        output::thousands(figures.n_calls),
        cut(figures, logged.n_cut),
        cut(figures, candidate.n_cut),
        output::thousands(logged.reserved_tokens),
        output::thousands(candidate.reserved_tokens),
        output::ratio(logged.median_waste),
        output::ratio(candidate.median_waste),
    ]
}

/// A rate, or a number where there are too few calls for one.
fn cut(figures: &ReplayFigures, n_cut: Bounds<u64>) -> String {
    let one = |n: u64| {
        let rate = figures.rate(count(n));
        rate.map_or_else(|| n.to_string(), |rate| output::percent(Some(rate)))
    };
    between(n_cut, one)
}

fn between<T: Copy + PartialOrd>(bounds: Bounds<T>, one: impl Fn(T) -> String) -> String {
    if bounds.is_exact() {
        one(bounds.low)
    } else {
        format!("{} to {}", one(bounds.low), one(bounds.high))
    }
}

fn count(n: u64) -> f64 {
    autopack_core::Tokens::new(n).as_f64()
}

fn figures_json(figures: &ReplayFigures) -> Value {
    json!({
        "n_calls": figures.n_calls,
        "n_lowered": figures.n_lowered,
        "n_raised": figures.n_raised,
        "n_from_retries": figures.n_from_retries,
        "n_unknown": figures.n_unknown,
        "n_truncated_expected": figures.n_cut_expected,
        "truncation_rate_low": figures.rate(count(figures.candidate.n_cut.low)),
        "truncation_rate_high": figures.rate(count(figures.candidate.n_cut.high)),
        "truncation_rate_bound": figures.truncation_bound(),
        "logged": side_json(&figures.logged),
        "candidate": side_json(&figures.candidate),
    })
}

fn side_json(side: &Side) -> Value {
    json!({
        "n_truncated_low": side.n_cut.low,
        "n_truncated_high": side.n_cut.high,
        "reserved_tokens": side.reserved_tokens,
        "written_tokens_low": side.written_tokens.low,
        "written_tokens_high": side.written_tokens.high,
        "median_waste_ratio": side.median_waste,
        "excess_cost_share_low": side.excess_cost.low,
        "excess_cost_share_high": side.excess_cost.high,
    })
}

fn differences_json(differences: &Differences) -> Value {
    let one = |difference: &Difference| {
        json!({
            "value": difference.value,
            "low": difference.interval.map(|interval| interval.low),
            "high": difference.interval.map(|interval| interval.high),
        })
    };
    json!({
        "n_runs": differences.n_runs,
        "n_resamples": N_RESAMPLES,
        "seed": differences.seed,
        "confidence_level": LEVEL,
        "truncation_rate": one(&differences.truncation_rate),
        "reserved_tokens_a_call": one(&differences.reserved_tokens),
        "median_waste_ratio": differences.median_waste.as_ref().map(one),
    })
}
