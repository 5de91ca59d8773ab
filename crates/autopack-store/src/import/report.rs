//! What an import came across.

use std::collections::BTreeMap;

use super::SourceFormat;
use super::log::Kind;

/// The most line numbers that are kept of each reason: enough to look it up, few enough to be read.
const MAX_NUMBERS: usize = 5;

/// The most different reasons that are kept apart: names of columns may be among them, and those a file
/// may have without end.
const MAX_REASONS: usize = 50;

/// The reason of all that come after that.
const OTHER_REASONS: &str = "other reasons";

/// Lines that were passed over for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// How many.
    pub n_lines: u64,
    /// The numbers of the first few, from 1.
    pub first: Vec<u64>,
}

/// How many rows of a kind there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCount {
    /// Rows that came in.
    pub n_new: u64,
    /// Rows that had come in, or been recorded, before; or twice in this source.
    pub n_known: u64,
}

/// What an import came across. Line numbers begin with 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportReport {
    /// What the source was read as.
    pub format: SourceFormat,
    /// Lines that were read; of a table, its header is one.
    pub n_lines: u64,
    /// Calls.
    pub calls: ImportCount,
    /// Escalations.
    pub escalations: ImportCount,
    /// Calls that more than one line told of.
    pub n_joined: u64,
    /// Of a log, the lines that tell of calls, by their tags.
    pub kinds: BTreeMap<Kind, u64>,
    /// Lines that could not be read, by reason.
    pub bad: BTreeMap<String, Skipped>,
    /// Lines that were read, and tell of no call by themselves, by reason.
    pub passed_over: BTreeMap<String, Skipped>,
}

impl ImportCount {
    /// Counts rows that were found, of which so many came in.
    pub(super) fn add(&mut self, n_new: u64, n_found: usize) {
        self.n_new += n_new;
        self.n_known += (n_found as u64).saturating_sub(n_new);
    }
}

impl ImportReport {
    pub(super) fn new(format: SourceFormat) -> Self {
        Self {
            format,
            n_lines: 0,
            calls: ImportCount::default(),
            escalations: ImportCount::default(),
            n_joined: 0,
            kinds: BTreeMap::new(),
            bad: BTreeMap::new(),
            passed_over: BTreeMap::new(),
        }
    }

    /// How many lines could not be read.
    #[must_use]
    pub fn n_bad(&self) -> u64 {
        self.bad.values().map(|skipped| skipped.n_lines).sum()
    }

    /// A line of a log that tells of calls.
    pub(super) fn count(&mut self, kind: Kind) {
        *self.kinds.entry(kind).or_default() += 1;
    }

    /// A line that cannot be read.
    pub(super) fn bad(&mut self, number: u64, reason: &str) {
        add(&mut self.bad, number, reason);
    }

    /// A line that is of no use.
    pub(super) fn pass_over(&mut self, number: u64, reason: &str) {
        add(&mut self.passed_over, number, reason);
    }
}

fn add(by_reason: &mut BTreeMap<String, Skipped>, number: u64, reason: &str) {
    let is_known = by_reason.contains_key(reason);
    let reason = if is_known || by_reason.len() < MAX_REASONS {
        reason
    } else {
        OTHER_REASONS
    };
    // Most lines have a reason that is known.
    let skipped = match by_reason.get_mut(reason) {
        Some(skipped) => skipped,
        None => by_reason.entry(reason.to_owned()).or_default(),
    };
    skipped.n_lines += 1;
    if skipped.first.len() < MAX_NUMBERS {
        skipped.first.push(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_and_bounded() {
        let mut report = ImportReport::new(SourceFormat::Log);
        for number in 1..=1000 {
            report.bad(number, "the same");
            report.bad(number, &format!("another one {number}"));
        }
        assert_eq!(report.n_bad(), 2000);
        assert_eq!(report.bad.len(), MAX_REASONS + 1);
        assert_eq!(
            report.bad["the same"],
            Skipped {
                n_lines: 1000,
                first: vec![1, 2, 3, 4, 5]
            }
        );
        assert_eq!(
            report.bad[OTHER_REASONS].n_lines,
            1000 - MAX_REASONS as u64 + 1
        );
    }
}
