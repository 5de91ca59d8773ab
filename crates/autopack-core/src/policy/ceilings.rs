//! Ceilings that calibration learned, group by group.

use std::collections::BTreeMap;

use serde::Deserialize;

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
}

/// The rule that decides a call, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LearnedRule {
    /// What was learned.
    pub rule: CeilingRule,
    /// By what calls of its group are told apart; `None` where it is all calls to the provider.
    pub level: Option<Level>,
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
        is_there.then_some(CeilingRule { exactly, at_least })
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
            facts: FACTS,
        })
    }

    const FACTS: CallFacts<'static> = CallFacts {
        model: Some("meta/llama-4.1"),
        effort: Some("default"),
        template: Some("prose"),
        estimated_input: Some(Tokens::new(5000)),
    };

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

    const FINER: &str = "[ceiling.docs.low.openai]\nexactly = 900\n\
         [ceiling.docs.low.openai.model.\"meta/llama-4.1\"]\nat_least = 7000\n\
         [ceiling.docs.low.openai.model.\"meta/llama-4.1\".effort.default.template.prose.input.8192]\n\
         exactly = 1234\n\
         [ceiling.docs.low.any.model.gpt-5]\nexactly = 1\n";

    #[test]
    fn the_finest_row_that_a_call_belongs_to_decides() {
        let text = format!("extends = \"build-142\"\nname = \"x\"\n{FINER}");
        let policy = Policy::parse(&text).expect("a policy");
        let ceilings = &policy.numbers().ceiling;
        let of = |facts, provider| {
            let learned = ceilings.of(&Category::Docs, Complexity::Low, provider, facts);
            learned.map(|learned| (learned.level, learned.rule.exactly.map(Tokens::get)))
        };
        let on = |facts| of(facts, Provider::OpenAi);
        let other_input = CallFacts {
            estimated_input: Some(Tokens::new(9000)),
            ..FACTS
        };
        let other_model = CallFacts {
            model: Some("gpt-5"),
            ..FACTS
        };
        assert_eq!(on(FACTS), Some((Some(Level::Input), Some(1234))));
        assert_eq!(on(other_input), Some((Some(Level::Model), None)));
        assert_eq!(on(other_model), Some((None, Some(900))));
        assert_eq!(on(CallFacts::default()), Some((None, Some(900))));
        // On another provider the rows of any count, and what they do not name is decided by none.
        assert_eq!(of(FACTS, Provider::Gemini), None);
        assert_eq!(
            of(other_model, Provider::Gemini),
            Some((Some(Level::Model), Some(1)))
        );

        let asks = |facts, provider| {
            ceilings.asks_for_more(&Category::Docs, Complexity::Low, provider, facts)
        };
        let less = CallFacts {
            effort: None,
            ..FACTS
        };
        assert!(asks(less, Provider::OpenAi) && asks(CallFacts::default(), Provider::OpenAi));
        assert!(!asks(FACTS, Provider::OpenAi) && !asks(other_model, Provider::OpenAi));
        assert!(asks(CallFacts::default(), Provider::Gemini) && !asks(less, Provider::Gemini));
        let row = |within: &[&'static str]| {
            let names = within.iter().copied();
            ceilings.row(
                &Category::Docs,
                Complexity::Low,
                Some(Provider::OpenAi),
                names,
            )
        };
        assert_eq!(
            row(&["meta/llama-4.1"]).and_then(|rule| rule.at_least),
            Some(Tokens::new(7000))
        );
        assert_eq!(row(&["meta/llama-4.1", "default"]), None);
    }

    #[test]
    fn a_finer_row_says_in_the_trace_where_it_stands() {
        let decision = decided(FINER, Provider::OpenAi, "docs");
        assert_eq!(decision.actual_max_tokens, Tokens::new(1234));
        let mut steps = decision.steps().iter();
        let learned = steps
            .find(|step| step.name == StepName::Learned)
            .expect("a step");
        assert_eq!(
            learned.reason.to_string(),
            "learned from the lengths of its group by model, effort, template and input size"
        );
    }

    #[test]
    fn what_is_no_finer_row_is_told_with_what_is_allowed() {
        let refused = |rules: &str| {
            let text = format!("extends = \"build-142\"\nname = \"x\"\n{rules}");
            Policy::parse(&text).expect_err("no policy").to_string()
        };
        for (rules, expected) in [
            (
                "ceiling.docs.low.openai.effort.high.exactly = 9\n",
                "unknown policy key `ceiling.docs.low.openai.effort`: allowed are `exactly`, `at_least` and finer groups",
            ),
            (
                "ceiling.docs.low.openai.model.gpt-5.input.8192.exactly = 9\n",
                "unknown policy key `ceiling.docs.low.openai.model.gpt-5.input`: allowed are",
            ),
            (
                "ceiling.docs.low.openai.model.gpt-5.exactly = 0\n",
                "policy key `ceiling.docs.low.openai.model.gpt-5.exactly` is `0`: allowed is a whole number of tokens",
            ),
            (
                "ceiling.docs.low.openai.model = 9\n",
                "policy key `ceiling.docs.low.openai.model` is `9`: allowed is a table of keys",
            ),
            (
                "ceiling.docs.low.openai.model.m.effort.e.template.t.input.8000.exactly = 9\n",
                "policy key `ceiling.docs.low.openai.model.m.effort.e.template.t.input.8000` names no input size: \
                 allowed are their upper edges in tokens, `256`, `512`",
            ),
        ] {
            let error = refused(rules);
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
