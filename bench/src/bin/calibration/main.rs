//! Results of learned ceilings that no trace gives: `calibration worlds REPEATS` in simulated worlds with a
//! known truth, `calibration cold REPEATS TRACE` in the groups of a trace of which few calls are known, `calibration
//! ablations TRACE…` without one part at a time, `calibration states TRACE…` what a learner takes when it is written
//! down. Each prints a Markdown table.

mod ablations;
mod cold;
mod seen;
mod states;
mod traces;
mod worlds;

use std::io::{self, Write as _};
use std::process::ExitCode;

const USAGE: &str = "calibration worlds REPEATS | calibration cold REPEATS TRACE | calibration ablations TRACE… | \
                     calibration states TRACE…";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let table = match args.split_first() {
        Some((command, rest)) => match (command.as_str(), rest) {
            ("worlds", [repeats]) => repeats.parse().ok().map(worlds::table).ok_or_else(usage),
            ("cold", [repeats, trace]) => match repeats.parse() {
                Ok(repeats) => cold::table(repeats, trace),
                Err(_) => Err(usage()),
            },
            ("ablations", traces) => ablations::table(traces),
            ("states", traces) => states::table(traces),
            _ => Err(usage()),
        },
        None => Err(usage()),
    };
    let written = match &table {
        Ok(table) => io::stdout().write_all(table.as_bytes()),
        Err(error) => writeln!(io::stderr(), "{error}"),
    };
    if table.is_ok() && written.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    }
}

fn usage() -> String {
    format!("usage: {USAGE}")
}
