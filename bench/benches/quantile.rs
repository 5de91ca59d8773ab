//! What ceilings by quantile cost: fitting a thousand groups anew, and a decision under a policy that has them.

use autopack_calibrate::Cell;
use autopack_calibrate::learned::TargetTruncation;
use autopack_calibrate::quantile::{Fit, GroupKey, GroupLengths, Within};
use autopack_core::{
    CallFacts, Category, Complexity, EmptyWorkspace, Phase, Policy, Provider, Question, Target,
    Tokens, decide,
};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const N_GROUPS: u32 = 1000;
const CALLS_OF_A_GROUP: u64 = 100;

/// A thousand groups of a hundred calls, one in fifty cut off, in fifty categories.
fn groups() -> (Vec<GroupKey>, Vec<GroupLengths>) {
    let group = |place: u32| {
        let provider = Provider::ALL[place as usize % Provider::ALL.len()];
        let key = GroupKey {
            cell: Cell {
                category: Category::canonical(&format!("kind-{}", place / 20)).expect("a name"),
                complexity: Complexity::Low,
            },
            provider: Some(provider),
            within: Within::default(),
        };
        let mut lengths = GroupLengths::default();
        for n in 0..CALLS_OF_A_GROUP {
            let length = Tokens::new(300 + u64::from(place) + n * n * 7919 % 4000);
            if n % 50 == 0 {
                lengths.add_cut_off(length);
            } else {
                lengths.add_ended(length);
            }
        }
        (key, lengths)
    };
    (0..N_GROUPS).map(group).unzip()
}

/// The goal is 10 ms for all thousand.
#[divan::bench]
fn a_thousand_groups_fitted_anew(bencher: Bencher) {
    let (keys, groups) = groups();
    let target = TargetTruncation::new(0.02).expect("a rate");
    bencher.bench(|| {
        let fit = Fit::of(black_box(&keys), &groups, target);
        (0..keys.len())
            .filter_map(|group| fit.ceiling(group))
            .sum::<f64>()
    });
}

/// The goal is 2 µs.
#[divan::bench]
fn one_decision_with_learned_ceilings(bencher: Bencher) {
    let mut policy = Policy::build_142();
    for category in ["docs", "tests", "backend", "frontend"] {
        let key = format!("ceiling.{category}.low.openai.exactly");
        policy = policy.with(&key, 2048).expect("a policy");
    }
    let phase = Phase {
        category: Category::canonical("docs"),
        complexity: Complexity::Low,
        deliverables: ["docs/installation_steps.md"].iter().collect(),
        ..Phase::default()
    };
    let target = Target {
        provider: Provider::OpenAi,
        model_limit: Tokens::new(128_000),
        thinking_budget: None,
    };
    bencher.bench(|| {
        decide(Question {
            phase: black_box(&phase),
            policy: &policy,
            workspace: &EmptyWorkspace,
            context: None,
            target,
            facts: CallFacts::default(),
        })
    });
}
