//! Thinking: how a phase asks for it, and how a budget for it and a ceiling get along.
//!
//! A thinking budget counts inside the ceiling (provider facts of 2026-11-23, sections 1 and 2). A
//! ceiling one above the budget is legal and leaves one token for the answer; so the answer gets the
//! ceiling that was decided for it, the budget comes on top, and where both do not fit under the
//! model's limit it is the budget that gives way.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalogue::ThinkingControl;
use crate::tokens::{MAX_CALLER_CEILING, Tokens};

/// The least thinking budget, in tokens: Anthropic refuses fewer (provider facts, section 2).
pub const LEAST_THINKING_BUDGET: Tokens = Tokens::new(1024);

/// How hard a model is asked to think: the levels that Anthropic, OpenAI and Gemini have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// As little as it takes.
    Low,
    /// As usual.
    Medium,
    /// As much as it takes.
    High,
}

impl Effort {
    /// The word on the wire, the same with all providers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A thinking budget as a document gives it: [`LEAST_THINKING_BUDGET`] to
/// [`MAX_CALLER_CEILING`] tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub struct ThinkingBudget(Tokens);

impl ThinkingBudget {
    /// The number of tokens.
    #[must_use]
    pub const fn tokens(self) -> Tokens {
        self.0
    }
}

/// A number that is no thinking budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a thinking budget of `{0}` cannot be sent: allowed are {LEAST_THINKING_BUDGET} to {MAX_CALLER_CEILING} tokens"
)]
pub struct BadThinkingBudget(i64);

impl TryFrom<i64> for ThinkingBudget {
    type Error = BadThinkingBudget;

    fn try_from(tokens: i64) -> Result<Self, BadThinkingBudget> {
        u64::try_from(tokens)
            .map(Tokens::new)
            .ok()
            .filter(|budget| (LEAST_THINKING_BUDGET..=MAX_CALLER_CEILING).contains(budget))
            .map(Self)
            .ok_or(BadThinkingBudget(tokens))
    }
}

/// What a phase says of thinking. A plan for several providers gives both: each model takes the one
/// that it understands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThinkingWish {
    /// A budget, in tokens.
    pub budget: Option<Tokens>,
    /// A level.
    pub effort: Option<Effort>,
}

/// How a call asks its model to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThinkingSetting {
    /// Up to this budget.
    Budget(Tokens),
    /// As hard as this.
    Effort(Effort),
}

impl ThinkingSetting {
    /// The budget, where it is one.
    #[must_use]
    pub const fn budget(self) -> Option<Tokens> {
        match self {
            Self::Budget(budget) => Some(budget),
            Self::Effort(_) => None,
        }
    }
}

/// A wish that a model cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadWish {
    /// The model does not think.
    NoThinking,
    /// The model takes a budget, and the phase gives only an effort.
    WantsBudget,
    /// The model takes an effort, and the phase gives only a budget.
    WantsEffort,
}

impl fmt::Display for BadWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoThinking => {
                "does not think: leave `thinking_budget_tokens` and `effort` out, or choose another model"
            }
            Self::WantsBudget => "is told to think by a budget: add `thinking_budget_tokens`",
            Self::WantsEffort => {
                "is told to think by a level: add `effort` (`low`, `medium`, `high`)"
            }
        })
    }
}

impl ThinkingWish {
    /// Whether nothing is wished for.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.budget.is_none() && self.effort.is_none()
    }

    /// What a model with this control is told.
    ///
    /// # Errors
    /// [`BadWish`] where it cannot be told what is wished.
    pub fn of(self, control: ThinkingControl) -> Result<Option<ThinkingSetting>, BadWish> {
        match (control, self.budget, self.effort) {
            (_, None, None) => Ok(None),
            (ThinkingControl::Budget, Some(budget), _) => Ok(Some(ThinkingSetting::Budget(budget))),
            (ThinkingControl::Effort, _, Some(effort)) => Ok(Some(ThinkingSetting::Effort(effort))),
            (ThinkingControl::None, ..) => Err(BadWish::NoThinking),
            (ThinkingControl::Budget, None, _) => Err(BadWish::WantsBudget),
            (ThinkingControl::Effort, _, None) => Err(BadWish::WantsEffort),
        }
    }
}

/// A ceiling and the thinking budget inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconciled {
    /// What goes on the wire: budget and answer together.
    pub ceiling: Tokens,
    /// The budget; `None` where no room is left for the least one.
    pub thinking_budget: Option<Tokens>,
}

/// The ceiling that leaves `answer` its room beside a thinking `budget`, under `limit`. Where both do
/// not fit, the budget is lowered, at the lowest to [`LEAST_THINKING_BUDGET`]; where even that would take
/// more than half of the limit, there is no thinking at all.
#[must_use]
pub fn reconcile(answer: Tokens, budget: Tokens, limit: Tokens) -> Reconciled {
    if answer.plus(budget) <= limit {
        return Reconciled {
            ceiling: answer.plus(budget),
            thinking_budget: Some(budget),
        };
    }
    if LEAST_THINKING_BUDGET.times(2) > limit {
        return Reconciled {
            ceiling: answer.at_most(limit),
            thinking_budget: None,
        };
    }
    let left = Tokens::new(limit.get().saturating_sub(answer.get()));
    Reconciled {
        ceiling: limit,
        thinking_budget: Some(left.at_least(LEAST_THINKING_BUDGET.at_most(budget))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reconciled(answer: u64, budget: u64, limit: u64) -> (u64, Option<u64>) {
        let both = reconcile(Tokens::new(answer), Tokens::new(budget), Tokens::new(limit));
        (both.ceiling.get(), both.thinking_budget.map(Tokens::get))
    }

    #[test]
    fn the_budget_comes_on_top_and_gives_way_at_the_limit() {
        assert_eq!(reconciled(4096, 8000, 64_000), (12_096, Some(8000)));
        assert_eq!(reconciled(4096, 8000, 10_000), (10_000, Some(5904)));
        assert_eq!(reconciled(9500, 8000, 10_000), (10_000, Some(1024)));
        assert_eq!(reconciled(4096, 8000, 2000), (2000, None));
    }

    #[test]
    fn each_model_is_told_what_it_understands() {
        let both = ThinkingWish {
            budget: Some(Tokens::new(2048)),
            effort: Some(Effort::Low),
        };
        let budget = Ok(Some(ThinkingSetting::Budget(Tokens::new(2048))));
        assert_eq!(both.of(ThinkingControl::Budget), budget);
        let effort = Ok(Some(ThinkingSetting::Effort(Effort::Low)));
        assert_eq!(both.of(ThinkingControl::Effort), effort);
        assert_eq!(both.of(ThinkingControl::None), Err(BadWish::NoThinking));
        let nothing = ThinkingWish::default();
        assert_eq!(nothing.of(ThinkingControl::None), Ok(None));
        let effort = ThinkingWish {
            budget: None,
            ..both
        };
        assert_eq!(
            effort.of(ThinkingControl::Budget),
            Err(BadWish::WantsBudget)
        );
    }

    proptest! {
        /// The answer has its room or half of the limit, and the ceiling stays under the limit.
        #[test]
        fn there_is_room_for_an_answer(answer in 1..200_000_u64, budget in 1024..200_000_u64, limit in 1..200_000_u64) {
            let (ceiling, thinking) = reconciled(answer, budget, limit);
            prop_assert!(ceiling <= limit);
            let room = ceiling - thinking.unwrap_or(0);
            prop_assert!(room >= answer.min(limit / 2), "{room} of {ceiling}");
            prop_assert!(thinking.is_none_or(|thinking| (1024..=budget).contains(&thinking)));
        }
    }
}
