//! One decision: phase, policy and target in; intent, ceiling and trace out.

use std::fmt;

use crate::budget;
use crate::call_facts::CallFacts;
use crate::ceiling::{self, Target};
use crate::escalation::Escalation;
use crate::estimate::{self, Estimate};
use crate::phase::Phase;
use crate::policy::Policy;
use crate::sizing::{ContextFile, Sizing};
use crate::thinking::{Reconciled, reconcile};
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
    /// The thinking budget that goes along, inside the ceiling; `None` where none was wished for or
    /// none fits.
    pub thinking_budget: Option<Tokens>,
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
        match self.thinking_budget {
            Some(budget) => {
                let answer = self.actual_max_tokens.get().saturating_sub(budget.get());
                let both = reconcile(Tokens::new(answer), budget, limit);
                self.actual_max_tokens = both.ceiling;
                self.thinking_budget = both.thinking_budget;
            }
            None => self.actual_max_tokens = self.actual_max_tokens.at_most(limit),
        }
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
    /// The model's limit leaves the wished-for thinking budget no room beside the answer.
    ThinkingGivesWay {
        /// The budget that was wished for.
        asked: Tokens,
        /// The budget that goes along, where one still does.
        sent: Option<Tokens>,
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
            Self::ThinkingGivesWay { asked, sent } => {
                write!(
                    f,
                    "a thinking budget of {asked} does not fit beside the answer under the model's limit: "
                )?;
                match sent {
                    Some(sent) => write!(f, "{sent} is sent; lower it"),
                    None => f.write_str("none is sent; choose a model that writes more"),
                }
            }
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
    /// What else is known of the call.
    pub facts: CallFacts<'a>,
}

/// Decides the ceiling of one call.
pub fn decide(question: Question<'_>) -> Decision {
    let Question {
        phase,
        policy,
        workspace,
        context,
        target,
        facts,
    } = question;
    let numbers = policy.numbers();
    let mut trace = Trace::new();
    let estimate = estimate::estimate(phase, &numbers.estimate, workspace);
    let selected = estimate.as_ref().map(|estimate| {
        let call = (target.provider, facts);
        budget::select(phase, estimate, call, numbers, &mut trace)
    });
    let sizing = Sizing::of(phase, context, &numbers.sizing);
    let Reconciled {
        ceiling: actual_max_tokens,
        thinking_budget,
    } = ceiling::decide(phase, selected, sizing, target, numbers, &mut trace);
    Decision {
        warnings: warnings(phase, estimate.as_ref(), target, thinking_budget),
        estimate,
        selected_budget: selected.map(|selected| selected.budget),
        actual_max_tokens,
        thinking_budget,
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
    sent: Option<Tokens>,
) -> Vec<Warning> {
    let unreadable = estimate.map_or(0, |estimate| estimate.n_unreadable);
    let gave_way = target
        .thinking_budget
        .filter(|asked| sent.is_none_or(|sent| sent < *asked));
    [
        phase
            .unknown_complexity
            .clone()
            .map(Warning::UnknownComplexity),
        (unreadable > 0).then_some(Warning::Unreadable {
            n_files: unreadable,
        }),
        gave_way.map(|asked| Warning::ThinkingGivesWay { asked, sent }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
