//! Reads a trace: CSV with calls in order of time.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use autopack_calibrate::backtest::{Trace, TraceCall};
use autopack_calibrate::learned::MAX_GROUPS;
use autopack_core::Tokens;
use csv::StringRecord;
use jiff::Timestamp;

/// The most rows of a trace: what is kept of each takes 56 bytes, and policies take 8 more.
const MAX_ROWS: usize = 20_000_000;
/// The longest answer that can be, in tokens: more is a slip.
const MAX_LENGTH_TOKENS: u64 = 10_485_760;
/// A pause that is worth a caveat, in seconds: a week.
const LONG_PAUSE_S: f64 = 7.0 * 86_400.0;
/// Below so many calls a group, in the mean, most of what is known of one comes from others.
const FEW_CALLS_A_GROUP: usize = 30;
/// Below so many calls, an upper bound of 95 % says little: 149 without a truncation show 2 %.
const FEW_CALLS: usize = 500;
/// A longest length that is so common was cut off at the source, as a share of calls.
const CUT_AT_SOURCE: f64 = 0.005;

/// A trace, and what to keep in mind.
pub(super) struct Read {
    pub(super) trace: Trace,
    pub(super) caveats: Vec<String>,
}

/// Where the columns are.
struct Columns {
    timestamp: usize,
    group: usize,
    output_tokens: usize,
    input_tokens: Option<usize>,
    estimate: Option<usize>,
}

pub(super) fn read(path: &Path) -> anyhow::Result<Read> {
    parse(File::open(path).context("it cannot be read: check its path")?)
}

/// Reads a trace from wherever it comes.
pub(super) fn parse(source: impl io::Read) -> anyhow::Result<Read> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(source);
    let columns = Columns::of(reader.headers()?)?;
    let mut trace = Trace::default();
    let mut clock = Clock::default();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        let call = columns.call(&record, &mut trace, &mut clock);
        trace.push(call.with_context(|| format!("line {line}"))?);
        if trace.calls().len() > MAX_ROWS {
            bail!("it has more than {MAX_ROWS} rows: split it");
        }
    }
    if trace.calls().is_empty() {
        bail!("it has no rows: give it calls");
    }
    let caveats = caveats(&trace, &clock);
    Ok(Read { trace, caveats })
}

impl Columns {
    fn of(header: &StringRecord) -> anyhow::Result<Self> {
        let place = |name: &str| header.iter().position(|column| column == name);
        let required = |name: &str| {
            place(name).with_context(|| {
                let found: Vec<&str> = header.iter().collect();
                format!(
                    "it has no column `{name}` (it has `{}`): name its columns in the first line",
                    found.join("`, `")
                )
            })
        };
        Ok(Self {
            timestamp: required("timestamp")?,
            group: required("group")?,
            output_tokens: required("output_tokens")?,
            input_tokens: place("input_tokens"),
            estimate: place("estimate"),
        })
    }

    fn call(
        &self,
        record: &StringRecord,
        trace: &mut Trace,
        clock: &mut Clock,
    ) -> anyhow::Result<TraceCall> {
        let cell = |place: usize| record.get(place).unwrap_or_default();
        clock.advance(cell(self.timestamp))?;
        let length = count("output_tokens", cell(self.output_tokens))?;
        if length == 0 {
            bail!("output_tokens is `0`: a call without an answer has no length; leave it out");
        }
        let maybe = |name: &str, place: Option<usize>| -> anyhow::Result<Option<Tokens>> {
            let text = place.map(cell).filter(|text| !text.is_empty());
            text.map(|text| count(name, text).map(Tokens::new))
                .transpose()
        };
        let group = trace.group(cell(self.group));
        if group >= MAX_GROUPS {
            bail!("it has more than {MAX_GROUPS} groups: group calls more coarsely");
        }
        Ok(TraceCall {
            group,
            length: Tokens::new(length),
            input: maybe("input_tokens", self.input_tokens)?,
            estimate: maybe("estimate", self.estimate)?,
        })
    }
}

/// A count of tokens.
fn count(name: &str, text: &str) -> anyhow::Result<u64> {
    match text.parse() {
        Ok(count) if count <= MAX_LENGTH_TOKENS => Ok(count),
        _ => bail!("{name} is `{text}`: give whole tokens of 0 to {MAX_LENGTH_TOKENS}"),
    }
}

/// The time as rows go by, in seconds.
#[derive(Default)]
struct Clock {
    last: Option<(f64, String)>,
    longest_pause: f64,
}

impl Clock {
    fn advance(&mut self, text: &str) -> anyhow::Result<()> {
        let now = seconds(text)
            .with_context(|| format!("timestamp is `{text}`: give RFC 3339 or seconds"))?;
        if let Some((before, said)) = &self.last {
            if now < *before {
                bail!("timestamp is `{text}`, after `{said}`: sort the calls by time");
            }
            self.longest_pause = self.longest_pause.max(now - before);
        }
        // The text keeps its room from row to row.
        let (last, said) = self.last.get_or_insert_default();
        *last = now;
        said.clear();
        said.push_str(text);
        Ok(())
    }
}

fn seconds(text: &str) -> Option<f64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return seconds.is_finite().then_some(seconds);
    }
    let time: Timestamp = text.parse().ok()?;
    Some(time.as_duration().as_secs_f64())
}

fn caveats(trace: &Trace, clock: &Clock) -> Vec<String> {
    let (n_calls, n_groups) = (trace.calls().len(), trace.groups().len());
    let mut caveats = Vec::new();
    if n_calls < FEW_CALLS {
        caveats.push(format!("{n_calls} calls: bounds are wide"));
    }
    if n_groups == 1 {
        caveats.push("one group: kinds of calls that differ are better told apart".to_owned());
    } else if n_calls / n_groups < FEW_CALLS_A_GROUP {
        caveats.push(format!(
            "{n_groups} groups of {} calls in the mean: most of what is known of one comes from others",
            n_calls / n_groups
        ));
    }
    if let Some(unnamed) = trace.groups().iter().position(String::is_empty) {
        let calls = trace.calls().iter();
        let n_unnamed = calls.filter(|call| call.group == unnamed).count();
        caveats.push(format!(
            "{n_unnamed} calls name no group: they are taken as one"
        ));
    }
    if clock.longest_pause > LONG_PAUSE_S {
        caveats.push(format!(
            "a pause of {:.0} days: calls after it may be of another kind",
            clock.longest_pause / 86_400.0
        ));
    }
    let longest = trace.calls().iter().map(|call| call.length).max();
    let longest = longest.unwrap_or_default();
    let n_longest = trace
        .calls()
        .iter()
        .filter(|call| call.length == longest)
        .count();
    let share = Tokens::new(n_longest as u64).as_f64() / Tokens::new(n_calls as u64).as_f64();
    let is_varied = trace.calls().iter().any(|call| call.length != longest);
    if is_varied && n_longest > 2 && share >= CUT_AT_SOURCE {
        caveats.push(format!(
            "{n_longest} answers have the longest length, {longest} tokens: they may have been cut off \
             where they were recorded"
        ));
    }
    caveats
}

#[cfg(test)]
mod tests;
