//! What becomes of a call's ceiling. Deciding takes no lock that learning holds, makes no mistake the
//! client has to pay for, and gives way wherever it does not know.

mod group;
mod groups;
mod kept;
mod learned;
mod lesson;
mod mode;
mod pupil;

use std::sync::Arc;

use autopack_core::{LEAST_THINKING_BUDGET, Tokens, reconcile};
use autopack_wire::{Ceiling, RequestFacts, ThinkingMode};

use crate::ladder::Ladder;

pub(crate) use group::GroupKey;
pub(crate) use groups::Group;
pub(crate) use kept::{Kept, KeptError, KeptGroup};
pub(crate) use learned::Learning;
pub use learned::{LearningCounts, PastCall};
pub use lesson::Lesson;
pub(crate) use lesson::{End, Told, What};
pub use mode::{Mode, UnknownMode};

/// The least ceiling that is set, in tokens: OpenAI's Responses refuse less than 16 (openai-openapi
/// 2.3.0), and below four times that there is nothing to win.
const LEAST_CEILING: Tokens = Tokens::new(64);

/// What became of a call's ceiling, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// Too little is known of its group.
    Learning,
    /// It may not be changed: by the mode, or because a cut could not be made good.
    Observed,
    /// It is as low already as it would be set.
    Kept,
    /// There was none, and one was set.
    Filled,
    /// It was lowered.
    Tightened,
    /// The request could not be understood, and went through as it came.
    Passed,
}

impl Action {
    /// The word in headers and metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Learning => "learning",
            Self::Observed => "observed",
            Self::Kept => "kept",
            Self::Filled => "filled",
            Self::Tightened => "tightened",
            Self::Passed => "passed",
        }
    }
}

/// What a decision depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) mode: Mode,
    /// The client's own ceiling.
    pub(crate) requested: Ceiling,
    /// What the model can write, where that is known.
    pub(crate) limit: Option<Tokens>,
    /// The thinking budget inside the ceiling.
    pub(crate) thinking_budget: Option<Tokens>,
    /// Whether a reply that was cut off can be asked for again before the client sees it, or the user
    /// takes it as it comes.
    pub(crate) may_lower: bool,
}

/// What was decided for a call. Intent, the client's ceiling and what is sent are three numbers.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) action: Action,
    pub(crate) mode: Mode,
    /// Where the call is learned; `None` where nothing can be learned from it.
    pub(crate) group: Option<Arc<Group>>,
    /// The client's own ceiling.
    pub(crate) requested: Option<Tokens>,
    /// The intent: what would be sent if nothing stood in the way.
    pub(crate) selected_budget: Option<Tokens>,
    /// The way up from what is sent first.
    pub(crate) ladder: Ladder,
}

impl Decision {
    /// The call goes through as it came.
    pub(crate) const fn passed(mode: Mode) -> Self {
        Self {
            action: Action::Passed,
            mode,
            group: None,
            requested: None,
            selected_budget: None,
            ladder: Ladder::as_it_came(None),
        }
    }

    /// Decides for a call of `group`.
    pub(crate) fn of(question: &Question, group: Option<Arc<Group>>) -> Self {
        let learned = group.as_deref().and_then(Group::ceiling);
        let selected_budget = learned.map(|learned| intent(learned, question.thinking_budget));
        let (action, ladder) = match &group {
            Some(_) => act(question, selected_budget),
            None => (
                Action::Observed,
                Ladder::as_it_came(question.requested.given()),
            ),
        };
        Self {
            action,
            mode: question.mode,
            group,
            requested: question.requested.given(),
            selected_budget,
            ladder,
        }
    }
}

/// What a ceiling has to be for a reply as long as `learned`: one more, for a reply that fills its ceiling
/// cannot be told from one that was cut off, and would be asked for again. A thinking budget that is stated comes on
/// top: nobody knows how much of what was learned was thinking, and a ceiling one above the budget is
/// legal and leaves one token.
fn intent(learned: Tokens, thinking_budget: Option<Tokens>) -> Tokens {
    let answer = learned.plus(Tokens::new(1)).at_least(LEAST_CEILING);
    match thinking_budget {
        Some(budget) => reconcile(answer, budget, Tokens::new(u64::MAX)).ceiling,
        None => answer,
    }
}

fn act(question: &Question, intent: Option<Tokens>) -> (Action, Ladder) {
    let own = question.requested.given();
    let unchanged = |action| (action, Ladder::as_it_came(own));
    let Some(intent) = intent else {
        return unchanged(Action::Learning);
    };
    let is_unusable = question.requested == Ceiling::Unusable;
    if question.mode == Mode::Observe || !question.may_lower || is_unusable {
        return unchanged(Action::Observed);
    }
    if own.is_some() && question.mode == Mode::Fill {
        return unchanged(Action::Kept);
    }
    match (Ladder::lowered(intent, own, question.limit), own) {
        (Some(ladder), Some(_)) => (Action::Tightened, ladder),
        (Some(ladder), None) => (Action::Filled, ladder),
        (None, _) => unchanged(Action::Kept),
    }
}

/// The thinking budget inside the ceiling, where the request states one. Below the least that providers
/// take there is none.
pub(crate) fn thinking_budget(facts: &RequestFacts<'_>) -> Option<Tokens> {
    match facts.thinking.mode {
        ThinkingMode::On(budget) => budget.filter(|budget| *budget >= LEAST_THINKING_BUDGET),
        ThinkingMode::Unset | ThinkingMode::Off | ThinkingMode::Adaptive => None,
    }
}

/// The word for how hard a model is told to think: the request's own, or how it is told otherwise.
pub(crate) fn effort<'a>(facts: &'a RequestFacts<'_>) -> &'a str {
    let own = facts.thinking.effort.as_deref();
    own.unwrap_or(match facts.thinking.mode {
        ThinkingMode::Unset => "default",
        ThinkingMode::Off => "off",
        ThinkingMode::Adaptive => "adaptive",
        ThinkingMode::On(_) => "budget",
    })
}

#[cfg(test)]
mod tests;
