use super::*;
use crate::ratio::{RatioBasis, RatioEvidence};
use autopack_core::{Category, Complexity};

fn change(category: &str, multiplier: f64) -> Change {
    Change {
        cell: Cell {
            category: Category::canonical(category).expect("a category"),
            complexity: Complexity::Low,
        },
        provider: None,
        within: Within::default(),
        effect: Effect::Multiplier(multiplier),
        evidence: Evidence::Ratio(RatioEvidence {
            n_samples: 12,
            median_ratio: multiplier,
            ratio_deviation: 0.25,
            confidence: 0.92,
        }),
    }
}

fn proposal(changes: Vec<Change>) -> Proposal {
    Proposal {
        method: "ratio",
        basis: Basis::Ratio(RatioBasis {
            n_samples: 40,
            n_excluded: 3,
            min_samples: 5,
            confidence_threshold: 0.7,
            min_output_tokens: 0,
        }),
        changes,
    }
}

fn of(policy: &Policy, category: &Category) -> Option<f64> {
    let multiplier = &policy.numbers().estimate.multiplier;
    multiplier.of(category, Complexity::Low)
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

#[test]
fn a_step_is_never_more_than_a_half() {
    for (multiplier, linear, square_root) in [
        (1.0, 1.0, 1.0),
        (0.81, 0.81, 0.9),
        (1.44, 1.44, 1.2),
        (2.25, 1.5, 1.5),
        (9.0, 1.5, 1.5),
        (0.25, 0.5, 0.5),
        (0.01, 0.5, 0.5),
    ] {
        assert!(same(Damping::Linear.step(multiplier), linear));
        assert!(same(Damping::SquareRoot.step(multiplier), square_root));
    }
}

#[test]
fn steps_add_up_within_what_policies_allow() {
    for (before, multiplier, after) in [
        (1.0, 0.536_4, 0.536),
        (0.5, 0.7, 0.35),
        (0.15, 0.1, 0.1),
        (8.0, 3.0, 10.0),
        (10.0, 3.0, 10.0),
    ] {
        assert!(
            same(Damping::Linear.applied(before, multiplier), after),
            "{before} × {multiplier}"
        );
    }
}

#[test]
fn a_proposal_becomes_a_policy_with_its_evidence_inside() {
    let parent = Policy::build_142();
    let wanted = proposal(vec![change("docs", 0.64), change("v1.2", 4.0)]);
    let made_at = "2026-11-24T12:00:00Z";
    let policy = wanted
        .policy(&parent, "build-142.1", made_at, Damping::SquareRoot)
        .expect("a policy");
    assert_eq!(policy.name(), "build-142.1");
    assert_eq!(of(&policy, &Category::Docs), Some(0.8));
    assert_eq!(of(&policy, &Category::Other("v1.2".into())), Some(1.5));
    assert_eq!(of(&policy, &Category::Tests), None);
    assert_eq!(
        policy.evidence().expect("evidence").to_string(),
        r#"method = "ratio"
parent = "build-142"
made_at = "2026-11-24T12:00:00Z"
damping = "sqrt"

[basis]
n_samples = 40
n_excluded = 3
min_samples = 5
confidence_threshold = 0.7
min_output_tokens = 0

[[changes]]
category = "docs"
complexity = "low"
before = 1.0
after = 0.8
n_samples = 12
median_ratio = 0.64
ratio_deviation = 0.25
confidence = 0.92

[[changes]]
category = "v1.2"
complexity = "low"
before = 1.0
after = 1.5
n_samples = 12
median_ratio = 4.0
ratio_deviation = 0.25
confidence = 0.92
"#
    );
    let text = policy.to_toml();
    assert_eq!(Policy::parse(&text).as_ref(), Ok(&policy));
    assert_eq!(
        of(&parent, &Category::Docs),
        None,
        "the parent stays as it was"
    );

    let next = proposal(vec![change("docs", 1.25)]);
    let next = next.policy(&policy, "build-142.2", made_at, Damping::Linear);
    let next = next.expect("a policy");
    assert_eq!(of(&next, &Category::Docs), Some(1.0), "0.8 × 1.25");
    let kept = of(&next, &Category::Other("v1.2".into()));
    assert_eq!(kept, Some(1.5), "what is not proposed stays");
}

#[test]
fn without_a_move_there_is_no_policy() {
    let parent = Policy::build_142();
    for changes in [vec![], vec![change("docs", 1.0001)]] {
        let error = proposal(changes).policy(&parent, "next", "now", Damping::Linear);
        let error = error.expect_err("no policy");
        assert_eq!(
            error.to_string(),
            "nothing would change in `build-142`: keep it"
        );
    }
    let blank = proposal(vec![change("docs", 0.5)]);
    let error = blank.policy(&parent, " ", "now", Damping::Linear);
    let error = error.expect_err("no policy").to_string();
    assert!(error.starts_with("policy key `name` is"), "{error}");
}
