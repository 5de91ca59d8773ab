//! One file for each command.

pub(crate) mod backtest;
pub(crate) mod calibrate;
mod decide;
mod doctor;
mod explain;
pub(crate) mod export;
pub(crate) mod import;
mod input;
mod migrate;
mod policy;
mod replay;
pub(crate) mod report;
pub(crate) mod run;
mod serve;
mod sim;
mod validate;

use crate::args::{Args, Command};
use crate::exit::{Exit, Failure, Fault};
use crate::settings::Settings;

/// Runs the command.
pub(crate) fn run(args: Args) -> Result<Exit, Failure> {
    let settings = Settings::load(args.config.as_deref())?;
    match args.command {
        Command::Run(args) => blocking(run::run(&args, &settings)),
        Command::Validate(args) => blocking(validate::run(args, &settings)),
        Command::Report(args) => blocking(report::run(&args, &settings)),
        Command::Calibrate(args) => blocking(calibrate::run(&args, &settings)),
        Command::Policy(args) => blocking(policy::run(&args, &settings)),
        Command::Explain(args) => blocking(explain::run(&args, &settings)),
        Command::Replay(args) => blocking(replay::run(&args, &settings)),
        Command::Backtest(args) => backtest::run(&args, &settings),
        Command::Decide(args) => decide::run(&args, &settings),
        Command::Doctor(args) => blocking(doctor::run(&args, &settings)),
        Command::Migrate(args) => blocking(migrate::run(&args, &settings)),
        Command::Import(args) => blocking(import::run(&args, &settings)),
        Command::Export(args) => blocking(export::run(&args, &settings)),
        Command::Serve(args) => blocking(serve::run(&args, &settings)),
        Command::Sim(args) => blocking(sim::run(&args, &settings)),
    }
}

/// Runs the asynchronous part of a command to its end.
fn blocking<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .outside()?;
    runtime.block_on(work)
}
