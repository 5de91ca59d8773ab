//! What several targets hold.

use autopack_core::{
    CallFacts, Decision, EmptyWorkspace, Phase, Policy, Provider, Question, Target, Tokens, decide,
};

/// A model that writes little, so that its limit binds now and then.
const MODEL_LIMIT: Tokens = Tokens::new(20_000);

/// What is sent along where the model is to think.
const THINKING_BUDGET: Tokens = Tokens::new(4096);

/// Decides `phase` on every provider, with and without thinking, and holds what holds for every
/// decision.
///
/// # Panics
/// Where it does not.
pub fn check_decisions(phase: &Phase, policy: &Policy) {
    for thinking_budget in [None, Some(THINKING_BUDGET)] {
        let decisions = Provider::ALL.map(|provider| {
            decide(Question {
                phase,
                policy,
                workspace: &EmptyWorkspace,
                context: None,
                target: Target {
                    provider,
                    model_limit: MODEL_LIMIT,
                    thinking_budget,
                },
                facts: CallFacts::default(),
            })
        });
        for decision in &decisions {
            check(decision);
            assert_eq!(decision.estimate, decisions[0].estimate);
            assert_eq!(decision.selected_budget, decisions[0].selected_budget);
        }
    }
}

/// The ceiling stands between the intent and the model's limit and above what is thought, and the
/// trace leads to it.
fn check(decision: &Decision) {
    let ceiling = decision.actual_max_tokens;
    assert!(Tokens::new(0) < ceiling && ceiling <= MODEL_LIMIT);
    if let Some(selected) = decision.selected_budget {
        assert!(ceiling >= selected.min(MODEL_LIMIT));
    }
    if let Some(thinking) = decision.thinking_budget {
        assert!(thinking < ceiling && thinking <= THINKING_BUDGET);
    }
    let mut at = None;
    for step in decision.steps() {
        assert_eq!(step.before, at);
        assert!(!step.reason.to_string().is_empty());
        at = Some(step.after);
    }
    assert_eq!(at, Some(ceiling));
}
