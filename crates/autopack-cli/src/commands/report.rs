//! `autopack report`: what telemetry says, group by group.

mod groups;
pub(super) mod since;

use anyhow::Context as _;
use autopack_store::{EstimationRow, Filter, OpenMode, Store};
use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::args::ReportArgs;
use crate::exit::{Exit, Failure, Fault};
use crate::output::{self, Align, Table};
use crate::settings::Settings;
use groups::{Figures, Group, Groups};

/// What calls can be grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GroupBy {
    Provider,
    Category,
    Complexity,
    Model,
    Run,
    Policy,
}

impl GroupBy {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Category => "category",
            Self::Complexity => "complexity",
            Self::Model => "model",
            Self::Run => "run",
            Self::Policy => "policy",
        }
    }

    /// The word of a row under this heading; `-` where the row does not say.
    fn of(self, row: &EstimationRow) -> String {
        match self {
            Self::Provider => output::known(row.provider),
            Self::Category => row.category.to_string(),
            Self::Complexity => row.complexity.to_string(),
            Self::Model => row.model.clone(),
            Self::Run => row.run_id.clone(),
            Self::Policy => output::known(row.policy_version.as_deref()),
        }
    }
}

pub(super) async fn run(args: &ReportArgs, settings: &Settings) -> Result<Exit, Failure> {
    let since = args
        .since
        .as_deref()
        .map(|text| since::parse(text, Timestamp::now()));
    let since = since.transpose().context("--since").usage()?;
    let database = settings.database(&args.database)?.value;
    let store = Store::open(&database, OpenMode::ReadOnly).await.outside()?;
    let mut groups = Groups::new(&args.by);
    let filter = Filter {
        since,
        ..Filter::default()
    };
    let read = store
        .for_each_estimation(&filter, |row| groups.add(&row))
        .await
        .outside()?;
    store.close().await.outside()?;
    if read.n_unreadable > 0 {
        output::warn(format_args!(
            "{} rows hold values that cannot be (such as negative tokens) and are left out",
            read.n_unreadable
        ));
    }
    if read.n_rows == 0 {
        output::say(match &args.since {
            Some(since) => format!("no calls in {database} since {since}: go back further"),
            None => format!("no calls in {database}: run a plan first"),
        });
        return Ok(Exit::No);
    }
    let (groups, total) = groups.finish();
    if args.json {
        output::json(&to_json(&args.by, &groups, &total))?;
    } else if args.csv {
        output::data(csv(&args.by, &groups))?;
    } else {
        print(&args.by, &groups, &total)?;
    }
    Ok(Exit::Done)
}

/// The columns of figures, and how each is written in tables.
type Column = (&'static str, fn(&Figures) -> String);
const COLUMNS: [Column; 10] = [
    ("calls", |figures| figures.n_calls.to_string()),
    ("truncated", |figures| figures.n_truncated.to_string()),
    ("rate", |figures| percent(figures.truncation_rate())),
    ("95 % interval", |figures| {
        let interval = figures.truncation_interval();
        interval.map_or_else(
            || "-".to_owned(),
            |interval| {
                format!(
                    "{} to {}",
                    percent(Some(interval.low)),
                    percent(Some(interval.high))
                )
            },
        )
    }),
    ("failed", |figures| figures.n_failed.to_string()),
    ("median waste", |figures| {
        output::ratio(figures.median_waste)
    }),
    ("p90 waste", |figures| output::ratio(figures.p90_waste)),
    ("reserved", |figures| {
        output::thousands(figures.reserved_tokens)
    }),
    ("used", |figures| output::thousands(figures.used_tokens)),
    ("coverage", |figures| percent(figures.ceiling_coverage())),
];

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

fn print(by: &[GroupBy], groups: &[Group], total: &Figures) -> Result<(), Failure> {
    let mut columns: Vec<(&str, Align)> =
        by.iter().map(|key| (key.as_str(), Align::Left)).collect();
    columns.extend(COLUMNS.map(|(name, _)| (name, Align::Right)));
    let mut table = Table::new(&columns);
    let cells = |figures: &Figures| COLUMNS.map(|(_, cell)| cell(figures));
    for group in groups {
        let mut row = group.key.clone();
        row.extend(cells(&group.figures));
        table.row(row);
    }
    if groups.len() > 1 {
        let mut row = vec![String::new(); by.len()];
        "all".clone_into(&mut row[0]);
        row.extend(cells(total));
        table.row(row);
    }
    output::data(table)?;
    output::data(
        "waste = ceiling / output tokens (the selected budget stands in for a ceiling that was not \
         recorded);\ncoverage = share of calls whose ceiling was recorded; failed calls count in no rate",
    )
}

fn figures_json(figures: &Figures) -> Value {
    let interval = figures.truncation_interval();
    json!({
        "n_calls": figures.n_calls,
        "n_failed": figures.n_failed,
        "n_truncated": figures.n_truncated,
        "truncation_rate": figures.truncation_rate(),
        "truncation_rate_low": interval.map(|interval| interval.low),
        "truncation_rate_high": interval.map(|interval| interval.high),
        "median_waste_ratio": figures.median_waste,
        "p90_waste_ratio": figures.p90_waste,
        "reserved_tokens": figures.reserved_tokens,
        "used_tokens": figures.used_tokens,
        "n_with_ceiling": figures.n_with_ceiling,
        "ceiling_coverage": figures.ceiling_coverage(),
    })
}

fn group_json(by: &[GroupBy], group: &Group) -> Value {
    let mut object = figures_json(&group.figures);
    for (key, word) in by.iter().zip(&group.key) {
        object[key.as_str()] = json!(word);
    }
    object
}

fn to_json(by: &[GroupBy], groups: &[Group], total: &Figures) -> Value {
    json!({
        "by": by.iter().map(|key| key.as_str()).collect::<Vec<_>>(),
        "groups": groups.iter().map(|group| group_json(by, group)).collect::<Vec<_>>(),
        "total": figures_json(total),
    })
}

/// The names of the figures in CSV, those of JSON.
const CSV_FIGURES: [&str; 12] = [
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

fn csv(by: &[GroupBy], groups: &[Group]) -> String {
    let names = by.iter().map(|key| key.as_str()).chain(CSV_FIGURES);
    let mut lines = vec![names.collect::<Vec<_>>().join(",")];
    for group in groups {
        let figures = figures_json(&group.figures);
        let numbers = CSV_FIGURES.iter().map(|name| match &figures[*name] {
            Value::Null => String::new(),
            number => number.to_string(),
        });
        let cells = group.key.iter().map(|word| csv_cell(word)).chain(numbers);
        lines.push(cells.collect::<Vec<_>>().join(","));
    }
    lines.join("\n")
}

/// A text as RFC 4180 wants it.
fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_cells_are_quoted_where_they_must_be() {
        assert_eq!(csv_cell("plain"), "plain");
        assert_eq!(csv_cell("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
    }
}
