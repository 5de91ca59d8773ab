mod runs;

use super::*;
use crate::quantile::Extent;
use autopack_core::{
    CallFacts, Category, Complexity, EmptyWorkspace, LoggedDecision, LoggedStep, Phase, Policy,
    Provider, Question, Redecision, Target, Tokens, Undecidable, decide,
};
use proptest::prelude::*;

fn cell() -> Cell {
    Cell {
        category: Category::Docs,
        complexity: Complexity::Low,
    }
}

fn call(ceiling: u64, candidate: u64, length: u64) -> ReplayedCall {
    ReplayedCall {
        ceiling: Tokens::new(ceiling),
        candidate: Tokens::new(candidate),
        length: if length <= ceiling {
            Length::Whole(Tokens::new(length))
        } else {
            Length::AtLeast(Tokens::new(ceiling))
        },
    }
}

/// Calls of one cell and one run.
fn figures(calls: &[ReplayedCall]) -> ReplayFigures {
    let mut replay = Replay::default();
    replay.cells.number(&cell(), MAX_CELLS);
    let kept = |call: &ReplayedCall| Kept {
        cell: 0,
        run: 0,
        call: *call,
    };
    replay.calls.extend(calls.iter().map(kept));
    let replayed = replay.finish(Economics::default(), SEED);
    let total = replayed.total.expect("calls");
    assert_eq!(replayed.cells, [(cell(), total)]);
    total
}

const SEED: u64 = 142;

#[test]
fn figures_by_hand() {
    let figures = figures(&[
        call(1000, 500, 400),
        call(1000, 500, 800),
        call(1000, 500, 5000),
        call(1000, 2000, 5000),
        call(1000, 2000, 1000),
    ]);
    assert_eq!(
        (figures.n_lowered, figures.n_raised, figures.n_unknown),
        (3, 2, 1)
    );
    assert_eq!(figures.logged.n_cut, Bounds::exactly(2));
    assert_eq!(figures.candidate.n_cut, Bounds { low: 2, high: 3 });
    assert_eq!(figures.logged.reserved_tokens, 5000);
    assert_eq!(figures.candidate.reserved_tokens, 5500);
    assert_eq!(figures.logged.written_tokens, Bounds::exactly(4200));
    let written = Bounds {
        low: 400 + 500 + 500 + 1000 + 1000,
        high: 400 + 500 + 500 + 2000 + 1000,
    };
    assert_eq!(figures.candidate.written_tokens, written);
    // Of 400, 800 and 1000: 2.5, 1.25 and 1; then of 400 and 1000.
    assert_eq!(figures.logged.median_waste, Some(1.25));
    assert_eq!(figures.candidate.median_waste, Some(1.625));
    // 0.05 · 5000, the two times 1000, half the median of 800 each, 0.05 · 3000 each; over 4200.
    let logged = (250.0 + 2000.0 + 800.0 + 300.0) / 4200.0;
    assert!((figures.logged.excess_cost.low - logged).abs() < 1e-12);
    assert_eq!(figures.rate(1.0), None, "five calls have no rate");
    assert!(figures.truncation_bound() > Some(0.6));
}

#[test]
fn the_unknown_are_expected_as_those_that_were_seen() {
    // Of ten that went on beyond 1000, five were seen to end by 2000.
    let seen = [1500_u64; 5].into_iter().chain([2900; 5]);
    let mut calls: Vec<_> = seen.map(|length| call(8000, 8000, length)).collect();
    calls.push(call(1000, 2000, 9999));
    let figures = figures(&calls);
    assert_eq!(figures.candidate.n_cut, Bounds { low: 0, high: 1 });
    assert!((figures.n_cut_expected - 0.5).abs() < 1e-9, "{figures:?}");
}

#[test]
fn what_cannot_be_replayed_is_counted_with_its_reason() {
    let mut replay = Replay::default();
    let mut refused = |change: fn(&mut LoggedCall<'static>), refusal| {
        let mut logged = WHOLE;
        change(&mut logged);
        assert_eq!(replay.add(&cell(), &logged), Some(refusal));
    };
    refused(|logged| logged.is_first = false, Refusal::NotFirst);
    refused(|logged| logged.end = End::Failure, Refusal::Failed);
    refused(|logged| logged.end = End::Elsewhere, Refusal::CutElsewhere);
    refused(|logged| logged.output = None, Refusal::NoUsage);
    refused(|logged| logged.actual_max_tokens = None, Refusal::NoCeiling);
    refused(|_| {}, Refusal::NoDecision);
    refused(
        |logged| logged.decision = Some(BARE),
        Refusal::UnknownPolicy,
    );
    let policy = Policy::build_142();
    let redecision = Redecision::new(&policy, &policy);
    let bare = LoggedCall {
        decision: Some(BARE),
        redecision: Some(&redecision),
        ..WHOLE
    };
    let refusal = Refusal::Undecidable(Undecidable::Steps);
    assert_eq!(replay.add(&cell(), &bare), Some(refusal));
    assert_eq!(replay.refusals().len(), 8);
    assert_eq!(replay.finish(Economics::default(), SEED).total, None);
}

/// A call that ended by itself, and of whose decision nothing is kept.
const WHOLE: LoggedCall<'static> = LoggedCall {
    run: "a run",
    chain: None,
    is_first: true,
    extent: Extent::Whole,
    model: "a model",
    thinking_budget: None,
    decision: None,
    redecision: None,
    actual_max_tokens: Some(Tokens::new(4096)),
    output: Some(Tokens::new(1200)),
    end: End::Itself,
};

/// A decision without steps.
const BARE: LoggedDecision<'static> = LoggedDecision {
    provider: Provider::OpenAi,
    category: &Category::Docs,
    complexity: Complexity::Low,
    estimated_category: None,
    confidence: None,
    n_deliverables: 0,
    caller_ceiling: None,
    thinking_budget: None,
    facts: CallFacts {
        model: None,
        effort: None,
        template: None,
        estimated_input: None,
    },
    steps: &[],
};

fn decided(policy: &Policy, complexity: Complexity) -> (Phase, autopack_core::Decision) {
    let phase = Phase {
        category: Some(Category::Docs),
        complexity,
        deliverables: ["docs/guide.md"].iter().collect(),
        ..Phase::default()
    };
    let decision = decide(Question {
        phase: &phase,
        policy,
        workspace: &EmptyWorkspace,
        context: None,
        target: Target {
            provider: Provider::OpenAi,
            model_limit: Tokens::new(128_000),
            thinking_budget: None,
        },
        facts: CallFacts::default(),
    });
    (phase, decision)
}

fn logged_steps(decision: &autopack_core::Decision) -> Vec<LoggedStep> {
    let steps = decision.steps().iter();
    let logged = steps.map(|step| LoggedStep {
        name: step.name.as_str().to_owned(),
        after: step.after,
        reason: step.reason.to_string(),
    });
    logged.collect()
}

/// Replays one call, of this length, that `before` decided, and its retry where it was cut off and has one; also
/// what it was, and would have been.
fn replayed(
    [before, after]: [&Policy; 2],
    complexity: Complexity,
    length: u64,
    is_retried: bool,
) -> (ReplayFigures, [(Tokens, bool); 2]) {
    let (phase, decision) = decided(before, complexity);
    let (_, other) = decided(after, complexity);
    let estimate = decision.estimate.as_ref().expect("an estimate");
    let steps = logged_steps(&decision);
    let length = Tokens::new(length);
    let outcome = |ceiling: Tokens| (ceiling, length > ceiling);
    let (ceiling, is_cut) = outcome(decision.actual_max_tokens);
    let redecision = Redecision::new(before, after);
    let call = LoggedCall {
        decision: Some(LoggedDecision {
            provider: Provider::OpenAi,
            category: &Category::Docs,
            complexity,
            estimated_category: Some(&estimate.category),
            confidence: Some(estimate.confidence),
            n_deliverables: phase.deliverables.len(),
            caller_ceiling: None,
            thinking_budget: None,
            facts: CallFacts::default(),
            steps: &steps,
        }),
        redecision: Some(&redecision),
        actual_max_tokens: Some(ceiling),
        chain: Some("a chain"),
        output: Some(length.at_most(ceiling)),
        end: if is_cut { End::Ceiling } else { End::Itself },
        ..WHOLE
    };
    let mut replay = Replay::default();
    assert_eq!(replay.add(&cell(), &call), None);
    if is_cut && is_retried {
        let retry = LoggedCall {
            is_first: false,
            output: Some(length),
            end: End::Itself,
            ..call
        };
        assert_eq!(replay.add(&cell(), &retry), Some(Refusal::NotFirst));
    }
    let replayed = replay.finish(Economics::default(), SEED);
    let figures = replayed.total.expect("a call");
    (
        figures,
        [(ceiling, is_cut), outcome(other.actual_max_tokens)],
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What a call would have come to under a policy lies within the bounds of its replay, and is its
    /// replay where the ceiling is not raised, or a retry was logged; the policy that decided gives what was logged.
    #[test]
    fn the_truth_lies_within_the_bounds(
        base in 1_u32..20_000,
        complexity in prop::sample::select(vec![Complexity::Low, Complexity::Medium, Complexity::High]),
        length in 1_u64..40_000,
        swapped: bool,
        is_retried: bool,
    ) {
        let policy = Policy::build_142();
        let other = policy
            .with("base.docs.low", base)
            .and_then(|other| other.with("base.docs.medium", base))
            .and_then(|other| other.with("base.docs.high", base))
            .expect("bases");
        let [before, after] = if swapped { [&other, &policy] } else { [&policy, &other] };
        let (same, [(ceiling, is_cut), _]) = replayed([before, before], complexity, length, is_retried);
        prop_assert_eq!(same.candidate, same.logged);
        prop_assert_eq!(same.logged.n_cut, Bounds::exactly(u64::from(is_cut)));
        prop_assert_eq!(same.logged.reserved_tokens, ceiling.get());
        let (figures, [_, (candidate, would_be_cut)]) = replayed([before, after], complexity, length, is_retried);
        let Side { n_cut, reserved_tokens, written_tokens, excess_cost, .. } = figures.candidate;
        prop_assert_eq!(reserved_tokens, candidate.get());
        prop_assert!(n_cut.low <= u64::from(would_be_cut) && u64::from(would_be_cut) <= n_cut.high);
        let written = length.min(candidate.get());
        prop_assert!(written_tokens.low <= written && written <= written_tokens.high);
        prop_assert!(excess_cost.low <= excess_cost.high);
        if candidate <= ceiling || is_retried {
            prop_assert_eq!(n_cut.low, u64::from(would_be_cut));
            prop_assert!(n_cut.is_exact() && written_tokens.is_exact() && excess_cost.is_exact());
        }
        let expected = figures.n_cut_expected;
        prop_assert!(Tokens::new(n_cut.low).as_f64() <= expected);
        prop_assert!(expected <= Tokens::new(n_cut.high).as_f64());
    }
}
