//! What comes after an attempt: the next rung that may still help, or none.
//!
//! 1. A runaway spends whatever it is given, and a full window has no room for more: nothing comes.
//! 2. Prose that was cut off goes on, which costs a reading of what there is and loses nothing.
//! 3. Where that is no way, a larger ceiling, once (P10).
//! 4. A whole answer that cannot be used is asked for again, once.

use autopack_core::{Escalation, Policy, Tokens, escalate};
use autopack_wire::Truncation;

use crate::outcome::Attempt;
use crate::ready::Ready;
use crate::salvage::Salvage;

/// The rungs of a job that are left.
#[derive(Debug)]
pub(crate) struct Ladder {
    may_escalate: bool,
    may_correct: bool,
}

/// What comes after an attempt.
#[derive(Debug)]
pub(crate) enum Next {
    /// Nothing.
    End,
    /// More of the same answer.
    Continued(Ready),
    /// The larger ceiling.
    Escalated(Ready, Escalation),
    /// The answer again, told what was wrong with it.
    Corrected(Ready),
}

impl Ladder {
    pub(crate) const fn new() -> Self {
        Self {
            may_escalate: true,
            may_correct: true,
        }
    }

    /// What comes after `attempt`, which went out as `sent`; `salvage` is what of a reply that was cut off
    /// can be built upon, `limit` the most the model writes.
    pub(crate) fn next(
        &mut self,
        sent: &Ready,
        attempt: &Attempt,
        salvage: Option<&Salvage>,
        limit: Tokens,
        policy: &Policy,
    ) -> Next {
        if attempt.is_lost() || !attempt.truncation.is_none_or(Truncation::wants_room) {
            return Next::End;
        }
        if let Some(ready) = salvage.and_then(|salvage| sent.continued(attempt, salvage)) {
            return Next::Continued(ready);
        }
        if self.may_escalate
            && let Some(escalation) = escalate(attempt.spent(), limit, &policy.numbers().escalation)
        {
            self.may_escalate = false;
            let ready = sent.escalated(attempt, &escalation, salvage);
            return Next::Escalated(ready, escalation);
        }
        if self.may_correct
            && let Some(ready) = Ready::corrected(attempt)
        {
            self.may_correct = false;
            return Next::Corrected(ready);
        }
        Next::End
    }
}

impl Next {
    /// The escalation, where it is one.
    pub(crate) const fn escalation(&self) -> Option<&Escalation> {
        match self {
            Self::Escalated(_, escalation) => Some(escalation),
            Self::End | Self::Continued(_) | Self::Corrected(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
