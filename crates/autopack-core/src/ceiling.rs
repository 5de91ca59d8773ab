//! The ceiling: the number that goes on the wire.
//!
//! Start, sizing floors, special-mode floor, P4 enforcement, provider contract, model limit: in this
//! order, each recorded. Invariant: the ceiling is never above the model's limit and, unless that
//! limit says so, never below the selected budget.

use crate::budget::Selected;
use crate::phase::{Category, FULL_FILE, LARGE_REFACTOR, Phase};
use crate::policy::{FloorNumbers, PolicyNumbers};
use crate::provider::Provider;
use crate::sizing::Sizing;
use crate::thinking::{Reconciled, reconcile};
use crate::tokens::Tokens;
use crate::trace::{FloorApplied, NotSized, Reason, StepName, Trace};

/// Where a call goes, as far as its ceiling is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The provider whose rules apply.
    pub provider: Provider,
    /// The most the model can write.
    pub model_limit: Tokens,
    /// A thinking budget that is wished for and counts inside the ceiling.
    pub thinking_budget: Option<Tokens>,
}

/// Decides the ceiling of `phase` on `target`, tracing each step.
#[must_use]
pub(crate) fn decide(
    phase: &Phase,
    selected: Option<Selected>,
    sizing: Sizing,
    target: Target,
    numbers: &PolicyNumbers,
    trace: &mut Trace,
) -> Reconciled {
    let is_learned = selected.is_some_and(|selected| selected.is_learned);
    let selected = selected.map(|selected| selected.budget);
    let ceiling = start(phase, selected, numbers, trace);
    let ceiling = if is_learned {
        not_raised(ceiling, trace)
    } else {
        raised(phase, ceiling, selected, sizing, target, numbers, trace)
    };
    let ceiling = enforce_selected(ceiling, selected, trace);
    let Reconciled {
        ceiling,
        thinking_budget,
    } = provider_contract(ceiling, target, trace);
    Reconciled {
        ceiling: model_limit(ceiling, target.model_limit, trace),
        thinking_budget,
    }
}

/// A learned budget has seen what floors are there for.
fn not_raised(ceiling: Tokens, trace: &mut Trace) -> Tokens {
    let why = NotSized::Learned;
    trace.record(StepName::SizingFloor, ceiling, Reason::NotSized { why });
    trace.record(StepName::SpecialModeFloor, ceiling, Reason::LearnedKept);
    ceiling
}

fn raised(
    phase: &Phase,
    ceiling: Tokens,
    selected: Option<Tokens>,
    sizing: Sizing,
    target: Target,
    numbers: &PolicyNumbers,
    trace: &mut Trace,
) -> Tokens {
    let ceiling = if target.provider == Provider::Anthropic {
        sizing.raise(phase, ceiling, &numbers.sizing, trace)
    } else {
        let reason = Reason::NotSized {
            why: NotSized::OtherProvider,
        };
        trace.record(StepName::SizingFloor, ceiling, reason);
        ceiling
    };
    special_mode_floor(phase, ceiling, selected, sizing, target, numbers, trace)
}

fn start(
    phase: &Phase,
    selected: Option<Tokens>,
    numbers: &PolicyNumbers,
    trace: &mut Trace,
) -> Tokens {
    let (start, reason) = match (phase.caller_ceiling, selected) {
        (Some(caller), _) => (caller, Reason::CallerCeiling),
        (None, Some(selected)) => (selected, Reason::SelectedBudget),
        (None, None) => {
            let complexity = phase.complexity;
            (
                numbers.fallback.of(complexity),
                Reason::Fallback { complexity },
            )
        }
    };
    trace.record(StepName::Start, start, reason);
    start
}

fn special_mode_floor(
    phase: &Phase,
    ceiling: Tokens,
    selected: Option<Tokens>,
    sizing: Sizing,
    target: Target,
    numbers: &PolicyNumbers,
    trace: &mut Trace,
) -> Tokens {
    let considered = target.provider != Provider::Anthropic
        || phase.builder_mode.as_deref() == Some(FULL_FILE)
        || sizing.change_size(phase) == Some(LARGE_REFACTOR);
    if !considered {
        trace.record(
            StepName::SpecialModeFloor,
            ceiling,
            Reason::FloorNotConsidered,
        );
        return ceiling;
    }
    let floor = numbers.floor.of(target.provider);
    // The category is the one the caller gave: an inferred docs category does not count.
    let is_docs_like = phase.category.as_ref().map(Category::is_docs_like);
    let (ceiling, reason) = match floor_applies(is_docs_like, selected, floor, &numbers.floor) {
        Some(why) => (ceiling.at_least(floor), Reason::FloorApplied { floor, why }),
        None => (ceiling, Reason::IntendedBudgetKept { floor }),
    };
    trace.record(StepName::SpecialModeFloor, ceiling, reason);
    ceiling
}

/// Why the floor applies; `None` where an intended low budget is kept. `is_docs_like` is of the category
/// that was given, where one was.
pub(crate) fn floor_applies(
    is_docs_like: Option<bool>,
    selected: Option<Tokens>,
    floor: Tokens,
    numbers: &FloorNumbers,
) -> Option<FloorApplied> {
    let Some(selected) = selected else {
        return Some(FloorApplied::NoSelectedBudget);
    };
    let Some(is_docs_like) = is_docs_like else {
        return Some(FloorApplied::NoCategory);
    };
    if selected >= floor {
        Some(FloorApplied::BudgetAtFloor)
    } else if !is_docs_like {
        Some(FloorApplied::NotDocsLike)
    } else if !numbers.keep_intended_docs_budget {
        Some(FloorApplied::Always)
    } else {
        None
    }
}

fn enforce_selected(ceiling: Tokens, selected: Option<Tokens>, trace: &mut Trace) -> Tokens {
    let (ceiling, reason) = match selected {
        Some(selected) => (
            ceiling.at_least(selected),
            Reason::AtLeastSelected { selected },
        ),
        None => (ceiling, Reason::NothingSelected),
    };
    trace.record(StepName::P4Enforcement, ceiling, reason);
    ceiling
}

/// A thinking budget inside the ceiling leaves the answer only the rest of it, and Anthropic refuses
/// a ceiling that does not exceed it: the ceiling decided so far goes to the answer.
fn provider_contract(answer: Tokens, target: Target, trace: &mut Trace) -> Reconciled {
    let Some(budget) = target.thinking_budget else {
        return Reconciled {
            ceiling: answer,
            thinking_budget: None,
        };
    };
    let both = reconcile(answer, budget, target.model_limit);
    let reason = match both.thinking_budget {
        Some(sent) if sent == budget => Reason::ThinkingInside { budget },
        sent => Reason::ThinkingGivesWay {
            asked: budget,
            sent,
        },
    };
    trace.record(StepName::ProviderContract, both.ceiling, reason);
    both
}

fn model_limit(ceiling: Tokens, limit: Tokens, trace: &mut Trace) -> Tokens {
    let limited = ceiling.at_most(limit);
    let reason = if limited < ceiling {
        Reason::AboveLimit { limit }
    } else {
        Reason::WithinLimit { limit }
    };
    trace.record(StepName::ModelLimit, limited, reason);
    limited
}
