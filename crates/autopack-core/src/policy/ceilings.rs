//! Ceilings that calibration learned, group by group.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::phase::{Category, Complexity};
use crate::provider::Provider;
use crate::tokens::Tokens;

/// The name that stands for every provider without a row of its own.
pub const ANY_PROVIDER: &str = "any";

/// What calibration learned of the budget of a group. Both may be there, one from an earlier calibration:
/// then `exactly` holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct CeilingRule {
    /// The budget itself, whatever is estimated; no floor raises it. Calls that take longer are rare enough.
    pub exactly: Option<Tokens>,
    /// The budget is no lower: what the other rules select was seen to cut off too much.
    pub at_least: Option<Tokens>,
}

/// Learned budgets by category, complexity and provider. A group without one goes by the other rules.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct LearnedCeilings(BTreeMap<String, BTreeMap<String, BTreeMap<String, CeilingRule>>>);

impl LearnedCeilings {
    /// What was learned of a group: on this provider, else on any.
    #[must_use]
    pub fn of(
        &self,
        category: &Category,
        complexity: Complexity,
        provider: Provider,
    ) -> Option<CeilingRule> {
        let rows = self.rows(category, complexity)?;
        let row = rows
            .get(provider.as_str())
            .or_else(|| rows.get(ANY_PROVIDER));
        row.copied()
    }

    /// What is written down of a group, `None` standing for [`ANY_PROVIDER`].
    #[must_use]
    pub fn row(
        &self,
        category: &Category,
        complexity: Complexity,
        provider: Option<Provider>,
    ) -> Option<CeilingRule> {
        let name = provider.map_or(ANY_PROVIDER, Provider::as_str);
        self.rows(category, complexity)?.get(name).copied()
    }

    fn rows(
        &self,
        category: &Category,
        complexity: Complexity,
    ) -> Option<&BTreeMap<String, CeilingRule>> {
        self.0.get(category.as_str())?.get(complexity.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decision, EmptyWorkspace, Phase, Policy, Question, StepName, Target};

    fn decided(rules: &str, provider: Provider, category: &str) -> Decision {
        let text = format!("extends = \"build-142\"\nname = \"x\"\n{rules}");
        let phase = Phase {
            category: Category::canonical(category),
            complexity: Complexity::Low,
            deliverables: ["src/main.rs"].iter().collect(),
            ..Phase::default()
        };
        crate::decide(Question {
            phase: &phase,
            policy: &Policy::parse(&text).expect("a policy"),
            workspace: &EmptyWorkspace,
            context: None,
            target: Target {
                provider,
                model_limit: Tokens::new(128_000),
                thinking_budget: None,
            },
        })
    }

    #[test]
    fn an_exact_ceiling_goes_out_whatever_floors_there_are() {
        for provider in [Provider::Anthropic, Provider::OpenAi, Provider::Gemini] {
            let rules = format!("ceiling.frontend.low.{provider}.exactly = 3000\n");
            let decision = decided(&rules, provider, "frontend");
            assert_eq!(decision.actual_max_tokens, Tokens::new(3000));
            assert_eq!(decision.selected_budget, Some(Tokens::new(3000)));
            assert!(
                decision
                    .steps()
                    .iter()
                    .any(|step| step.name == StepName::Learned)
            );
        }
    }

    #[test]
    fn what_is_needed_at_least_lowers_nothing() {
        let bare = decided("", Provider::OpenAi, "frontend").actual_max_tokens;
        for (at_least, expected) in [(100, bare), (20_000, Tokens::new(20_000))] {
            let rules = format!("ceiling.frontend.low.any.at_least = {at_least}\n");
            let decision = decided(&rules, Provider::OpenAi, "frontend");
            assert_eq!(decision.actual_max_tokens, expected);
        }
    }

    #[test]
    fn the_providers_own_row_goes_before_that_of_any_and_exactly_before_at_least() {
        let rules = "[ceiling.docs.low]\nany = { exactly = 700 }\n\
                     openai = { exactly = 900, at_least = 5000 }\n";
        let sent = |provider| decided(rules, provider, "docs").actual_max_tokens.get();
        assert_eq!(sent(Provider::OpenAi), 900);
        assert_eq!(sent(Provider::Gemini), 700);
        let others = decided(rules, Provider::Gemini, "tests");
        assert_eq!(others, decided("", Provider::Gemini, "tests"));
    }
}
