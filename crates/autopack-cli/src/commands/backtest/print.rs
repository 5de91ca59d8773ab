//! The results, as a table and as JSON.

use autopack_calibrate::backtest::{Economics, Figures};
use serde_json::{Value, json};

use super::Backtest;
use super::aim::Aim;
use crate::args::BacktestArgs;
use crate::exit::Failure;
use crate::output::{self, Align, Table};

/// The columns of figures, and how each is written.
type Column = (&'static str, fn(&Figures) -> String);
const COLUMNS: [Column; 9] = [
    ("cut off", |figures| percent(figures.truncation_rate)),
    ("at most", |figures| percent(figures.truncation_bound)),
    ("worst group", |figures| {
        let worst = figures.worst_group.as_ref();
        worst.map_or_else(
            || "-".to_owned(),
            |worst| format!("{} {}", worst.group, percent(worst.rate)),
        )
    }),
    ("to oracle", |figures| {
        format!("{:.3}", figures.ceiling_to_oracle)
    }),
    ("pinball", |figures| {
        output::ratio(figures.pinball_to_oracle)
    }),
    ("median waste", |figures| {
        output::ratio(Some(figures.waste.median))
    }),
    ("p90 waste", |figures| {
        output::ratio(Some(figures.waste.p90))
    }),
    ("reserved", |figures| {
        output::thousands(figures.reserved_tokens)
    }),
    ("excess cost", |figures| percent(figures.excess_cost)),
];

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

pub(super) fn print(
    args: &BacktestArgs,
    aim: &Aim,
    backtests: &[Backtest<'_>],
) -> Result<(), Failure> {
    for backtest in backtests {
        let Backtest {
            path,
            n_calls,
            n_groups,
            ..
        } = backtest;
        for caveat in &backtest.caveats {
            output::warn(format_args!("{}: {caveat}", path.display()));
        }
        output::data(format_args!(
            "{}: {n_calls} calls in {n_groups} groups, target {}",
            path.display(),
            percent(aim.target.get())
        ))?;
        output::data(table(args, backtest))?;
        output::data("")?;
    }
    output::data(legend(args, aim))
}

fn table(args: &BacktestArgs, backtest: &Backtest<'_>) -> Table {
    let mut columns = vec![("policy", Align::Left)];
    columns.extend(COLUMNS.map(|(name, _)| (name, Align::Right)));
    if args.quota_tokens_per_minute.is_some() {
        columns.push(("calls/min", Align::Right));
    }
    let mut table = Table::new(&columns);
    for (name, figures) in &backtest.results {
        let mut row = vec![name.clone()];
        row.extend(COLUMNS.map(|(_, cell)| cell(figures)));
        row.extend(figures.calls_per_minute.map(|calls| format!("{calls:.0}")));
        table.row(row);
    }
    table
}

fn legend(args: &BacktestArgs, aim: &Aim) -> String {
    let Economics {
        reserved_token,
        failure_outputs,
        retry_factor,
        ..
    } = aim.economics;
    let seen = if args.retry {
        "calls that are cut off are sent again with three times the ceiling"
    } else {
        "of a call that is cut off, nobody sees how long it would have been"
    };
    let explored = match args.exploration_share {
        Some(share) => format!(
            "; {} of the calls of groups whose longest were all cut off explore",
            percent(share)
        ),
        None => String::new(),
    };
    format!(
        "why this target: {}\n\
         after the first fifth of the calls; {seen}{explored}\n\
         at most = exact upper bound at 95 %; worst group = of 200 calls or more; to oracle = geometric mean of\n\
         ceiling / the group's true quantile; waste = ceiling / output tokens; excess cost = of reserving\n\
         ({reserved_token} output tokens for each), failing (the output, and {failure_outputs} median outputs) and reserving\n\
         {retry_factor} times as much again, over the cost of all output\n\
         build-142 without phases is the base of the cell that a group is named after, or the fallback; ratio has\n\
         no table as a floor; the oracle knows the lengths",
        aim.why
    )
}

pub(super) fn to_json(args: &BacktestArgs, aim: &Aim, backtests: &[Backtest<'_>]) -> Value {
    let economics = aim.economics;
    json!({
        "target_truncation": aim.target.get(),
        "why_this_target": aim.why,
        "route": args.route,
        "retry": args.retry,
        "exploration_share": args.exploration_share.unwrap_or_default(),
        "reserved_token_cost": economics.reserved_token,
        "failure_cost_outputs": economics.failure_outputs,
        "quota_tokens_per_minute": args.quota_tokens_per_minute,
        "traces": backtests.iter().map(trace_json).collect::<Vec<_>>(),
    })
}

fn trace_json(backtest: &Backtest<'_>) -> Value {
    let policies = backtest.results.iter();
    json!({
        "trace": backtest.path.display().to_string(),
        "n_calls": backtest.n_calls,
        "n_groups": backtest.n_groups,
        "caveats": backtest.caveats,
        "policies": policies.map(|(name, figures)| figures_json(name, figures)).collect::<Vec<_>>(),
    })
}

fn figures_json(name: &str, figures: &Figures) -> Value {
    let worst = figures.worst_group.as_ref();
    json!({
        "policy": name,
        "n_calls": figures.n_calls,
        "n_truncated": figures.n_truncated,
        "truncation_rate": figures.truncation_rate,
        "truncation_rate_high": figures.truncation_bound,
        "worst_group": worst.map(|worst| &worst.group),
        "worst_group_n_calls": worst.map(|worst| worst.n_calls),
        "worst_group_truncation_rate": worst.map(|worst| worst.rate),
        "ceiling_to_oracle_ratio": figures.ceiling_to_oracle,
        "pinball_to_oracle_ratio": figures.pinball_to_oracle,
        "median_waste_ratio": figures.waste.median,
        "p90_waste_ratio": figures.waste.p90,
        "reserved_tokens": figures.reserved_tokens,
        "excess_cost_share": figures.excess_cost,
        "calls_per_minute": figures.calls_per_minute,
    })
}
