//! The figures of the seed report: the V8b run, before and after, and the sizing interaction.

use autopack_core::{
    CallFacts, Category, Complexity, ContextFile, Decision, EmptyWorkspace, Phase, Policy,
    Provider, Question, Reason, StepName, Target, Tokens, decide, waste,
};

const V8B: [(&str, u64, &str); 3] = [
    ("docs/installation_steps.md", 1252, "3.27"),
    ("docs/configuration_basics.md", 1092, "3.75"),
    ("docs/troubleshooting_tips.md", 1198, "3.42"),
];

fn docs_low(deliverable: &str) -> Phase {
    Phase {
        category: Some(Category::Docs),
        category_spelling: "docs".to_owned(),
        complexity: Complexity::Low,
        deliverables: [deliverable].iter().collect(),
        ..Phase::default()
    }
}

fn decided(
    phase: &Phase,
    policy: &str,
    provider: Provider,
    context: Option<&[ContextFile]>,
) -> Decision {
    decide(Question {
        phase,
        policy: &Policy::embedded(policy).expect("embedded"),
        workspace: &EmptyWorkspace,
        context,
        target: Target {
            provider,
            model_limit: Tokens::new(64_000),
            thinking_budget: None,
        },
        facts: CallFacts::default(),
    })
}

fn step(decision: &Decision, name: StepName) -> Reason {
    decision
        .steps()
        .iter()
        .find(|step| step.name == name)
        .expect("the step")
        .reason
}

#[test]
fn v8b_is_4096_on_every_provider() {
    let mut wastes = Vec::new();
    for (deliverable, actual, expected) in V8B {
        let phase = docs_low(deliverable);
        for provider in Provider::ALL {
            let decision = decided(&phase, "build-142", provider, None);
            assert_eq!(
                decision.selected_budget,
                Some(Tokens::new(4096)),
                "{provider}"
            );
            assert_eq!(decision.actual_max_tokens, Tokens::new(4096), "{provider}");
        }
        let ratio = waste(Tokens::new(4096), Tokens::new(actual)).expect("a ratio");
        assert_eq!(format!("{ratio:.2}"), expected);
        wastes.push(waste(Tokens::new(8192), Tokens::new(actual)).expect("a ratio"));
    }
    // The seed tells of 7.25 on average with budgets of 8192, in an earlier run with other replies.
    // For the replies of this one it comes to 6.96.
    let before = wastes.iter().sum::<f64>() / 3.0;
    assert_eq!(format!("{before:.2}"), "6.96");
}

#[test]
fn before_and_after_per_provider() {
    let phase = docs_low("docs/guide.md");
    let ratio = |policy, provider| {
        let ceiling = decided(&phase, policy, provider, None).actual_max_tokens;
        let ratio = waste(ceiling, Tokens::new(1200)).expect("a ratio");
        (ceiling.get(), format!("{ratio:.1}"))
    };
    assert_eq!(
        ratio("pre-142", Provider::OpenAi),
        (16384, "13.7".to_owned())
    );
    assert_eq!(
        ratio("build-142", Provider::OpenAi),
        (4096, "3.4".to_owned())
    );
    assert_eq!(ratio("pre-142", Provider::Gemini), (8192, "6.8".to_owned()));
    assert_eq!(
        ratio("build-142", Provider::Gemini),
        (4096, "3.4".to_owned())
    );
}

#[test]
fn the_small_scope_rule_fires_for_docs_and_4096_is_sent_all_the_same() {
    let phase = docs_low("docs/guide.md");
    let context = [ContextFile::new("docs/index.md".to_owned(), "# Index\n")];
    let decision = decided(&phase, "build-142", Provider::Anthropic, Some(&context));
    assert_eq!(
        decision.change_size.as_deref(),
        Some("large_refactor"),
        "rule (c) fires"
    );
    let floor = Tokens::new(16384);
    assert_eq!(
        step(&decision, StepName::SpecialModeFloor),
        Reason::IntendedBudgetKept { floor },
        "the floor is considered and spares the intended budget"
    );
    assert_eq!(decision.actual_max_tokens, Tokens::new(4096));

    let before = decided(&phase, "pre-142", Provider::Anthropic, Some(&context));
    assert_eq!(before.actual_max_tokens, floor, "what the floor did before");
}

#[test]
fn an_inferred_docs_category_does_not_spare_the_floor() {
    let phase = Phase {
        category: None,
        ..docs_low("docs/guide.md")
    };
    let decision = decided(&phase, "build-142", Provider::OpenAi, None);
    assert_eq!(decision.selected_budget, Some(Tokens::new(4096)));
    assert_eq!(decision.actual_max_tokens, Tokens::new(16384));
}

#[test]
fn the_ceiling_never_passes_the_models_limit() {
    let deliverables: Vec<String> = (0..7).map(|n| format!("src/part_{n}.rs")).collect();
    let phase = Phase {
        category: Some(Category::Integration),
        complexity: Complexity::High,
        deliverables: deliverables.iter().collect(),
        ..Phase::default()
    };
    let decision = decide(Question {
        phase: &phase,
        policy: &Policy::build_142(),
        workspace: &EmptyWorkspace,
        context: None,
        target: Target {
            provider: Provider::OpenAi,
            model_limit: Tokens::new(16_384),
            thinking_budget: None,
        },
        facts: CallFacts::default(),
    });
    assert!(decision.selected_budget > Some(Tokens::new(16_384)));
    assert_eq!(decision.actual_max_tokens, Tokens::new(16_384));
    let last = decision.steps().last().expect("a step");
    assert_eq!(
        last.reason,
        Reason::AboveLimit {
            limit: Tokens::new(16_384)
        }
    );
}

#[test]
fn a_thinking_budget_leaves_the_answer_its_room() {
    let phase = docs_low("docs/guide.md");
    let decide_with = |limit| {
        decide(Question {
            phase: &phase,
            policy: &Policy::build_142(),
            workspace: &EmptyWorkspace,
            context: None,
            target: Target {
                provider: Provider::Anthropic,
                model_limit: Tokens::new(limit),
                thinking_budget: Some(Tokens::new(8000)),
            },
            facts: CallFacts::default(),
        })
    };
    assert_eq!(decide_with(64_000).actual_max_tokens, Tokens::new(12_096));
    assert!(decide_with(64_000).warnings.is_empty());
    let narrow = decide_with(8000);
    assert_eq!(narrow.actual_max_tokens, Tokens::new(8000));
    assert_eq!(narrow.thinking_budget, Some(Tokens::new(8000 - 4096)));
    assert_eq!(
        narrow.warnings[0].to_string(),
        "a thinking budget of 8000 does not fit beside the answer under the model's limit: 3904 is sent; lower it"
    );
    let refused = decide_with(64_000).lowered(Tokens::new(6000));
    assert_eq!(refused.thinking_budget, Some(Tokens::new(6000 - 4096)));
}
