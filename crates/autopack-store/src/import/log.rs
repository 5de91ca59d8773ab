//! The run logs of the Python Autopack: lines that tell of calls among many that do not.

mod draft;
mod escalation;
mod join;
mod parse;
mod prefix;
mod record;

use std::io::{self, BufRead};

use super::lines::{Line, Lines};
use super::report::ImportReport;
use super::{Assumed, Batch};
use join::{Found, Joiner};
use parse::parse;
use prefix::Stamped;
pub use record::Kind;

/// Words at the beginning of a line that should have a time before them.
const TAGS: [&[u8]; 3] = [
    b"[TOKEN_BUDGET] phase=",
    b"[TokenEstimationV2] predicted",
    b"[BUILD-129:P10] ESCALATE",
];

const NO_TIME: &str = "no time before it";
const TOO_LONG: &str = "longer than a mebibyte";

/// A log on its way.
#[derive(Debug)]
pub(super) struct Log<R> {
    lines: Lines<R>,
    joiner: Joiner,
}

impl<R: BufRead> Log<R> {
    pub(super) fn new(lines: Lines<R>) -> Self {
        Self {
            lines,
            joiner: Joiner::default(),
        }
    }

    /// Reads on until the batch is full; `false` at the end.
    pub(super) fn read(
        &mut self,
        batch: &mut Batch,
        report: &mut ImportReport,
        assumed: &Assumed,
    ) -> io::Result<bool> {
        let mut found = Found {
            batch,
            report,
            assumed,
        };
        while !found.batch.is_full() {
            let Some(line) = self.lines.next()? else {
                std::mem::take(&mut self.joiner).finish(&mut found);
                return Ok(false);
            };
            found.report.n_lines += 1;
            match line {
                Line::Whole(line) => {
                    // The number is that of the line just read.
                    let number = found.report.n_lines;
                    tell(line, number, &mut self.joiner, &mut found);
                }
                Line::TooLong => found.report.pass_over(found.report.n_lines, TOO_LONG),
            }
        }
        Ok(true)
    }
}

fn tell(line: &[u8], number: u64, joiner: &mut Joiner, found: &mut Found<'_>) {
    let Some(stamped) = Stamped::of(line) else {
        if TAGS.iter().any(|tag| line.starts_with(tag)) {
            found.report.bad(number, NO_TIME);
        }
        return;
    };
    let Some(parsed) = parse(stamped.message) else {
        return;
    };
    match (parsed, stamped.time()) {
        (Ok(record), Some(time)) => joiner.take(number, time, record, found),
        (Ok(_), None) => found.report.bad(number, "no such time"),
        (Err(bad), _) => found.report.bad(number, &bad.to_string()),
    }
}

#[cfg(test)]
mod tests;
