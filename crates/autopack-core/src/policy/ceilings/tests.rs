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

    let asks =
        |facts, provider| ceilings.asks_for_more(&Category::Docs, Complexity::Low, provider, facts);
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
            "unknown policy key `ceiling.docs.low.openai.effort`: allowed are `exactly`, `at_least`, `at_estimate`, `exponent`, `down_to` and finer groups",
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

#[test]
fn a_ceiling_goes_with_the_estimate_where_it_says_so() {
    let sent = |rules: &str| {
        let decision = decided(rules, Provider::OpenAi, "frontend");
        let estimate = decision
            .estimate
            .as_ref()
            .expect("an estimate")
            .output_tokens;
        let mut steps = decision.steps().iter();
        let learned = steps.find(|step| step.name == StepName::Learned);
        let reason = learned.map(|step| step.reason.to_string());
        (
            estimate.get(),
            decision.actual_max_tokens.get(),
            reason.unwrap_or_default(),
        )
    };
    let (estimate, bare, _) = sent("");
    let row = |rest: &str| format!("ceiling.frontend.low.openai = {{ {rest} }}\n");
    let (_, ceiling, reason) = sent(&row("exactly = 3000, at_estimate = 1300, exponent = 1.0"));
    assert_eq!(ceiling, 3000 * estimate / 1300);
    assert_eq!(
        reason,
        "learned from the lengths of its group (3000 at an estimate of 1300, in proportion)"
    );
    let (_, ceiling, reason) = sent(&row(
        "exactly = 900, at_estimate = 65000, exponent = 0.5, down_to = 700",
    ));
    assert_eq!(ceiling, 700);
    assert!(
        reason.ends_with("(900 at an estimate of 65000, with its root, down to 700)"),
        "{reason}"
    );
    let (_, ceiling, reason) = sent(&row("at_least = 9000, at_estimate = 1300, exponent = 1.0"));
    assert_eq!(ceiling, 9000 * estimate / 1300);
    assert!(reason.starts_with("raised to "), "{reason}");
    let (_, ceiling, _) = sent(&row("at_least = 300, at_estimate = 1300, exponent = 1.0"));
    assert_eq!(ceiling, bare, "what is needed at least lowers nothing");
}

#[test]
fn half_of_what_goes_with_the_estimate_is_refused_with_what_is_missing() {
    for (row, expected) in [
        (
            "exactly = 9, exponent = 0.5",
            "policy key `ceiling.docs.low.openai.at_estimate` is missing",
        ),
        (
            "exactly = 9, at_estimate = 1500",
            "policy key `ceiling.docs.low.openai.exponent` is missing",
        ),
        (
            "exactly = 9, down_to = 3",
            "policy key `ceiling.docs.low.openai.at_estimate` is missing",
        ),
        (
            "at_estimate = 1500, exponent = 1",
            "policy key `ceiling.docs.low.openai.exactly` is missing",
        ),
        (
            "exactly = 9, at_estimate = 1500, exponent = 0.7",
            "policy key `ceiling.docs.low.openai.exponent` is `0.7`: allowed is 0.5 or 1.0",
        ),
    ] {
        let text = format!(
            "extends = \"build-142\"\nname = \"x\"\nceiling.docs.low.openai = {{ {row} }}\n"
        );
        let error = Policy::parse(&text).expect_err("no policy").to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
