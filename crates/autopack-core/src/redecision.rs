//! A decision that was written down, taken again under another policy.
//!
//! Telemetry keeps the steps of a decision, not the whole phase. What the steps show is enough wherever
//! the two policies predict alike: the estimate stands in the first step, which sizing floors matched
//! and what the model can write in later ones. Where it is not enough, or what is written down is not
//! what the policy that decided would have done, there is an error and no guess.

mod facts;

use crate::call_facts::CallFacts;
use crate::phase::{Category, Complexity};
use crate::policy::Policy;
use crate::provider::Provider;
use crate::tokens::Tokens;
use facts::Facts;

/// A step as telemetry keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedStep {
    /// The name, as [`crate::StepName::as_str`] has it.
    pub name: String,
    /// The number after it, in tokens.
    pub after: Tokens,
    /// Why, in the words of [`crate::Reason`].
    pub reason: String,
}

/// What telemetry keeps of a decision.
#[derive(Clone, Copy, Debug)]
pub struct LoggedDecision<'a> {
    /// Whose rules applied.
    pub provider: Provider,
    /// What the phase was called, or was taken for where it was called nothing.
    pub category: &'a Category,
    /// How hard it was said to be.
    pub complexity: Complexity,
    /// What it was estimated as; `None` where nothing was predicted.
    pub estimated_category: Option<&'a Category>,
    /// How sure the estimate was, 0 to 1.
    pub confidence: Option<f64>,
    /// How many deliverables it had.
    pub n_deliverables: usize,
    /// The caller's own ceiling.
    pub caller_ceiling: Option<Tokens>,
    /// The thinking budget that went along.
    pub thinking_budget: Option<Tokens>,
    /// What else was known of the call.
    pub facts: CallFacts<'a>,
    /// The steps, in order.
    pub steps: &'a [LoggedStep],
}

/// Why a decision cannot be taken again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Undecidable {
    /// It is written down otherwise than a first decision of this version.
    #[error("its steps are not those of a first decision of this version")]
    Steps,
    /// The policy that decided, taken at its word, would have decided something else.
    #[error("its steps do not add up under the policy that decided")]
    DoesNotAddUp,
    /// The policies differ in numbers that were applied to parts of the phase that nobody kept.
    #[error("the policies differ in numbers that need the whole phase")]
    NeedsPhase,
    /// The steps do not show a fact that now matters.
    #[error("its steps do not show what the other policy would look at")]
    NotShown,
    /// The thinking budget was, or would be, another one: then nobody knows the length.
    #[error("the thinking budget would be another")]
    Thinking,
}

/// Takes decisions of one policy again under another.
#[derive(Clone, Debug)]
pub struct Redecision<'a> {
    decided_by: &'a Policy,
    policy: &'a Policy,
    needs_phase: NeedsPhase,
    keys: Vec<String>,
}

/// Of which calls the policies need more than is kept.
#[derive(Clone, Copy, Debug, Default)]
struct NeedsPhase {
    estimated: bool,
    sized: bool,
    runs_long: bool,
}

impl<'a> Redecision<'a> {
    /// Decisions of `decided_by`, taken again under `policy`.
    #[must_use]
    pub fn new(decided_by: &'a Policy, policy: &'a Policy) -> Self {
        let mut needs_phase = NeedsPhase::default();
        let mut keys = Vec::new();
        for difference in decided_by.differences(policy) {
            let Some(kind) = needs_phase.kind_of(&difference.key) else {
                continue;
            };
            *kind = true;
            keys.push(difference.key);
        }
        Self {
            decided_by,
            policy,
            needs_phase,
            keys,
        }
    }

    /// The keys that the policies do not agree on and that cannot be applied to what is kept of a call.
    #[must_use]
    pub fn keys_that_need_the_phase(&self) -> &[String] {
        &self.keys
    }

    /// The ceiling that the other policy would have sent.
    ///
    /// # Errors
    /// [`Undecidable`], where what is kept does not tell.
    pub fn ceiling(&self, logged: &LoggedDecision<'_>) -> Result<Tokens, Undecidable> {
        let before = self.decided_by.numbers();
        let facts = Facts::read(logged, before)?;
        let last = logged.steps.last().map(|step| step.after);
        if facts.ceiling(before).ok() != last {
            return Err(Undecidable::DoesNotAddUp);
        }
        let NeedsPhase {
            estimated,
            sized,
            runs_long,
        } = self.needs_phase;
        let is_high = logged.complexity == Complexity::High;
        if (estimated && logged.estimated_category.is_some())
            || (sized && logged.provider == Provider::Anthropic)
            || (runs_long && is_high)
        {
            return Err(Undecidable::NeedsPhase);
        }
        facts.ceiling(self.policy.numbers())
    }
}

impl NeedsPhase {
    /// What a difference in this key is to be remembered under; `None` where what is kept is enough.
    fn kind_of(&mut self, key: &str) -> Option<&mut bool> {
        let is_multiplier = key.starts_with("estimate.multiplier.");
        match key {
            "buffer.high_complexity_categories" => Some(&mut self.runs_long),
            "sizing.backend_from_paths"
            | "sizing.small_scope_paths"
            | "sizing.small_file_lines" => Some(&mut self.sized),
            _ if key.starts_with("estimate.") && !is_multiplier => Some(&mut self.estimated),
            _ => None,
        }
    }
}
