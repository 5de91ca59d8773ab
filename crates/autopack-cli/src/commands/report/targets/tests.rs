use super::super::accuracy::Predicting;
use super::super::rows::row;
use super::*;
use autopack_core::{Category, Complexity, Tokens};
use autopack_store::EstimationRow;

/// Targets of as many whole calls of two kinds, so many of them underestimated.
fn targets(n: u64, n_underestimated: u64, n_truncated: u64, predicted: u64) -> Targets {
    let mut predicting = Predicting::default();
    for call in 0..n {
        let is_even = call % 2 == 0;
        let is_underestimated = call < n_underestimated;
        let actual = if is_underestimated {
            2 * predicted
        } else {
            1000
        };
        predicting.add(&EstimationRow {
            category: if is_even {
                Category::Docs
            } else {
                Category::Tests
            },
            complexity: if is_even {
                Complexity::Low
            } else {
                Complexity::High
            },
            predicted_output_tokens: Some(Tokens::new(predicted)),
            actual_output_tokens: Some(Tokens::new(actual)),
            ..row()
        });
    }
    let truncated = Rate {
        n_hits: n_truncated,
        n,
    };
    Targets::new(predicting.finish(), truncated, Rate { n_hits: n, n })
}

#[test]
fn twenty_samples_that_fit_are_watched() {
    let targets = targets(20, 1, 0, 1000);
    assert_eq!(targets.verdict(), Verdict::Watch);
    assert_eq!(targets.words(), "tier 1 is met: watch for drift");
    let json = targets.json();
    assert_eq!(
        json["tier_1"]["underestimation"]["rate"], 0.05,
        "5 % are allowed"
    );
    assert_eq!(json["tier_1"]["underestimation"]["met"], true);
    assert_eq!(json["tier_1"]["underestimation"]["certain"], false);
    assert_eq!(json["verdict"], "watch");
}

#[test]
fn each_measure_of_the_first_tier_that_is_missed_is_named() {
    assert_eq!(
        targets(20, 2, 0, 1000).words(),
        "tier 1 is missed (underestimation): tune"
    );
    assert_eq!(
        targets(20, 2, 1, 1000).words(),
        "tier 1 is missed (underestimation, truncation): tune"
    );
    assert_eq!(targets(20, 0, 1, 1000).json()["verdict"], "tune");
}

#[test]
fn many_calls_make_it_certain() {
    let certain = |n_truncated| targets(1000, 0, n_truncated, 1000).truncation();
    let held = |is_met, is_certain| Some(Held { is_met, is_certain });
    assert_eq!(certain(0), held(true, true));
    assert_eq!(
        certain(20),
        held(true, false),
        "2 % are allowed, and may be more"
    );
    assert_eq!(certain(21), held(false, false));
    assert_eq!(certain(100), held(false, true));
}

#[test]
fn predictions_that_are_too_long_cost_tokens_and_no_answers() {
    let targets = targets(20, 0, 0, 3000);
    assert_eq!(targets.p90_ratio(), Some(3.0));
    assert_eq!(targets.is_ratio_met(), Some(false), "below 3, not at it");
    assert_eq!(
        targets.words(),
        "tier 1 is met: watch for drift; tier 2 is missed: predictions are too long, which costs \
         tokens and no answers"
    );
}

#[test]
fn too_little_is_a_verdict_of_its_own() {
    let targets = targets(19, 5, 5, 1000);
    assert_eq!(targets.verdict(), Verdict::NotEnoughData);
    assert_eq!(
        targets.words(),
        "not enough data: 19 successful samples, 2 categories and 2 complexities; tuning wants 20 \
         samples of at least 2 categories and 2 complexities"
    );
}

#[test]
fn samples_of_one_kind_are_too_little() {
    let mut predicting = Predicting::default();
    for _ in 0..100 {
        predicting.add(&row());
    }
    let all = Rate {
        n_hits: 100,
        n: 100,
    };
    let targets = Targets::new(predicting.finish(), Rate { n_hits: 0, n: 100 }, all);
    assert_eq!(targets.verdict(), Verdict::NotEnoughData);
    assert_eq!(targets.json()["samples"]["enough"], false);
}

#[test]
fn without_calls_that_came_back_nothing_is_held_against_anything() {
    let none = Rate::default();
    let targets = Targets::new(
        Predicting::default().finish(),
        none,
        Rate { n_hits: 0, n: 3 },
    );
    assert_eq!(targets.underestimation(), None);
    assert_eq!(targets.json()["tier_1"]["truncation"]["met"], Value::Null);
    assert_eq!(
        targets.json()["tier_2"]["predicted_over_actual"]["p90"],
        Value::Null
    );
    assert!(
        targets.text().contains("\n 2      SMAPE, mean "),
        "{}",
        targets.text()
    );
}
