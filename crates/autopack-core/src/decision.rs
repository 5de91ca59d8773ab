//! One decision: phase, policy and target in; intent, ceiling and trace out.

use std::fmt;

use crate::budget;
use crate::ceiling::{self, Target};
use crate::escalation::Escalation;
use crate::estimate::{self, Estimate};
use crate::phase::Phase;
use crate::policy::Policy;
use crate::sizing::{ContextFile, Sizing};
use crate::tokens::Tokens;
use crate::trace::{Reason, Step, StepName, Trace};
use crate::workspace::Workspace;

/// What Autopack decided for one call. Intent and ceiling are two numbers.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Decision {
    /// The prediction; `None` where the phase has no deliverables.
    pub estimate: Option<Estimate>,
    /// What the estimator wanted.
    pub selected_budget: Option<Tokens>,
    /// What goes on the wire.
    pub actual_max_tokens: Tokens,
    /// The size of the change, after the sizing rules where they apply.
    pub change_size: Option<String>,
    /// How the ceiling came about.
    pub trace: Trace,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl Decision {
    /// The steps, in order; the last one ends at the ceiling.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        self.trace.steps()
    }

    /// The decision as it went out after the provider had refused its ceiling: no higher than `limit`.
    pub fn lowered(mut self, limit: Tokens) -> Self {
        self.actual_max_tokens = self.actual_max_tokens.at_most(limit);
        let reason = Reason::Refused { limit };
        self.trace
            .record(StepName::ProviderLimit, self.actual_max_tokens, reason);
        self
    }

    /// The decision for the next attempt: the same intent, the larger ceiling, one more step.
    pub fn escalated(mut self, escalation: &Escalation) -> Self {
        self.actual_max_tokens = escalation.ceiling;
        let reason = Reason::Escalated {
            factor: escalation.factor,
        };
        self.trace
            .record(StepName::Escalation, escalation.ceiling, reason);
        self
    }
}

/// Something that did not stop a decision but should be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The complexity is no known word.
    UnknownComplexity(String),
    /// Some files that exist could not be read as text.
    Unreadable {
        /// How many.
        n_files: usize,
    },
    /// The model's limit leaves nothing above the thinking budget.
    NoRoomAboveThinking {
        /// The thinking budget.
        budget: Tokens,
        /// The ceiling that was possible.
        ceiling: Tokens,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownComplexity(word) => write!(
                f,
                "unknown complexity `{word}` counts as medium: allowed are low, medium, high, maintenance"
            ),
            Self::Unreadable { n_files } => write!(
                f,
                "{n_files} deliverables exist but are no readable UTF-8 text: counted as of ordinary complexity"
            ),
            Self::NoRoomAboveThinking { budget, ceiling } => write!(
                f,
                "a thinking budget of {budget} leaves no room for an answer under the ceiling of {ceiling}: lower it"
            ),
        }
    }
}

/// Everything a decision depends on. No clock, no environment, no chance.
#[derive(Clone, Copy)]
#[expect(
    missing_debug_implementations,
    reason = "a workspace has no text of its own"
)]
pub struct Question<'a> {
    /// The work.
    pub phase: &'a Phase,
    /// The numbers.
    pub policy: &'a Policy,
    /// The files that may already exist.
    pub workspace: &'a dyn Workspace,
    /// The file context handed to the builder, where any was.
    pub context: Option<&'a [ContextFile]>,
    /// Where the call goes.
    pub target: Target,
}

/// Decides the ceiling of one call.
pub fn decide(question: Question<'_>) -> Decision {
    let Question {
        phase,
        policy,
        workspace,
        context,
        target,
    } = question;
    let numbers = policy.numbers();
    let mut trace = Trace::new();
    let estimate = estimate::estimate(phase, &numbers.estimate, workspace);
    let selected_budget = estimate
        .as_ref()
        .map(|estimate| budget::select(phase, estimate, numbers, &mut trace));
    let sizing = Sizing::of(phase, context, &numbers.sizing);
    let actual_max_tokens =
        ceiling::decide(phase, selected_budget, sizing, target, numbers, &mut trace);
    Decision {
        warnings: warnings(phase, estimate.as_ref(), target, actual_max_tokens),
        estimate,
        selected_budget,
        actual_max_tokens,
        change_size: change_size(phase, sizing, target).map(str::to_owned),
        trace,
    }
}

/// The sizing rules are those of the Anthropic builder; elsewhere the phase's own word stands.
fn change_size(phase: &Phase, sizing: Sizing, target: Target) -> Option<&str> {
    match target.provider {
        crate::Provider::Anthropic => sizing.change_size(phase),
        _ => phase.change_size.as_deref(),
    }
}

fn warnings(
    phase: &Phase,
    estimate: Option<&Estimate>,
    target: Target,
    ceiling: Tokens,
) -> Vec<Warning> {
    let unreadable = estimate.map_or(0, |estimate| estimate.n_unreadable);
    let no_room = target.thinking_budget.filter(|budget| *budget >= ceiling);
    [
        phase
            .unknown_complexity
            .clone()
            .map(Warning::UnknownComplexity),
        (unreadable > 0).then_some(Warning::Unreadable {
            n_files: unreadable,
        }),
        no_room.map(|budget| Warning::NoRoomAboveThinking { budget, ceiling }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
