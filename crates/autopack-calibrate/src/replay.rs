//! What another policy would have done to calls that were made.
//!
//! The length of an answer does not depend on a ceiling that did not cut it, so most calls tell exactly
//! what would have become of them. Only of one that was cut off and would have had a larger ceiling
//! nobody knows more than that it is longer than the one it had: whatever rests on it has two bounds.
//! What cannot be taken again is refused with a [`Refusal`], and counted.

mod call;
mod figures;

use std::collections::BTreeMap;

use autopack_core::{LoggedDecision, Redecision, Tokens, Undecidable};

use crate::Cell;
use crate::backtest::Economics;
use call::Tally;

pub use figures::{Bounds, ENOUGH_CALLS, ReplayFigures, Side};

/// A call as it was made, as far as a replay looks at it.
#[derive(Clone, Copy, Debug)]
pub struct LoggedCall<'a> {
    /// What is kept of the decision; `None` where that is too little to take it again.
    pub decision: Option<LoggedDecision<'a>>,
    /// Takes decisions of the policy that decided again; `None` where nobody has that policy any more.
    pub redecision: Option<&'a Redecision<'a>>,
    /// The ceiling, as sent.
    pub actual_max_tokens: Option<Tokens>,
    /// What came out.
    pub output: Option<Tokens>,
    /// What ended it.
    pub end: End,
    /// Whether it is the first attempt of its chain.
    pub is_first: bool,
}

/// What ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The model.
    Itself,
    /// Its ceiling.
    Ceiling,
    /// A full window or a model that went round in circles: no ceiling helps.
    Elsewhere,
    /// A failure on the way; no answer came.
    Failure,
}

/// Why a call is not replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Retries and rests of answers follow from a first attempt that may not have failed.
    #[error("a retry, or the rest of an answer: it follows from the attempt before it")]
    NotFirst,
    /// No answer came.
    #[error("failed: no answer came")]
    Failed,
    /// No ceiling would have helped.
    #[error("cut off by a full window, or in circles: no ceiling would have helped")]
    CutElsewhere,
    /// Nobody said how long the answer was.
    #[error("no usage was reported, so nobody knows how long the answer was")]
    NoUsage,
    /// Nobody wrote down what was sent.
    #[error("the ceiling that was sent is not written down")]
    NoCeiling,
    /// Calls that were imported have no steps.
    #[error("the facts and steps of the decision are not written down")]
    NoDecision,
    /// The policy is neither embedded nor in the database.
    #[error("decided by a policy that neither the program nor the database holds")]
    UnknownPolicy,
    /// The decision cannot be taken again.
    #[error(transparent)]
    Undecidable(#[from] Undecidable),
}

/// A call that can be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ReplayedCall {
    ceiling: Tokens,
    candidate: Tokens,
    /// `None` where it was cut off: then it is longer than `ceiling`.
    length: Option<Tokens>,
}

impl ReplayedCall {
    fn of(call: &LoggedCall<'_>) -> Result<Self, Refusal> {
        if !call.is_first {
            return Err(Refusal::NotFirst);
        }
        let length = match call.end {
            End::Failure => return Err(Refusal::Failed),
            End::Elsewhere => return Err(Refusal::CutElsewhere),
            End::Ceiling => None,
            End::Itself => Some(call.output.ok_or(Refusal::NoUsage)?),
        };
        let ceiling = call.actual_max_tokens.ok_or(Refusal::NoCeiling)?;
        let decision = call.decision.as_ref().ok_or(Refusal::NoDecision)?;
        let redecision = call.redecision.ok_or(Refusal::UnknownPolicy)?;
        Ok(Self {
            ceiling,
            candidate: redecision.ceiling(decision)?,
            length,
        })
    }
}

/// Replays calls one by one and adds them up by cell. It holds two numbers for each call, because its
/// medians are exact.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    cells: BTreeMap<Cell, Tally>,
    refusals: BTreeMap<Refusal, u64>,
}

impl Replay {
    /// Takes a call of a cell in. Returns why it is left out, where it is.
    pub fn add(&mut self, cell: &Cell, logged: &LoggedCall<'_>) -> Option<Refusal> {
        let replayed = match ReplayedCall::of(logged) {
            Ok(replayed) => replayed,
            Err(refusal) => {
                *self.refusals.entry(refusal).or_default() += 1;
                return Some(refusal);
            }
        };
        if let Some(tally) = self.cells.get_mut(cell) {
            tally.add(replayed);
        } else {
            self.cells.entry(cell.clone()).or_default().add(replayed);
        }
        None
    }

    /// Why calls were left out, and how many for each reason.
    #[must_use]
    pub const fn refusals(&self) -> &BTreeMap<Refusal, u64> {
        &self.refusals
    }

    /// The figures of each cell, in order of their names.
    #[must_use]
    pub fn by_cell(&self, economics: Economics) -> Vec<(&Cell, ReplayFigures)> {
        let figures = |(cell, tally): (_, &Tally)| Some((cell, tally.figures(economics)?));
        self.cells.iter().filter_map(figures).collect()
    }

    /// The figures of all calls; `None` where none could be replayed.
    #[must_use]
    pub fn total(&self, economics: Economics) -> Option<ReplayFigures> {
        let mut total = Tally::default();
        for tally in self.cells.values() {
            total.merge(tally);
        }
        total.figures(economics)
    }
}

#[cfg(test)]
mod tests;
