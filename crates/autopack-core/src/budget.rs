//! The selected budget: the estimator's intent, before anything is sent.
//!
//! budget = min(limit, max(base(category, complexity), ⌊estimate × buffer⌋)), or what calibration learned of
//! the group of category, complexity and provider, or of a finer one in it.

use std::fmt;

use crate::call_facts::CallFacts;
use crate::estimate::Estimate;
use crate::phase::{Category, Complexity, Phase};
use crate::policy::{BufferNumbers, PolicyNumbers};
use crate::provider::Provider;
use crate::tokens::Tokens;
use crate::trace::{Reason, StepName, Trace};

/// Why the factor from estimate to budget is what it is: the strongest rule that applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BufferRule {
    /// Nothing out of the ordinary.
    Default,
    /// Confidence below the policy's threshold.
    LowConfidence,
    /// Many deliverables.
    ManyDeliverables,
    /// A category that runs long at high complexity.
    HighComplexity,
    /// The category has a factor of its own.
    Exact,
}

impl fmt::Display for BufferRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "the default buffer",
            Self::LowConfidence => "low confidence",
            Self::ManyDeliverables => "many deliverables",
            Self::HighComplexity => "high complexity in a category that runs long",
            Self::Exact => "the category's own buffer",
        })
    }
}

/// What the factor from estimate to budget depends on.
#[derive(Clone, Copy)]
pub(crate) struct BufferFacts<'a> {
    /// What the phase is estimated as.
    pub(crate) category: &'a Category,
    /// How sure the estimate is, 0 to 1.
    pub(crate) confidence: f64,
    /// How many deliverables there are.
    pub(crate) n_deliverables: usize,
    /// It is of high complexity, in a category that runs long then.
    pub(crate) runs_long: bool,
}

/// The factor from estimate to budget, and the rule that gave it.
#[must_use]
pub(crate) fn factor(facts: BufferFacts<'_>, numbers: &BufferNumbers) -> (f64, BufferRule) {
    if let Some(&exact) = numbers.exact.get(facts.category.as_str()) {
        return (exact, BufferRule::Exact);
    }
    let mut chosen = (numbers.default, BufferRule::Default);
    let mut at_least = |applies: bool, factor: f64, rule: BufferRule| {
        if applies && factor > chosen.0 {
            chosen = (factor, rule);
        }
    };
    at_least(
        facts.confidence < numbers.low_confidence_below,
        numbers.low_confidence,
        BufferRule::LowConfidence,
    );
    at_least(
        facts.n_deliverables >= numbers.many_deliverables_from,
        numbers.many_deliverables,
        BufferRule::ManyDeliverables,
    );
    at_least(
        facts.runs_long,
        numbers.high_complexity,
        BufferRule::HighComplexity,
    );
    chosen
}

/// The factor from estimate to budget for this phase, and the rule that gave it.
fn buffer(phase: &Phase, estimate: &Estimate, numbers: &BufferNumbers) -> (f64, BufferRule) {
    let is_listed = numbers.high_complexity_categories.iter().any(|category| {
        *category == estimate.category.as_str() || *category == phase.category_spelling
    });
    let facts = BufferFacts {
        category: &estimate.category,
        confidence: estimate.confidence,
        n_deliverables: estimate.n_deliverables,
        runs_long: is_listed && phase.complexity == Complexity::High,
    };
    factor(facts, numbers)
}

/// A selected budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Selected {
    pub(crate) budget: Tokens,
    /// Whether it is the learned one of its group, which no floor raises.
    pub(crate) is_learned: bool,
}

/// Selects the budget for `estimate` and traces how: estimate, multiplier, buffer, base, learned, limit.
#[must_use]
pub(crate) fn select(
    phase: &Phase,
    estimate: &Estimate,
    call: (Provider, CallFacts<'_>),
    numbers: &PolicyNumbers,
    trace: &mut Trace,
) -> Selected {
    let reason = Reason::Estimated {
        model: estimate.model,
        safety_factor: numbers.estimate.safety_factor,
    };
    let modelled = estimate
        .model
        .sum()
        .scaled_by(numbers.estimate.safety_factor);
    trace.record(StepName::Estimate, modelled, reason);
    if let Some(factor) = estimate.multiplier {
        let reason = Reason::Multiplied { factor };
        trace.record(StepName::Multiplier, estimate.output_tokens, reason);
    }
    let (factor, rule) = buffer(phase, estimate, &numbers.buffer);
    let buffered = estimate.output_tokens.scaled_by(factor);
    trace.record(
        StepName::Buffer,
        buffered,
        Reason::Buffered { factor, rule },
    );
    let base = numbers.base.of(&estimate.category, phase.complexity);
    let based = buffered.at_least(base);
    trace.record(
        StepName::Base,
        based,
        Reason::Base {
            base,
            raised: based > buffered,
        },
    );
    let (based, is_learned) = learned(phase, estimate, based, call, numbers, trace);
    let limit = numbers.budget.limit_tokens;
    if based > limit {
        trace.record(StepName::BudgetLimit, limit, Reason::BudgetLimit);
    }
    Selected {
        budget: based.at_most(limit),
        is_learned,
    }
}

/// The budget after what calibration learned of the group, and whether that replaced it.
fn learned(
    phase: &Phase,
    estimate: &Estimate,
    budget: Tokens,
    (provider, facts): (Provider, CallFacts<'_>),
    numbers: &PolicyNumbers,
    trace: &mut Trace,
) -> (Tokens, bool) {
    let learned = numbers
        .ceiling
        .of(&estimate.category, phase.complexity, provider, facts);
    let Some(learned) = learned else {
        return (budget, false);
    };
    let (rule, from) = (learned.rule, learned.from());
    if let Some(ceiling) = rule.exactly_at(estimate.output_tokens) {
        trace.record(StepName::Learned, ceiling, Reason::LearnedExactly { from });
        return (ceiling, true);
    }
    let Some(ceiling) = rule.at_least_at(estimate.output_tokens) else {
        return (budget, false);
    };
    let raised = budget < ceiling;
    let budget = budget.at_least(ceiling);
    let reason = Reason::LearnedAtLeast {
        ceiling,
        raised,
        from,
    };
    trace.record(StepName::Learned, budget, reason);
    (budget, false)
}
