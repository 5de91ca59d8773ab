//! Ceilings that calibration learned, group by group.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::relative::{Exponent, Relative};
use crate::call_facts::{CallFacts, Level};
use crate::phase::{Category, Complexity};
use crate::provider::Provider;
use crate::tokens::Tokens;

/// The name that stands for every provider without a row of its own.
pub const ANY_PROVIDER: &str = "any";

/// What calibration learned of the budget of a group. Both may be there, one from an earlier calibration:
/// then `exactly` holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CeilingRule {
    /// The budget itself, whatever is estimated; no floor raises it. Calls that take longer are rare enough.
    pub exactly: Option<Tokens>,
    /// The budget is no lower: what the other rules select was seen to cut off too much.
    pub at_least: Option<Tokens>,
    /// How both go with the estimate; `None` where they are the same at every one.
    pub relative: Option<Relative>,
}

impl CeilingRule {
    /// The budget itself, at this estimate.
    #[must_use]
    pub fn exactly_at(self, estimate: Tokens) -> Option<Tokens> {
        self.exactly.map(|ceiling| self.at(ceiling, estimate))
    }

    /// The least budget, at this estimate.
    #[must_use]
    pub fn at_least_at(self, estimate: Tokens) -> Option<Tokens> {
        self.at_least.map(|ceiling| self.at(ceiling, estimate))
    }

    fn at(self, ceiling: Tokens, estimate: Tokens) -> Tokens {
        let relative = self.relative;
        relative.map_or(ceiling, |relative| relative.ceiling(ceiling, estimate))
    }
}

/// The rule that decides a call, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LearnedRule {
    /// What was learned.
    pub rule: CeilingRule,
    /// By what calls of its group are told apart; `None` where it is all calls to the provider.
    pub level: Option<Level>,
}

impl LearnedRule {
    /// Where its number comes from.
    pub(crate) fn from(self) -> LearnedFrom {
        let CeilingRule {
            exactly,
            at_least,
            relative,
        } = self.rule;
        LearnedFrom {
            level: self.level,
            relative: exactly.or(at_least).zip(relative),
        }
    }
}

/// Where a learned number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LearnedFrom {
    /// By what calls of its group are told apart; `None` where it is all calls to the provider.
    pub level: Option<Level>,
    /// The ceiling that is written down, and how it goes with the estimate, where it does.
    pub relative: Option<(Tokens, Relative)>,
}

/// Learned budgets by category, complexity and provider, and below by what else is known of calls. A group
/// without one goes by the row above it, and in the end by the other rules.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct LearnedCeilings(BTreeMap<String, BTreeMap<String, BTreeMap<String, Row>>>);

/// What is written down of a group, and of the finer ones in it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
struct Row {
    exactly: Option<Tokens>,
    at_least: Option<Tokens>,
    at_estimate: Option<Tokens>,
    exponent: Option<f64>,
    down_to: Option<Tokens>,
    /// By name, on the next level. The schema sees that the table is called by the level it is on.
    #[serde(
        default,
        alias = "model",
        alias = "effort",
        alias = "template",
        alias = "input"
    )]
    finer: BTreeMap<String, Row>,
}

impl Row {
    /// Its rule; `None` where there are only finer ones.
    fn rule(&self) -> Option<CeilingRule> {
        let Self {
            exactly, at_least, ..
        } = *self;
        let is_there = exactly.is_some() || at_least.is_some();
        is_there.then(|| CeilingRule {
            exactly,
            at_least,
            relative: self.relative(),
        })
    }

    fn relative(&self) -> Option<Relative> {
        Some(Relative {
            at_estimate: self.at_estimate?,
            exponent: Exponent::of(self.exponent?)?,
            down_to: self.down_to,
        })
    }
}

impl LearnedCeilings {
    /// What decides a call: the finest row that it belongs to on this provider, else on any.
    #[must_use]
    pub fn of(
        &self,
        category: &Category,
        complexity: Complexity,
        provider: Provider,
        facts: CallFacts<'_>,
    ) -> Option<LearnedRule> {
        let rows = self.rows(category, complexity)?;
        let on = |name| finest(rows.get(name)?, facts);
        on(provider.as_str()).or_else(|| on(ANY_PROVIDER))
    }

    /// Whether a finer row than the one that decides might have to, were more known of the call.
    #[must_use]
    pub fn asks_for_more(
        &self,
        category: &Category,
        complexity: Complexity,
        provider: Provider,
        facts: CallFacts<'_>,
    ) -> bool {
        let Some(rows) = self.rows(category, complexity) else {
            return false;
        };
        let own = rows.get(provider.as_str());
        let decides = own.filter(|row| finest(row, facts).is_some());
        let rows = [own, rows.get(ANY_PROVIDER).filter(|_| decides.is_none())];
        let mut rows = rows.into_iter().flatten();
        rows.any(|row| ends_above_rows(row, facts))
    }

    /// What is written down of just this group: `None` stands for [`ANY_PROVIDER`], and `within` are the
    /// names of the finer group, from the model on.
    #[must_use]
    pub fn row<'a>(
        &self,
        category: &Category,
        complexity: Complexity,
        provider: Option<Provider>,
        within: impl IntoIterator<Item = &'a str>,
    ) -> Option<CeilingRule> {
        let name = provider.map_or(ANY_PROVIDER, Provider::as_str);
        let row = self.rows(category, complexity)?.get(name)?;
        let mut names = within.into_iter();
        names.try_fold(row, |row, name| row.finer.get(name))?.rule()
    }

    fn rows(&self, category: &Category, complexity: Complexity) -> Option<&BTreeMap<String, Row>> {
        self.0.get(category.as_str())?.get(complexity.as_str())
    }
}

/// The rule of the finest row below this one that a call belongs to, or its own.
fn finest(row: &Row, facts: CallFacts<'_>) -> Option<LearnedRule> {
    let mut decides = row.rule().map(|rule| LearnedRule { rule, level: None });
    let mut here = row;
    for (level, name) in facts.names() {
        let Some(finer) = here.finer.get(name) else {
            break;
        };
        here = finer;
        let rule = here.rule().map(|rule| LearnedRule {
            rule,
            level: Some(level),
        });
        decides = rule.or(decides);
    }
    decides
}

/// Whether what is known of a call ends where there are finer rows.
fn ends_above_rows(row: &Row, facts: CallFacts<'_>) -> bool {
    let mut names = facts.names().map(|(_, name)| name);
    let ends_at = names.try_fold(row, |row, name| row.finer.get(name));
    ends_at.is_some_and(|row| !row.finer.is_empty())
}

#[cfg(test)]
mod tests;
