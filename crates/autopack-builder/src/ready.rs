//! An attempt that may be sent, once, and the four ways to one.
//!
//! None of them leads from a reply that was cut off back to the same question at the same ceiling: the
//! fields are private, and the only ways on from such a reply are a larger ceiling and a question that has
//! more of the answer in it.

use autopack_core::{Decision, Escalation, Tokens};

use crate::outcome::{Attempt, Extent, Failure};
use crate::salvage::Salvage;

/// How often an answer goes on at most (research note on calibration, section 4): each time all of it so
/// far is read again.
const MAX_CONTINUATIONS: u32 = 2;

/// An attempt that may be sent, once.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    decision: Decision,
    ask: Ask,
    /// The ceiling at which the answer to the same question was cut off, in tokens; 0 where it was not.
    above: Tokens,
    n_continuations: u32,
}

/// What is asked for, the phase's own question aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Nothing else.
    Whole,
    /// The whole answer again, told what was wrong with the one before.
    Again(String),
    /// What is missing behind the answer so far.
    Rest(Salvage),
}

impl Ready {
    /// The first attempt of a job.
    pub(crate) const fn first(decision: Decision) -> Self {
        Self {
            decision,
            ask: Ask::Whole,
            above: Tokens::new(0),
            n_continuations: 0,
        }
    }

    /// The next attempt after one that did not fit: with the larger ceiling, and of operations only for
    /// those that are missing.
    pub(crate) fn escalated(
        &self,
        attempt: &Attempt,
        escalation: &Escalation,
        salvage: Option<&Salvage>,
    ) -> Self {
        let operations = salvage.filter(|salvage| salvage.changes().is_some());
        Self {
            decision: attempt.decision.clone().escalated(escalation),
            ask: operations.map_or_else(|| self.ask.clone(), |all| Ask::Rest(all.clone())),
            above: attempt.decision.actual_max_tokens,
            n_continuations: self.n_continuations,
        }
    }

    /// The next attempt after prose that was cut off: the same call with the text so far in it. `None`
    /// where that is no longer than it was, and where it went on often enough.
    pub(crate) fn continued(&self, attempt: &Attempt, salvage: &Salvage) -> Option<Self> {
        let is_longer = match &self.ask {
            Ask::Rest(before) => salvage.text().len() > before.text().len(),
            Ask::Whole | Ask::Again(_) => true,
        };
        let may_go_on =
            salvage.changes().is_none() && is_longer && self.n_continuations < MAX_CONTINUATIONS;
        may_go_on.then(|| Self {
            decision: attempt.decision.clone(),
            ask: Ask::Rest(salvage.clone()),
            above: Tokens::new(0),
            n_continuations: self.n_continuations + 1,
        })
    }

    /// The next attempt after a whole answer that could not be used: told what was wrong with it. All of
    /// it is asked for, also where it came in two parts, for which of them is wrong nobody knows.
    pub(crate) fn corrected(attempt: &Attempt) -> Option<Self> {
        match &attempt.failure {
            Some(Failure::Build(error)) if !error.is_outside() && !attempt.is_truncated() => {
                Some(Self {
                    ask: Ask::Again(error.to_string()),
                    ..Self::first(attempt.decision.clone())
                })
            }
            _ => None,
        }
    }

    pub(crate) const fn decision(&self) -> &Decision {
        &self.decision
    }

    pub(crate) const fn ask(&self) -> &Ask {
        &self.ask
    }

    /// What the ceiling must stay above, in tokens.
    pub(crate) const fn above(&self) -> Tokens {
        self.above
    }

    /// The answer so far, where the rest of it is asked for.
    pub(crate) const fn so_far(&self) -> Option<&Salvage> {
        match &self.ask {
            Ask::Rest(so_far) => Some(so_far),
            Ask::Whole | Ask::Again(_) => None,
        }
    }

    pub(crate) const fn extent(&self) -> Extent {
        match self.ask {
            Ask::Whole | Ask::Again(_) => Extent::Whole,
            Ask::Rest(_) => Extent::Rest,
        }
    }
}
