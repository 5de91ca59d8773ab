use super::super::rows::row;
use super::*;
use autopack_core::{Category, Complexity};
use proptest::prelude::*;

fn call(predicted: u64, actual: u64) -> EstimationRow {
    EstimationRow {
        predicted_output_tokens: Some(Tokens::new(predicted)),
        actual_output_tokens: Some(Tokens::new(actual)),
        ..row()
    }
}

fn cut_off(predicted: u64, at_least: u64) -> EstimationRow {
    EstimationRow {
        truncated: true,
        success: Some(false),
        ..call(predicted, at_least)
    }
}

fn accuracy(rows: &[EstimationRow]) -> Accuracy {
    let mut predicting = Predicting::default();
    for row in rows {
        predicting.add(row);
    }
    predicting.finish()
}

fn rounded(number: Option<f64>) -> String {
    format!("{:.4}", number.expect("a number"))
}

#[test]
fn errors_and_ratios_are_those_of_the_formula() {
    let accuracy = accuracy(&[call(1000, 1000), call(3000, 1000), call(1000, 2000)]);
    // 200·|p − a| / (p + a): 0, 100, 66.6667.
    assert_eq!(rounded(accuracy.smape.mean()), "55.5556");
    assert_eq!(rounded(accuracy.smape.median()), "66.6667");
    // p / a: 1, 3, 0.5; the 90th percentile lies at 0.8 of the way from the second to the third.
    assert_eq!(rounded(accuracy.ratio.median()), "1.0000");
    assert_eq!(rounded(accuracy.ratio.quantile(0.9)), "2.6000");
}

#[test]
fn exactly_the_margin_is_not_underestimated() {
    let accuracy = accuracy(&[call(1000, 1100), call(1000, 1101), call(0, 1), call(0, 0)]);
    assert_eq!(accuracy.underestimated, Rate { n_hits: 2, n: 4 });
    // Nothing predicted and nothing written is no error and has no ratio.
    assert_eq!((accuracy.smape.len(), accuracy.ratio.len()), (3, 3));
}

#[test]
fn a_lower_bound_counts_where_it_decides_and_is_left_out_where_it_does_not() {
    let accuracy = accuracy(&[cut_off(1000, 1101), cut_off(1000, 1100), call(1000, 500)]);
    assert_eq!(accuracy.underestimated, Rate { n_hits: 1, n: 2 });
    assert_eq!(accuracy.n_unknown, 1);
    assert_eq!((accuracy.smape.len(), accuracy.ratio.len()), (1, 1));
}

#[test]
fn calls_without_a_prediction_or_an_output_say_nothing() {
    let accuracy = accuracy(&[
        EstimationRow {
            predicted_output_tokens: None,
            ..row()
        },
        EstimationRow {
            actual_output_tokens: None,
            ..row()
        },
        EstimationRow {
            actual_output_tokens: None,
            truncated: true,
            ..row()
        },
    ]);
    assert_eq!(accuracy.underestimated, Rate { n_hits: 0, n: 0 });
    assert_eq!(accuracy.n_unknown, 0, "nothing was bounded either");
    assert!(accuracy.smape.is_empty() && accuracy.ratio.is_empty());
    assert_eq!(accuracy.samples.n, 0);
}

#[test]
fn samples_are_whole_and_successful() {
    let accuracy = accuracy(&[
        row(),
        EstimationRow {
            category: Category::Tests,
            complexity: Complexity::High,
            ..row()
        },
        row(),
        EstimationRow {
            category: Category::Backend,
            success: Some(false),
            ..row()
        },
        EstimationRow {
            truncated: true,
            ..row()
        },
    ]);
    assert_eq!(accuracy.samples.n, 3);
    assert_eq!(accuracy.samples.n_categories(), 2);
    assert_eq!(accuracy.samples.n_complexities(), 2);
}

proptest! {
    #[test]
    fn cutting_calls_off_never_lowers_the_number_underestimated_for_certain(
        lengths in prop::collection::vec((0_u64..10_000, 0_u64..10_000), 1..50),
        ceiling in 1_u64..10_000,
    ) {
        // What is seen below a ceiling, and what is true.
        let seen: Vec<EstimationRow> = lengths
            .iter()
            .map(|&(p, a)| if a > ceiling { cut_off(p, ceiling) } else { call(p, a) })
            .collect();
        let whole: Vec<EstimationRow> = lengths.iter().map(|&(p, a)| call(p, a)).collect();
        let (seen, truth) = (accuracy(&seen), accuracy(&whole));
        prop_assert!(seen.underestimated.n_hits <= truth.underestimated.n_hits);
        prop_assert!(truth.underestimated.n_hits <= seen.underestimated.n_hits + seen.n_unknown);
        prop_assert_eq!(seen.underestimated.n + seen.n_unknown, truth.underestimated.n);
        for percent in [seen.smape.quantile(0.0), seen.smape.quantile(1.0)].into_iter().flatten() {
            prop_assert!((0.0..=200.0).contains(&percent));
        }
    }
}
