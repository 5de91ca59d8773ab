//! `autopack backtest`: what policies would have done with calls whose lengths are known.

mod aim;
mod emit;
mod plot;
mod policies;
mod print;
mod reading;

use std::path::Path;

use anyhow::Context as _;
use autopack_calibrate::backtest::{Figures, FiguresOf, Reserve, oracle};
use clap::ValueEnum;

use crate::args::BacktestArgs;
use crate::exit::{Exit, Failure, Fault, usage};
use crate::output;
use crate::settings::Settings;
use aim::{Aim, RETRY_FACTOR};
use plot::Drawing;
use policies::Rival;

/// What a call takes from its provider's quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReserveRule {
    /// Input and ceiling, as Amazon Bedrock and Azure OpenAI do
    #[default]
    InputAndCeiling,
    /// The ceiling alone
    Ceiling,
    /// What is written, as Anthropic's own API does
    Output,
}

impl From<ReserveRule> for Reserve {
    fn from(rule: ReserveRule) -> Self {
        match rule {
            ReserveRule::InputAndCeiling => Self::InputAndCeiling,
            ReserveRule::Ceiling => Self::Ceiling,
            ReserveRule::Output => Self::Output,
        }
    }
}

/// One call in so many, from the beginning, is warm-up: policies learn from it and are not judged.
const WARM_UP_PART: usize = 5;

/// What came out of one trace.
struct Backtest<'a> {
    path: &'a Path,
    n_calls: usize,
    n_groups: usize,
    caveats: Vec<String>,
    results: Vec<(String, Figures)>,
}

pub(super) fn run(args: &BacktestArgs, settings: &Settings) -> Result<Exit, Failure> {
    let aim = Aim::of(args, settings)?;
    if args.emit.is_some() && args.traces.len() > 1 {
        return usage("--emit writes the ceilings of one trace: name one, or leave it out");
    }
    if args.plot.is_some() && args.traces.len() > 1 {
        return usage("--plot draws the ceilings of one trace: name one, or leave it out");
    }
    if let Some(path) = &args.plot {
        output::plot::checked(path)?;
    }
    let explored = policies::exploration_share(args).usage()?;
    let rivals = policies::rivals(&args.policy, aim.target, explored).usage()?;
    let backtests = args
        .traces
        .iter()
        .map(|path| backtest(args, path, &aim, &rivals))
        .collect::<Result<Vec<_>, _>>()?;
    if args.json {
        output::json(&print::to_json(args, &aim, &backtests))?;
    } else {
        print::print(args, &aim, &backtests)?;
    }
    Ok(Exit::Done)
}

fn backtest<'a>(
    args: &BacktestArgs,
    path: &'a Path,
    aim: &Aim,
    rivals: &[Rival],
) -> Result<Backtest<'a>, Failure> {
    let named = || format!("trace `{}`", path.display());
    let read = reading::read(path).with_context(named).usage()?;
    let trace = &read.trace;
    let target = aim.target;
    let oracle = oracle(trace, target);
    let judge = FiguresOf {
        trace,
        oracle: &oracle,
        target,
        n_warm_up: trace.calls().len() / WARM_UP_PART,
        economics: aim.economics,
    };
    let bases = policies::bases(trace);
    let retry = args.retry.then_some(RETRY_FACTOR);
    let (mut results, mut live) = (Vec::new(), Vec::new());
    let drawn = drawn(rivals);
    for rival in rivals {
        let policy = rival.policy(trace);
        let ceilings = policy.ceilings(trace, &bases, retry);
        let ceilings = ceilings.with_context(named).usage()?;
        if let Some(figures) = judge.figures(&ceilings) {
            results.push((rival.name().to_owned(), figures));
        }
        if let Some(file) = args.plot.as_ref().filter(|_| drawn == rival.name()) {
            let drawing = Drawing {
                name: rival.name(),
                trace,
                ceilings: &ceilings,
                oracle: &oracle,
                n_warm_up: judge.n_warm_up,
                target: target.get(),
            };
            draw(file, path, &drawing)?;
        }
        if args.emit.is_some() && policy.is_live() {
            live.push((rival.name(), ceilings));
        }
    }
    if let Some(file) = &args.emit {
        emit::write(file, &live)?;
    }
    Ok(Backtest {
        path,
        n_calls: trace.calls().len(),
        n_groups: trace.groups().len(),
        caveats: read.caveats,
        results,
    })
}

/// The policy whose ceilings are drawn.
fn drawn(rivals: &[Rival]) -> &str {
    let learned = rivals.iter().find(|rival| rival.name() == "learned");
    learned.or(rivals.first()).map_or("", Rival::name)
}

fn draw(file: &Path, trace: &Path, drawing: &Drawing<'_>) -> Result<(), Failure> {
    let (file, format) = output::plot::checked(file)?;
    let name = trace.file_stem().unwrap_or_default().to_string_lossy();
    let svg = output::plot::backtest::svg(&drawing.picture(&name)).outside()?;
    output::plot::write(file, format, svg)
}
