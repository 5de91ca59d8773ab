//! Waste and truncation over time.
//!
//! Calls are gathered by the hour and joined to longer periods at the end, when it is known how much
//! time they span.

use std::collections::BTreeMap;

use autopack_store::EstimationRow;
use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::figures::{COLUMNS, Figures, Gathered};
use crate::output::{Align, Table};

/// An hour, in seconds.
pub(super) const HOUR_SECONDS: i64 = 3600;
const DAY_HOURS: i64 = 24;
const WEEK_DAYS: i64 = 7;

/// Unix time began on a Thursday, three days into a week that begins on Monday (ISO 8601).
const EPOCH_WEEKDAY: i64 = 3;

/// The longest spans that are told by the hour and by the day, in hours, where nobody asked for a
/// period: two days and sixty, which makes at most some sixty of them.
const MAX_SPAN_BY_HOUR: i64 = 2 * DAY_HOURS;
const MAX_SPAN_BY_DAY: i64 = 60 * DAY_HOURS;

/// A stretch of time, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Period {
    Hour,
    Day,
    // From Monday on. No documentation: it would make the help of the whole command long.
    Week,
}

impl Period {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    /// Its length.
    pub(super) const fn hours(self) -> i64 {
        match self {
            Self::Hour => 1,
            Self::Day => DAY_HOURS,
            Self::Week => WEEK_DAYS * DAY_HOURS,
        }
    }

    /// The first hour of the period that `hour` is in; hours are counted from the Unix epoch.
    fn start(self, hour: i64) -> i64 {
        let shift = match self {
            Self::Hour | Self::Day => 0,
            Self::Week => EPOCH_WEEKDAY * DAY_HOURS,
        };
        hour - (hour + shift).rem_euclid(self.hours())
    }

    /// The period in which calls between these hours are told.
    fn fitting(first: i64, last: i64) -> Self {
        match last - first {
            span if span < MAX_SPAN_BY_HOUR => Self::Hour,
            span if span < MAX_SPAN_BY_DAY => Self::Day,
            _ => Self::Week,
        }
    }

    /// The name of the period that begins at `start`.
    pub(super) fn name(self, start: Timestamp) -> String {
        let format = match self {
            Self::Hour => "%Y-%m-%d %H:%M",
            Self::Day | Self::Week => "%Y-%m-%d",
        };
        start.strftime(format).to_string()
    }

    /// The name where room is scarce.
    pub(super) fn short_name(self, start: Timestamp) -> String {
        let format = match self {
            Self::Hour => "%m-%d %H:%M",
            Self::Day | Self::Week => "%Y-%m-%d",
        };
        start.strftime(format).to_string()
    }
}

/// Calls by the hour, on the way.
#[derive(Default)]
pub(super) struct Hours(BTreeMap<i64, Gathered>);

/// Calls by period, in order; periods without calls are left out.
pub(super) struct Timeline {
    pub(super) period: Period,
    pub(super) spans: Vec<Span>,
}

/// A period with calls in it.
pub(super) struct Span {
    pub(super) start: Timestamp,
    pub(super) figures: Figures,
}

impl Hours {
    pub(super) fn add(&mut self, row: &EstimationRow) {
        let hour = row.timestamp.as_second().div_euclid(HOUR_SECONDS);
        self.0.entry(hour).or_default().add(row);
    }

    /// The calls by `period`, or by one that fits.
    pub(super) fn finish(self, period: Option<Period>) -> Timeline {
        let bounds = self.0.first_key_value().zip(self.0.last_key_value());
        let fitting = bounds.map(|((first, _), (last, _))| Period::fitting(*first, *last));
        let period = period.or(fitting).unwrap_or(Period::Day);
        let mut of_start: BTreeMap<i64, Gathered> = BTreeMap::new();
        for (hour, gathered) in self.0 {
            of_start
                .entry(period.start(hour))
                .or_default()
                .merge(gathered);
        }
        let span = |(hour, gathered): (i64, Gathered)| {
            // What came from a timestamp leads back to one; a week may begin before all of them.
            let start = Timestamp::from_second(hour * HOUR_SECONDS).unwrap_or(Timestamp::MIN);
            Span {
                start,
                figures: gathered.figures(),
            }
        };
        Timeline {
            period,
            spans: of_start.into_iter().map(span).collect(),
        }
    }
}

impl Timeline {
    pub(super) fn text(&self) -> String {
        let heading = match self.period {
            Period::Hour => "hour from (UTC)",
            Period::Day => "day (UTC)",
            Period::Week => "week from (UTC)",
        };
        let mut columns = vec![(heading, Align::Left)];
        columns.extend(COLUMNS.map(|(name, _)| (name, Align::Right)));
        let mut table = Table::new(&columns);
        for span in &self.spans {
            let mut row = vec![self.period.name(span.start)];
            row.extend(COLUMNS.map(|(_, cell)| cell(&span.figures)));
            table.row(row);
        }
        format!("over time\n{table}")
    }

    pub(super) fn json(&self) -> Value {
        let span = |span: &Span| {
            let mut object = span.figures.json();
            object["from"] = json!(span.start.to_string());
            object
        };
        json!({
            "period": self.period.as_str(),
            "periods": self.spans.iter().map(span).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests;
