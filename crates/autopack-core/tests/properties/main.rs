//! What holds for every phase. Failing cases are kept beside this file with their seeds.

mod phases;
mod redecision;

use autopack_core::policy::Assignment;
use autopack_core::{
    CallFacts, ContextFile, Decision, Deliverables, Phase, Policy, Provider, Question, Reason,
    StepName, Target, Tokens, decide,
};
use proptest::prelude::*;

use phases::{deliverable, phase, target, workspace};

/// Keys that are given another number, `N`.
const ASSIGNMENTS: [&[&str]; 3] = [
    &["base.docs.low=N"],
    &["floor.gemini=N", "budget.limit_tokens=N"],
    &[
        "base.\"v1.2 é\".low=N",
        "base.\"v1.2 é\".medium=N",
        "base.\"v1.2 é\".high=N",
    ],
];

/// A policy that learned something about a few cells.
const LEARNED: &str = r#"
extends = "build-142"
name = "learned"
[estimate.multiplier]
docs = { low = 0.5, medium = 1.5, high = 0.1, maintenance = 3.0 }
implementation = { low = 10.0, high = 0.333 }
doc_synthesis = { medium = 0.7 }
"#;

thread_local! {
    static POLICY: Policy = Policy::build_142();
    static LEARNED_POLICY: Policy = Policy::parse(LEARNED).expect("a policy");
}

fn decided(phase: &Phase, target: Target, with_context: bool) -> Decision {
    POLICY.with(|policy| decided_by(policy, phase, target, with_context))
}

/// What else is known of each call.
const FACTS: CallFacts<'static> = CallFacts {
    model: Some("gpt-5"),
    effort: Some("high"),
    template: Some("operations"),
    estimated_input: Some(Tokens::new(3000)),
};

fn decided_by(policy: &Policy, phase: &Phase, target: Target, with_context: bool) -> Decision {
    let context = [ContextFile {
        path: "src/a.rs".to_owned(),
        n_lines: 100,
    }];
    decide(Question {
        phase,
        policy,
        workspace: &workspace(),
        context: with_context.then_some(&context),
        target,
        facts: FACTS,
    })
}

fn applied_floor(decision: &Decision) -> Option<Tokens> {
    decision.steps().iter().find_map(|step| match step.reason {
        Reason::FloorApplied { floor, .. } => Some(floor),
        _ => None,
    })
}

proptest! {
    #[test]
    fn floor_then_selected_then_limit(phase in phase(), target in target(), context: bool) {
        let decision = decided(&phase, target, context);
        let ceiling = decision.actual_max_tokens;
        let limit = target.model_limit;
        prop_assert!(ceiling <= limit);
        if let Some(floor) = applied_floor(&decision) {
            prop_assert!(ceiling >= floor.min(limit), "floor {floor}, ceiling {ceiling}");
        }
        if let Some(selected) = decision.selected_budget {
            prop_assert!(ceiling >= selected.min(limit), "selected {selected}, ceiling {ceiling}");
        }
        prop_assert!(ceiling > Tokens::new(0));
    }

    #[test]
    fn the_trace_is_a_chain_that_ends_at_the_ceiling(
        phase in phase(), target in target(), context: bool, learned: bool,
    ) {
        let policy = if learned { &LEARNED_POLICY } else { &POLICY };
        let decision = policy.with(|policy| decided_by(policy, &phase, target, context));
        let steps = decision.steps();
        prop_assert_eq!(steps.last().map(|step| step.after), Some(decision.actual_max_tokens));
        prop_assert_eq!(steps[0].before, None);
        for pair in steps.windows(2) {
            prop_assert_eq!(pair[1].before, Some(pair[0].after));
        }
        if let Some(selected) = decision.selected_budget {
            let start = steps.iter().find(|step| step.name == StepName::Start).expect("a start");
            prop_assert_eq!(start.before, Some(selected), "intent is the number before the start");
        }
        if let Some(estimate) = &decision.estimate {
            let multiplied = steps.iter().find(|step| step.name == StepName::Multiplier);
            prop_assert_eq!(multiplied.is_some(), estimate.multiplier.is_some());
            let predicted = multiplied.unwrap_or(&steps[0]).after;
            prop_assert_eq!(predicted, estimate.output_tokens);
        }
        for step in steps {
            prop_assert!(!step.reason.to_string().is_empty());
        }
    }

    #[test]
    fn no_estimate_depends_on_the_provider(phase in phase(), target in target(), context: bool) {
        let decisions = Provider::ALL.map(|provider| {
            decided(&phase, Target { provider, ..target }, context)
        });
        for other in &decisions[1..] {
            prop_assert_eq!(&decisions[0].estimate, &other.estimate);
            prop_assert_eq!(decisions[0].selected_budget, other.selected_budget);
        }
    }

    // Within one estimate model and one row of its table: a pure-doc phase that gains a source file
    // leaves the docs row, which the rules say on purpose.
    #[test]
    fn another_deliverable_never_lowers_the_estimate(
        phase in phase(), more in deliverable(), target in target(),
    ) {
        let before = decided(&phase, target, false).estimate;
        let mut texts: Vec<String> = phase.deliverables.as_slice().to_vec();
        texts.push(more);
        let longer = Phase { deliverables: texts.iter().collect::<Deliverables>(), ..phase };
        let after = decided(&longer, target, false).estimate;
        if let (Some(before), Some(after)) = (before, after) {
            let same_model = std::mem::discriminant(&before.model) == std::mem::discriminant(&after.model);
            if same_model && before.category == after.category {
                prop_assert!(after.output_tokens >= before.output_tokens);
            }
        }
    }
}

proptest! {
    // Reading a policy takes milliseconds where nothing is optimised.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_version_is_its_content(
        assignments in prop::sample::select(ASSIGNMENTS.to_vec()),
        tokens in 1_u32..=1_048_576,
        name in "\\PC{1,60}",
    ) {
        // Numbers that `build-142` has there already would change nothing.
        prop_assume!(tokens != 4096 && tokens != 8192);
        let assignments: Vec<Assignment> = assignments
            .iter()
            .map(|text| text.replace('N', &tokens.to_string()).parse().expect("a key and its value"))
            .collect();
        let parent = Policy::build_142();
        let version = parent.amended(&assignments).expect("a policy");
        prop_assert_eq!(&version.versioned(), &version);
        let read_back = Policy::parse(&version.to_toml()).expect("a policy");
        prop_assert_eq!(&read_back, &version);
        prop_assert_eq!(parent.differences(&version).len(), assignments.len());
        if !name.trim().is_empty() {
            let renamed = version.draft(&name).finish().expect("a name that is not blank");
            let renamed = renamed.versioned();
            prop_assert_eq!(&renamed.versioned(), &renamed);
            prop_assert!(renamed.name().bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }
}
