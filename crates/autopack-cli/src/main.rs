//! The `autopack` command: typed arguments → resolved settings → a command → words and an exit code.
//!
//! Data goes to standard output, talk to standard error. Exit codes: 0 done, 1 the answer is no,
//! 2 usage or settings, 3 the outside world failed.

mod args;
mod commands;
mod exit;
mod output;
mod settings;
mod text_file;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;
use crate::exit::Exit;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return exit::from_usage(&error),
    };
    output::start_log();
    let exit = match commands::run(args) {
        Ok(exit) => exit,
        Err(failure) if failure.is_broken_pipe() => Exit::Done,
        Err(failure) => {
            output::failure(&failure);
            failure.exit()
        }
    };
    exit.into()
}
