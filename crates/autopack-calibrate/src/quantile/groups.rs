//! Calls by group: what each group knows, the ceiling it has, and which calls are set apart.

use autopack_core::{Policy, Tokens};

use super::QuantileSettings;
use super::fit::Fit;
use super::lengths::GroupLengths;
use super::observations::{GroupKey, Length, Observation};

/// A call that was cut off at so many times the median of its group is a runaway …
const RUNAWAY_RATIO: f64 = 20.0;
/// … where there are so many calls that the median is one.
const RUNAWAY_FROM: u64 = 30;

/// A group that is looked at.
pub(super) struct Subject<'a> {
    pub(super) group: usize,
    pub(super) lengths: &'a GroupLengths,
    pub(super) calls: &'a [&'a Observation],
    /// The certified factor, and the ceiling that it multiplies.
    pub(super) lowered: Option<(f64, f64)>,
}

impl Subject<'_> {
    /// Whether the first attempt at a call was cut off, whatever became of it later.
    pub(super) fn was_cut_off(&self) -> bool {
        self.calls.iter().any(|call| match call.length {
            Length::Exactly(length) => length > call.ceiling,
            Length::AtLeast(_) => true,
            Length::Runaway => false,
        })
    }

    pub(super) fn longest(&self) -> Tokens {
        let known = self.calls.iter().filter_map(|call| match call.length {
            Length::Exactly(length) | Length::AtLeast(length) => Some(length),
            Length::Runaway => None,
        });
        known.max().unwrap_or_default()
    }
}

pub(super) fn gathered(n_groups: usize, calls: &[Observation]) -> Vec<GroupLengths> {
    let mut groups = vec![GroupLengths::default(); n_groups];
    for call in calls {
        groups[call.group].add(call.length);
    }
    groups
}

/// The ceiling in use of each group: the learned one of the policy, else the upper median of those that
/// were sent, and what the policy gives at least.
pub(super) fn current(keys: &[GroupKey], calls: &[Observation], parent: &Policy) -> Vec<Tokens> {
    let mut sent: Vec<Vec<Tokens>> = vec![Vec::new(); keys.len()];
    for call in calls {
        sent[call.group].push(call.ceiling);
    }
    let learned = &parent.numbers().ceiling;
    let of_group = |(key, sent): (&GroupKey, &mut Vec<Tokens>)| {
        let cell = &key.cell;
        let row = learned.row(&cell.category, cell.complexity, key.provider);
        let row = row.unwrap_or_default();
        row.exactly.unwrap_or_else(|| {
            let middle = sent.len() / 2;
            if sent.is_empty() {
                return Tokens::default();
            }
            let median = *sent.select_nth_unstable(middle).1;
            median.at_least(row.at_least.unwrap_or_default())
        })
    };
    keys.iter().zip(&mut sent).map(of_group).collect()
}

/// Calls that were cut off far above what is usual in their group are runaways.
pub(super) fn set_runaways_apart(
    keys: &[GroupKey],
    calls: &mut [Observation],
    settings: QuantileSettings,
) {
    let lengths = gathered(keys.len(), calls);
    let fit = Fit::of(keys, &lengths, settings.target);
    let of_group = |group: usize| {
        let has_enough = lengths[group].n_calls() >= RUNAWAY_FROM;
        let median = fit.median(group).filter(|_| has_enough)?;
        Some(RUNAWAY_RATIO * median)
    };
    let from: Vec<Option<f64>> = (0..keys.len()).map(of_group).collect();
    for call in calls {
        if let (Length::AtLeast(length), Some(from)) = (call.length, from[call.group])
            && length.as_f64() >= from
        {
            call.length = Length::Runaway;
        }
    }
}
