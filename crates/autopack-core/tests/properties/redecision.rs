//! A decision that was written down, taken again under another policy.

use autopack_core::{
    Decision, LoggedDecision, LoggedStep, Phase, Policy, Provider, Redecision, StepName, Tokens,
    Undecidable,
};
use proptest::prelude::*;

use crate::phases::{phase, target};
use crate::{FACTS, decided_by};

/// Numbers that what telemetry keeps of a decision is enough for.
const OTHER_NUMBERS: &str = r#"
extends = "build-142"
name = "other-numbers"
[estimate.multiplier]
docs = { low = 0.6, high = 2.0 }
backend = { medium = 0.5 }
implementation = { high = 0.4 }
[base]
docs = { low = 512, medium = 1024, high = 2048 }
universal = { low = 700, medium = 900, high = 1100 }
[buffer]
default = 1.05
low_confidence = 1.3
many_deliverables = 1.7
many_deliverables_from = 5
high_complexity = 1.5
exact = { doc_synthesis = 1.4 }
[budget]
limit_tokens = 30000
[ceiling]
docs.high = { any = { exactly = 1500 }, openai = { at_least = 12000 } }
backend.medium.any.exactly = 25000
docs.medium.any = { exactly = 1500, at_estimate = 1000, exponent = 0.5, down_to = 1200 }
backend.high.openai = { at_least = 9000, at_estimate = 4000, exponent = 1.0 }
backend.medium.any.model.gpt-5.effort.high.at_least = 9000
docs.low.openai.model.gpt-5.effort.high.template.operations.input.4096.exactly = 1100
tests.low.any.model.gpt-5 = { exactly = 800, effort.low.exactly = 1 }
[fallback]
low = 3000
medium = 5000
high = 7000
other = 4000
[floor]
anthropic = 3000
openai = 2000
gemini = 20000
keep_intended_docs_budget = false
[sizing]
manifest_tokens = 5000
category_tokens = 6000
backend_tokens = 7000
"#;

thread_local! {
    static POLICY: Policy = Policy::build_142();
    static OTHER: Policy = Policy::parse(OTHER_NUMBERS).expect("a policy");
}

/// What telemetry keeps of a decision, taken again.
fn again(
    phase: &Phase,
    provider: Provider,
    decision: &Decision,
    [decided_by, policy]: [&Policy; 2],
) -> Result<Tokens, Undecidable> {
    let steps: Vec<LoggedStep> = decision
        .steps()
        .iter()
        .map(|step| LoggedStep {
            name: step.name.as_str().to_owned(),
            after: step.after,
            reason: step.reason.to_string(),
        })
        .collect();
    let estimate = decision.estimate.as_ref();
    Redecision::new(decided_by, policy).ceiling(&LoggedDecision {
        provider,
        category: &phase.category_or_inferred(),
        complexity: phase.complexity,
        estimated_category: estimate.map(|estimate| &estimate.category),
        confidence: estimate.map(|estimate| estimate.confidence),
        n_deliverables: phase.deliverables.len(),
        caller_ceiling: phase.caller_ceiling,
        thinking_budget: decision.thinking_budget,
        facts: FACTS,
        steps: &steps,
    })
}

proptest! {
    #[test]
    fn a_decision_taken_again_is_the_decision_that_would_have_been_taken(
        phase in phase(), target in target(), context: bool, swapped: bool, refused in prop::option::of(500_u64..9000),
    ) {
        let policies = [&POLICY, &OTHER];
        let [before, after] = if swapped { [policies[1], policies[0]] } else { policies };
        let lower = |decision: Decision| match refused.map(Tokens::new) {
            Some(limit) if decision.actual_max_tokens > limit => decision.lowered(limit),
            _ => decision,
        };
        before.with(|before| after.with(|after| {
            let logged = lower(decided_by(before, &phase, target, context));
            let would_be = lower(decided_by(after, &phase, target, context));
            let provider = target.provider;
            match again(&phase, provider, &logged, [before, before]) {
                Ok(ceiling) => prop_assert_eq!(ceiling, logged.actual_max_tokens),
                Err(error) => {
                    prop_assert_eq!(error, Undecidable::Thinking);
                    prop_assert!(target.thinking_budget.is_some());
                }
            }
            match again(&phase, provider, &logged, [before, after]) {
                Ok(ceiling) => {
                    // A refusal that was never made is known to telemetry only where it was.
                    let is_known = logged.steps().iter().any(|step| step.name == StepName::ProviderLimit);
                    prop_assume!(is_known || refused.is_none());
                    prop_assert_eq!(ceiling, would_be.actual_max_tokens);
                }
                Err(Undecidable::Thinking) => prop_assert!(target.thinking_budget.is_some()),
                Err(error) => prop_assert_eq!(error, Undecidable::NotShown),
            }
            Ok(())
        }))?;
    }
}

#[test]
fn numbers_that_need_the_phase_are_named() {
    let before = Policy::build_142();
    let after = before
        .with("estimate.safety_factor", 1.5)
        .and_then(|policy| policy.with("base.docs.low", 3000))
        .expect("numbers");
    let redecision = Redecision::new(&before, &after);
    assert_eq!(
        redecision.keys_that_need_the_phase(),
        ["estimate.safety_factor"]
    );
}
