//! What the steps of a decision show, and the ceiling that follows from it.

use super::{LoggedDecision, LoggedStep, Undecidable};
use crate::budget::{BufferFacts, Selected, factor};
use crate::ceiling::floor_applies;
use crate::phase::{Category, Complexity};
use crate::policy::{CeilingRule, PolicyNumbers};
use crate::thinking::reconcile;
use crate::tokens::Tokens;
use crate::trace::{FloorApplied, Reason, StepName};

/// What is known of a call beyond the numbers of a policy.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that have nothing to do with each other"
)]
pub(super) struct Facts<'a> {
    logged: &'a LoggedDecision<'a>,
    /// The estimate before a learned multiplier.
    modelled: Option<Tokens>,
    /// Whether it was of a kind that runs long, where the steps show it.
    runs_long: Option<bool>,
    has_manifest: bool,
    is_heavy: bool,
    is_wide: bool,
    is_floor_considered: bool,
    /// Whether the budget was the learned one of its group, so that nobody looked for floors.
    is_learned: bool,
    /// Whether the caller called it documentation, where the steps show it.
    is_docs_like: Option<bool>,
    limit: Tokens,
}

impl<'a> Facts<'a> {
    /// Reads what a decision under `numbers` wrote down.
    pub(super) fn read(
        logged: &'a LoggedDecision<'a>,
        numbers: &PolicyNumbers,
    ) -> Result<Self, Undecidable> {
        let steps = Steps(logged.steps);
        if steps.one(StepName::Escalation).is_some() {
            return Err(Undecidable::Steps);
        }
        let modelled = steps.one(StepName::Estimate).map(|step| step.after);
        if modelled.is_some() != logged.estimated_category.is_some() {
            return Err(Undecidable::Steps);
        }
        let says = |floor: Reason| steps.says(StepName::SizingFloor, floor);
        let floor = numbers.floor.of(logged.provider);
        let limit = steps.limit().ok_or(Undecidable::Steps)?;
        if !steps.shows_thinking(logged.thinking_budget) {
            return Err(Undecidable::Thinking);
        }
        Ok(Self {
            logged,
            modelled,
            runs_long: runs_long(logged, steps, numbers)?,
            has_manifest: says(Reason::ManifestInScope {
                floor: numbers.sizing.manifest_tokens,
            }),
            is_heavy: says(Reason::HeavyCategory {
                floor: numbers.sizing.category_tokens,
            }),
            is_wide: says(Reason::WideBackend {
                floor: numbers.sizing.backend_tokens,
            }),
            is_floor_considered: !steps
                .says(StepName::SpecialModeFloor, Reason::FloorNotConsidered),
            is_learned: steps.says(StepName::SpecialModeFloor, Reason::LearnedKept),
            is_docs_like: is_docs_like(logged.category, steps, floor),
            limit,
        })
    }

    /// The ceiling under these numbers: the same whatever the steps do not show, or none.
    pub(super) fn ceiling(&self, numbers: &PolicyNumbers) -> Result<Tokens, Undecidable> {
        let mut ceilings = both(self.runs_long).flat_map(|runs_long| {
            both(self.is_docs_like).map(move |docs| self.ceiling_where(runs_long, docs, numbers))
        });
        let first = ceilings.next().ok_or(Undecidable::NotShown)??;
        for other in ceilings {
            if other? != first {
                return Err(Undecidable::NotShown);
            }
        }
        Ok(first)
    }

    fn ceiling_where(
        &self,
        runs_long: bool,
        is_docs_like: bool,
        numbers: &PolicyNumbers,
    ) -> Result<Tokens, Undecidable> {
        let logged = self.logged;
        let selected = self.selected(runs_long, numbers)?;
        let is_learned = selected.is_some_and(|selected| selected.is_learned);
        let selected = selected.map(|selected| selected.budget);
        let fallback = numbers.fallback.of(logged.complexity);
        let ceiling = logged.caller_ceiling.or(selected).unwrap_or(fallback);
        let ceiling = if is_learned {
            ceiling
        } else {
            self.raised(ceiling, selected, is_docs_like, numbers)?
        };
        let answer = selected.map_or(ceiling, |selected| ceiling.at_least(selected));
        let Some(budget) = logged.thinking_budget else {
            return Ok(answer.at_most(self.limit));
        };
        let both = reconcile(answer, budget, self.limit);
        if both.thinking_budget == Some(budget) {
            Ok(both.ceiling.at_most(self.limit))
        } else {
            Err(Undecidable::Thinking)
        }
    }

    /// The ceiling raised to the floors that matched, where somebody looked for them.
    fn raised(
        &self,
        mut ceiling: Tokens,
        selected: Option<Tokens>,
        is_docs_like: bool,
        numbers: &PolicyNumbers,
    ) -> Result<Tokens, Undecidable> {
        if self.is_learned {
            return Err(Undecidable::NotShown);
        }
        for (matches, floor) in [
            (self.has_manifest, numbers.sizing.manifest_tokens),
            (self.is_heavy, numbers.sizing.category_tokens),
            (self.is_wide, numbers.sizing.backend_tokens),
        ] {
            if matches {
                ceiling = ceiling.at_least(floor);
            }
        }
        let floor = numbers.floor.of(self.logged.provider);
        let applies = floor_applies(Some(is_docs_like), selected, floor, &numbers.floor).is_some();
        if self.is_floor_considered && applies {
            ceiling = ceiling.at_least(floor);
        }
        Ok(ceiling)
    }

    fn selected(
        &self,
        runs_long: bool,
        numbers: &PolicyNumbers,
    ) -> Result<Option<Selected>, Undecidable> {
        let Some((modelled, category)) = self.modelled.zip(self.logged.estimated_category) else {
            return Ok(None);
        };
        let complexity = self.logged.complexity;
        let multiplier = numbers.estimate.multiplier.of(category, complexity);
        let estimate = multiplier.map_or(modelled, |factor| modelled.scaled_by(factor));
        let facts = buffer_facts(self.logged, category, runs_long)?;
        let (buffer, _) = factor(facts, &numbers.buffer);
        let budget = estimate
            .scaled_by(buffer)
            .at_least(numbers.base.of(category, complexity));
        let rule = self.learned(category, numbers)?;
        let budget = rule.exactly_at(estimate).unwrap_or_else(|| {
            let least = rule.at_least_at(estimate).unwrap_or_default();
            budget.at_least(least)
        });
        Ok(Some(Selected {
            budget: budget.at_most(numbers.budget.limit_tokens),
            is_learned: rule.exactly.is_some(),
        }))
    }
}

impl Facts<'_> {
    /// What the numbers say was learned of the call's group.
    fn learned(
        &self,
        category: &Category,
        numbers: &PolicyNumbers,
    ) -> Result<CeilingRule, Undecidable> {
        let LoggedDecision {
            complexity,
            provider,
            facts,
            ..
        } = *self.logged;
        let ceilings = &numbers.ceiling;
        if ceilings.asks_for_more(category, complexity, provider, facts) {
            return Err(Undecidable::NotShown);
        }
        let learned = ceilings.of(category, complexity, provider, facts);
        Ok(learned.map(|learned| learned.rule).unwrap_or_default())
    }
}

fn both(known: Option<bool>) -> impl Iterator<Item = bool> + Clone {
    [false, true]
        .into_iter()
        .filter(move |value| known.is_none_or(|known| known == *value))
}

fn buffer_facts<'a>(
    logged: &LoggedDecision<'_>,
    category: &'a Category,
    runs_long: bool,
) -> Result<BufferFacts<'a>, Undecidable> {
    Ok(BufferFacts {
        category,
        confidence: logged.confidence.ok_or(Undecidable::Steps)?,
        n_deliverables: logged.n_deliverables,
        runs_long: runs_long && logged.complexity == Complexity::High,
    })
}

/// A category may be in the list under a spelling that is not kept. The rule that won tells, unless one
/// that is as strong went before it.
fn runs_long(
    logged: &LoggedDecision<'_>,
    steps: Steps<'_>,
    numbers: &PolicyNumbers,
) -> Result<Option<bool>, Undecidable> {
    let Some(estimated) = logged.estimated_category else {
        return Ok(Some(false));
    };
    if logged.complexity != Complexity::High {
        return Ok(Some(false));
    }
    let listed = &numbers.buffer.high_complexity_categories;
    let is_listed = |category: &Category| listed.iter().any(|name| name == category.as_str());
    if is_listed(estimated) {
        return Ok(Some(true));
    }
    let says = |runs_long| -> Result<bool, Undecidable> {
        let facts = buffer_facts(logged, estimated, runs_long)?;
        let (factor, rule) = factor(facts, &numbers.buffer);
        Ok(steps.says(StepName::Buffer, Reason::Buffered { factor, rule }))
    };
    Ok(match (says(false)?, says(true)?) {
        (true, true) => None,
        (false, false) => return Err(Undecidable::DoesNotAddUp),
        (_, runs_long) => Some(runs_long),
    })
}

/// A phase that was called nothing may have been taken for documentation, and is none to the floor. Where
/// there was no budget to keep, nobody looked.
fn is_docs_like(category: &Category, steps: Steps<'_>, floor: Tokens) -> Option<bool> {
    if !category.is_docs_like() {
        return Some(false);
    }
    let says = |reason| steps.says(StepName::SpecialModeFloor, reason);
    let applied = |why| says(Reason::FloorApplied { floor, why });
    if applied(FloorApplied::NotDocsLike) || applied(FloorApplied::NoCategory) {
        Some(false)
    } else if applied(FloorApplied::Always)
        || applied(FloorApplied::BudgetAtFloor)
        || says(Reason::IntendedBudgetKept { floor })
    {
        Some(true)
    } else {
        None
    }
}

/// The steps, to look things up in.
#[derive(Clone, Copy)]
struct Steps<'a>(&'a [LoggedStep]);

impl<'a> Steps<'a> {
    fn of(self, name: StepName) -> impl Iterator<Item = &'a LoggedStep> {
        self.0.iter().filter(move |step| step.name == name.as_str())
    }

    fn one(self, name: StepName) -> Option<&'a LoggedStep> {
        self.of(name).next()
    }

    fn says(self, name: StepName, reason: Reason) -> bool {
        let words = reason.to_string();
        self.of(name).any(|step| step.reason == words)
    }

    /// What the model writes at most, by the catalogue or by the provider's own word.
    fn limit(self) -> Option<Tokens> {
        let step = self.one(StepName::ModelLimit)?;
        let zero = Tokens::new(0);
        let within = number(step, Reason::WithinLimit { limit: zero });
        let limit = within.or_else(|| number(step, Reason::AboveLimit { limit: zero }))?;
        match self.one(StepName::ProviderLimit) {
            None => Some(limit),
            Some(step) => Some(limit.at_most(number(step, Reason::Refused { limit: zero })?)),
        }
    }

    /// Whether the steps say that this thinking budget went along whole, or none.
    fn shows_thinking(self, budget: Option<Tokens>) -> bool {
        match budget {
            None => self.one(StepName::ProviderContract).is_none(),
            Some(budget) => self.says(
                StepName::ProviderContract,
                Reason::ThinkingInside { budget },
            ),
        }
    }
}

/// The number at the end of a reason that is otherwise in the words of `zero`, which ends in 0.
fn number(step: &LoggedStep, zero: Reason) -> Option<Tokens> {
    let words = zero.to_string();
    let digits = step.reason.strip_prefix(words.strip_suffix('0')?)?;
    digits.parse().ok().map(Tokens::new)
}
