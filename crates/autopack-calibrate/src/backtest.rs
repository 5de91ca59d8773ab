//! What policies would have done with calls whose true lengths are known.
//!
//! Each policy goes through a [`Trace`] in order and sees of every call what it would have seen live:
//! the length of an answer that fitted under its ceiling, and of one that was cut off that it was.
//! Only the [`Policy::Oracle`] knows the lengths beforehand; it is what the others are measured by.

mod figures;
mod rivals;
mod trace;

use autopack_core::Tokens;

use crate::learned::{Call, LearnedSettings, Learner, Outcome, TargetTruncation, TooManyGroups};

pub use figures::{Economics, Figures, FiguresOf, GroupRate, Reserve, Waste};
pub use trace::{Trace, TraceCall};

/// A way to choose ceilings.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Policy {
    /// [`Learner`], from the bases of the groups.
    Learned(LearnedSettings),
    /// A ceiling for each group of the trace, by its index: a table.
    Table(Vec<Tokens>),
    /// One ceiling for all.
    Fixed(Tokens),
    /// [`crate::ratio`], live: 1.2 times the upper median of what answers were to their estimates (to
    /// nothing, where there are none), of those that were not cut off; without the table as a floor
    /// below, which hides what it does.
    Ratio,
    /// The quantile of the answers that were not cut off, of the last 20 / target calls.
    DroppedQuantile(TargetTruncation),
    /// The quantile of each group, known beforehand.
    Oracle(TargetTruncation),
}

impl Policy {
    /// Whether its ceilings depend on earlier calls only.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        !matches!(self, Self::Oracle(_))
    }

    /// The ceilings of the calls of a trace. `bases` are the ceilings of its groups before anything
    /// is known; a group without one has the last. `retry` is how many times larger a ceiling a call
    /// that was cut off is sent again with, once, where it is.
    ///
    /// # Errors
    /// [`TooManyGroups`], of a learner.
    pub fn ceilings(
        &self,
        trace: &Trace,
        bases: &[Tokens],
        retry: Option<u64>,
    ) -> Result<Vec<Tokens>, TooManyGroups> {
        let calls = trace.calls();
        Ok(match self {
            Self::Learned(settings) => return learned(*settings, trace, bases, retry),
            Self::Table(ceilings) => calls
                .iter()
                .map(|call| base_of(ceilings, call.group))
                .collect(),
            Self::Fixed(ceiling) => vec![*ceiling; calls.len()],
            Self::Ratio => rivals::ratio(trace, bases),
            Self::DroppedQuantile(target) => rivals::dropped_quantile(trace, bases, *target),
            Self::Oracle(target) => {
                let quantiles = oracle(trace, *target);
                calls.iter().map(|call| quantiles[call.group]).collect()
            }
        })
    }
}

fn base_of(bases: &[Tokens], group: usize) -> Tokens {
    let base = bases.get(group).or(bases.last());
    base.copied().unwrap_or(Tokens::new(1))
}

/// The length in each group that a share of at most `target` of its calls exceed.
#[must_use]
pub fn oracle(trace: &Trace, target: TargetTruncation) -> Vec<Tokens> {
    let mut lengths = vec![Vec::new(); trace.groups().len()];
    for call in trace.calls() {
        lengths[call.group].push(call.length);
    }
    let quantile = |lengths: &mut Vec<Tokens>| {
        let n_longer = Tokens::new(lengths.len() as u64).scaled_by(target.get());
        let n_longer = usize::try_from(n_longer.get()).unwrap_or(0);
        let place = lengths.len().checked_sub(n_longer + 1)?;
        Some(*lengths.select_nth_unstable(place).1)
    };
    let quantiles = lengths.iter_mut().map(quantile);
    quantiles
        .map(|found| found.unwrap_or(Tokens::new(1)))
        .collect()
}

fn learned(
    settings: LearnedSettings,
    trace: &Trace,
    bases: &[Tokens],
    retry: Option<u64>,
) -> Result<Vec<Tokens>, TooManyGroups> {
    let mut learner = Learner::new(settings);
    let mut ids = vec![None; trace.groups().len()];
    let mut ceilings = Vec::with_capacity(trace.calls().len());
    for (chain, row) in (0..).zip(trace.calls()) {
        // A learner gets to know a group with its first call.
        let group = match ids[row.group] {
            Some(id) => id,
            None => *ids[row.group].insert(learner.group(&trace.groups()[row.group])?),
        };
        let call = Call {
            group,
            chain,
            estimate: row.estimate,
            base: base_of(bases, row.group),
            limit: None,
        };
        let ceiling = learner.decide(&call).ceiling;
        learner.observe(&call, ceiling, outcome(row.length, ceiling, retry));
        ceilings.push(ceiling);
    }
    Ok(ceilings)
}

fn outcome(length: Tokens, ceiling: Tokens, retry: Option<u64>) -> Outcome {
    if length <= ceiling {
        return Outcome::Ended(length);
    }
    let retried_at = retry.map(|factor| ceiling.times(factor));
    match retried_at {
        None => Outcome::CutOff,
        Some(at) if length <= at => Outcome::EndedWhenRetried(length),
        Some(at) => Outcome::CutOffWhenRetried(at),
    }
}

#[cfg(test)]
mod tests;
