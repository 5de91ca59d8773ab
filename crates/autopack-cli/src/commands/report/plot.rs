//! Gathers what the picture of `--plot` shows, and writes it.

mod sampled;

use std::collections::BTreeMap;

use autopack_core::{OutputObserved, waste};
use autopack_store::EstimationRow;
use jiff::Timestamp;

use super::figures::Figures;
use super::observed;
use super::targets::MAX_TRUNCATION;
use super::timeline::{Span, Timeline};
use crate::output::{self, plot};
pub(in crate::commands) use sampled::Sampled;

/// The most calls of a kind, whole or cut off, that are drawn as points. More than that cover each
/// other, and the file grows by some 300 bytes a call.
const MAX_POINTS: usize = 1500;

/// Histogram bins to a doubling of waste: narrow enough to tell 3.4 from 4.
const BINS_PER_DOUBLING: f64 = 4.0;

/// The picture, on the way.
#[derive(Default)]
pub(super) struct Drawing {
    whole: Sampled<plot::Call>,
    truncated: Sampled<plot::Call>,
    /// Calls without a prediction or without a reported output.
    n_unknown: u64,
    bins: BTreeMap<i32, u64>,
    period: Option<(Timestamp, Timestamp)>,
    n_calls: u64,
}

impl Drawing {
    pub(super) fn add(&mut self, row: &EstimationRow) {
        self.n_calls += 1;
        let at = row.timestamp;
        // Rows come in order of time.
        self.period = Some((self.period.map_or(at, |(first, _)| first), at));
        self.add_point(row);
        let both = observed::ceiling(row).zip(row.actual_output_tokens);
        if let Some(waste) = both.and_then(|(ceiling, used)| waste(ceiling, used)) {
            *self.bins.entry(bin(waste)).or_default() += 1;
        }
    }

    fn add_point(&mut self, row: &EstimationRow) {
        let (actual, kind) = match observed::length(row) {
            OutputObserved::Exactly(actual) => (actual, &mut self.whole),
            OutputObserved::AtLeast(actual) => (actual, &mut self.truncated),
            OutputObserved::Unreported => {
                self.n_unknown += 1;
                return;
            }
        };
        match row.predicted_output_tokens {
            None => self.n_unknown += 1,
            Some(predicted) => kind.add(
                plot::Call {
                    predicted: predicted.as_f64(),
                    actual: actual.as_f64(),
                    ceiling: observed::ceiling(row).map(autopack_core::Tokens::as_f64),
                },
                MAX_POINTS,
            ),
        }
    }

    /// The picture, with the figures of all calls and what they were over time.
    pub(super) fn finish(self, total: &Figures, timeline: &Timeline) -> plot::Picture {
        let notes = self.notes();
        plot::Picture {
            title: self.title(),
            notes,
            predictions: plot::Predictions {
                whole: calls(self.whole),
                truncated: calls(self.truncated),
            },
            wastes: plot::Wastes {
                bins: self.bins.into_iter().map(counted).collect(),
                median: total.median_waste,
                p90: total.p90_waste,
            },
            rates: rates(timeline),
        }
    }

    fn title(&self) -> String {
        let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
        let period = self.period.map(|(first, last)| (day(first), day(last)));
        let period = match period {
            Some((first, last)) if first == last => format!(", {first}"),
            Some((first, last)) => format!(", {first} to {last}"),
            None => String::new(),
        };
        format!(
            "Output tokens and their ceilings: {} calls{period} (UTC)",
            output::thousands(self.n_calls)
        )
    }

    /// What the picture does not show.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let n = self.whole.n() + self.truncated.n();
        let n_drawn = self.whole.n_kept() + self.truncated.n_kept();
        if n_drawn < n {
            notes.push(format!(
                "{} of {} calls, chosen by lot, are drawn as points: at most {} of a kind.",
                output::thousands(n_drawn),
                output::thousands(n),
                output::thousands(MAX_POINTS as u64)
            ));
        }
        if self.n_unknown > 0 {
            notes.push(format!(
                "{} calls without a prediction or without reported output are no points.",
                output::thousands(self.n_unknown)
            ));
        }
        notes
    }
}

fn calls(sampled: Sampled<plot::Call>) -> plot::Calls {
    plot::Calls {
        n: sampled.n(),
        drawn: sampled.into_items(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the logarithm of any double fits"
)]
fn bin(waste: f64) -> i32 {
    (waste.log2() * BINS_PER_DOUBLING).floor() as i32
}

/// A bin with its bounds.
fn counted((bin, n): (i32, u64)) -> plot::Bin {
    let bound = |bin: i32| (f64::from(bin) / BINS_PER_DOUBLING).exp2();
    plot::Bin {
        low: bound(bin),
        high: bound(bin + 1),
        n,
    }
}

fn rates(timeline: &Timeline) -> plot::Rates {
    let period = timeline.period;
    let period_seconds = period.hours() * super::timeline::HOUR_SECONDS;
    let first = timeline.spans.first().map(|span| span.start);
    let rate = |span: &Span| {
        let (share, interval) = (
            span.figures.truncated.share()?,
            span.figures.truncated.interval()?,
        );
        let seconds = span.start.as_second() - first?.as_second();
        Some(plot::RateAt {
            at: i32::try_from(seconds / period_seconds).ok()?,
            share,
            low: interval.low,
            high: interval.high,
        })
    };
    plot::Rates {
        period: period.as_str().to_owned(),
        axis: format!("{} (UTC)", period.as_str()),
        in_order: timeline.spans.iter().filter_map(rate).collect(),
        target: MAX_TRUNCATION,
        name: Box::new(move |at| {
            let seconds = first?.as_second() + i64::from(at) * period_seconds;
            Some(period.short_name(Timestamp::from_second(seconds).ok()?))
        }),
    }
}

#[cfg(test)]
mod tests;
