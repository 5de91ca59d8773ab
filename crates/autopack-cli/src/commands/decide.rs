//! `autopack decide`: one JSON object a line in, one decision a line out, in order.
//!
//! How other languages, tests and benches ask. A bad line gives an error object in its place and the
//! rest go on; the exit code says at the end whether there was one.

mod answer;
mod files;
mod json;
mod lines;
mod question;

use std::io::{self, Write};

use autopack_builder::DirWorkspace;
use autopack_core::{Catalogue, PolicyChoice};

use crate::args::DecideArgs;
use crate::exit::{Exit, Failure, Fault};
use crate::settings::{NoPolicy, Settings};
use lines::{Line, Lines};

/// Answers are handed over once this many bytes have gathered, or the input has no more for now.
const FLUSH_BYTES: usize = 64 * 1024;

pub(super) fn run(args: &DecideArgs, settings: &Settings) -> Result<Exit, Failure> {
    let policies = super::blocking(async {
        let policies = settings.policy(&args.policy, &args.database).await;
        policies.map_err(NoPolicy::or_name_it)
    })?;
    let decider = Decider {
        policies: policies.value,
        catalogue: settings.catalogue()?,
        workspace: args
            .workspace
            .as_deref()
            .map(DirWorkspace::open)
            .transpose()
            .usage()?,
    };
    let all_good = decider
        .decide_all(io::stdin().lock(), io::stdout().lock())
        .outside()?;
    Ok(if all_good { Exit::Done } else { Exit::No })
}

/// What every line is decided with.
struct Decider {
    /// Read once: who applies another version starts this command anew.
    policies: PolicyChoice,
    catalogue: Catalogue,
    /// A real directory, in place of each line's `workspace_files`.
    workspace: Option<DirWorkspace>,
}

impl Decider {
    /// Answers every line; whether all were good.
    fn decide_all(&self, input: impl io::Read, mut output: impl Write) -> io::Result<bool> {
        let mut lines = Lines::new(input);
        let mut answers = Vec::with_capacity(2 * FLUSH_BYTES);
        let mut all_good = true;
        while let Some(line) = lines.next()? {
            match line {
                Line::Blank => continue,
                Line::TooLong { n_bytes } => {
                    all_good = false;
                    answer::too_long(n_bytes, &mut answers)?;
                }
                Line::Whole(bytes) => all_good &= self.decide(bytes, &mut answers)?,
            }
            answers.push(b'\n');
            if answers.len() >= FLUSH_BYTES || lines.has_none_waiting() {
                output.write_all(&answers)?;
                output.flush()?;
                answers.clear();
            }
        }
        output.write_all(&answers)?;
        output.flush()?;
        Ok(all_good)
    }

    /// Answers one line; whether it was good.
    fn decide(&self, line: &[u8], answers: &mut Vec<u8>) -> io::Result<bool> {
        let read = question::read(line).and_then(|question| {
            let thinking = question.thinking(&self.catalogue)?;
            Ok((question, thinking))
        });
        match read {
            Ok((question, thinking)) => {
                answer::decided(self, question, thinking, answers)?;
                Ok(true)
            }
            Err(refusal) => {
                answer::refused(line, &refusal, answers)?;
                Ok(false)
            }
        }
    }
}

#[cfg(test)]
mod tests;
