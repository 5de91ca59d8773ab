//! From what a method found to a policy that does it.

mod applied;

use std::fmt;

use autopack_core::policy::{MultiplierNumbers, Relative};
use autopack_core::{Policy, PolicyError, Provider, Tokens};
use serde::Serialize;

use crate::cell::Cell;
use crate::quantile::{GroupKey, QuantileBasis, QuantileEvidence, Within};
use crate::ratio::{RatioBasis, RatioEvidence};
use applied::{ChangeEvidence, Number};

/// What a method would change, and why. Nothing is changed until somebody makes a policy of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The method that found it.
    pub method: &'static str,
    /// What all changes rest on.
    pub basis: Basis,
    /// What would change, in order of the cells.
    pub changes: Vec<Change>,
}

/// What would change for a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which one.
    pub cell: Cell,
    /// Only on this provider; `None` for all of them.
    pub provider: Option<Provider>,
    /// Only for calls that have this in common.
    pub within: Within,
    /// What would change.
    pub effect: Effect,
    /// What speaks for it.
    pub evidence: Evidence,
}

impl Change {
    /// The group whose row would change.
    #[must_use]
    pub fn group(&self) -> GroupKey {
        GroupKey {
            cell: self.cell.clone(),
            provider: self.provider,
            within: self.within.clone(),
        }
    }
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect {
    /// What the calls say the estimates should be multiplied by, before any damping.
    Multiplier(f64),
    /// The budget is this.
    Exactly {
        /// The ceiling, at the estimate that `relative` names.
        ceiling: Tokens,
        /// How it goes with the estimate, where it does.
        relative: Option<Relative>,
    },
    /// The budget is no lower. Where a policy has an exact one already, that is raised as much.
    AtLeast {
        /// The ceiling, at the estimate that `relative` names.
        ceiling: Tokens,
        /// How it goes with the estimate, where it does.
        relative: Option<Relative>,
        /// What is in use in its place.
        before: Tokens,
    },
    /// The budget stays what decides it, and is at least this where nothing exact does.
    AsItIs(Tokens),
}

/// What all changes of a proposal rest on, by method.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(untagged)]
pub enum Basis {
    /// Of [`crate::ratio`].
    Ratio(RatioBasis),
    /// Of [`crate::quantile`].
    Quantile(QuantileBasis),
}

/// What speaks for one change, by method.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(untagged)]
pub enum Evidence {
    /// Of [`crate::ratio`].
    Ratio(RatioEvidence),
    /// Of [`crate::quantile`].
    Quantile(QuantileEvidence),
}

/// How far one proposal may move a multiplier. What is not reached in one step is reached in the
/// next, when calls have shown what the first one did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Damping {
    /// All the way, but never by more than a half.
    #[default]
    Linear,
    /// By the square root, and never by more than a half: the practice of the Python Autopack.
    SquareRoot,
}

/// No step makes a multiplier smaller than this share of it.
const LEAST_STEP: f64 = 0.5;
/// No step makes a multiplier larger than this many times it.
const LARGEST_STEP: f64 = 1.5;
/// Multipliers are written in thousandths: what is left out is far below what samples can tell.
const MULTIPLIER_PARTS: f64 = 1000.0;

impl Damping {
    /// The step that is taken where `multiplier` is asked for, 0.5 to 1.5.
    #[must_use]
    pub fn step(self, multiplier: f64) -> f64 {
        let wanted = match self {
            Self::Linear => multiplier,
            Self::SquareRoot => multiplier.sqrt(),
        };
        wanted.clamp(LEAST_STEP, LARGEST_STEP)
    }

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::SquareRoot => "sqrt",
        }
    }

    /// What becomes of a multiplier of `before`: one step, in thousandths, within what policies allow.
    fn applied(self, before: f64, multiplier: f64) -> f64 {
        let (least, most) = MultiplierNumbers::RANGE;
        let after = before * self.step(multiplier);
        ((after * MULTIPLIER_PARTS).round() / MULTIPLIER_PARTS).clamp(least, most)
    }
}

impl fmt::Display for Damping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a proposal does not become a policy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProposalError {
    /// There is nothing in it that the policy does not say already.
    #[error("nothing would change in `{parent}`: keep it")]
    Unchanged {
        /// The name of the policy it was to be made from.
        parent: String,
    },
    /// The policy cannot be written.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// The evidence as a policy keeps it.
#[derive(Debug, Serialize)]
struct PolicyEvidence<'a> {
    method: &'static str,
    parent: &'a str,
    made_at: &'a str,
    /// Only multipliers are damped.
    #[serde(skip_serializing_if = "Option::is_none")]
    damping: Option<&'static str>,
    basis: &'a Basis,
    changes: Vec<ChangeEvidence<'a>>,
}

impl Proposal {
    /// The policy that comes after `parent`: its numbers with the multipliers of this proposal taken
    /// one damped step further and its ceilings as they are, and the evidence inside. `made_at` is a time in
    /// words, for readers.
    ///
    /// # Errors
    /// [`ProposalError::Unchanged`] where no number moves, [`ProposalError::Policy`] where `name`
    /// is blank or a ceiling is none that a policy may have.
    pub fn policy(
        &self,
        parent: &Policy,
        name: &str,
        made_at: &str,
        damping: Damping,
    ) -> Result<Policy, ProposalError> {
        let changes: Vec<_> = self
            .changes
            .iter()
            .map(|change| change.applied_to(parent, damping))
            .filter(ChangeEvidence::is_change)
            .collect();
        let parent_name = parent.name();
        if changes.is_empty() {
            return Err(ProposalError::Unchanged {
                parent: parent_name.to_owned(),
            });
        }
        let source = format!("calibrated by `{}` from `{parent_name}`", self.method);
        let mut draft = parent.draft(name).set(&["source"], source)?;
        for change in &changes {
            draft = change.set_in(draft)?;
        }
        let is_damped = changes
            .iter()
            .any(|change| matches!(change.after, Number::Factor(_)));
        let evidence = PolicyEvidence {
            method: self.method,
            parent: parent_name,
            made_at,
            damping: is_damped.then_some(damping.as_str()),
            basis: &self.basis,
            changes,
        };
        Ok(draft.with_evidence(&evidence)?.finish()?)
    }
}

#[cfg(test)]
mod tests;
