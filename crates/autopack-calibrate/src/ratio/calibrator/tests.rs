use super::*;
use crate::ratio::CellFigures;
use autopack_core::Tokens;
use proptest::prelude::*;

/// Category, complexity, prediction, output, selected budget, ceiling.
type Row = (usize, usize, u64, u64, Option<u64>, Option<u64>);

const COMPLEXITIES: [Complexity; 3] = [Complexity::Low, Complexity::Medium, Complexity::High];

fn categories() -> [Category; 3] {
    [
        Category::Tests,
        Category::Docs,
        Category::Other("ops".into()),
    ]
}

/// Reads the rows as often as the calibrator wants.
fn calibrated(mut calibrator: RatioCalibrator, rows: &[Row]) -> (RatioCalibration, usize) {
    let categories = categories();
    let tokens = |count: Option<u64>| count.map(Tokens::new);
    for n_passes in 1..=4 {
        for &(category, complexity, predicted, actual, selected, ceiling) in rows {
            calibrator.read(&Sample {
                category: &categories[category],
                complexity: COMPLEXITIES[complexity],
                predicted_output_tokens: Some(Tokens::new(predicted)),
                actual_output_tokens: Some(Tokens::new(actual)),
                selected_budget: tokens(selected),
                actual_max_tokens: tokens(ceiling),
            });
            assert!(
                calibrator
                    .gatherings
                    .iter()
                    .map(Gathering::n_kept)
                    .sum::<usize>()
                    <= calibrator.max_kept
            );
        }
        if calibrator.end_pass() == Pass::Done {
            return (calibrator.finish().expect("figures"), n_passes);
        }
    }
    panic!("more than four passes");
}

fn in_one_pass(settings: RatioSettings, rows: &[Row]) -> RatioCalibration {
    let (calibration, n_passes) = calibrated(RatioCalibrator::new(settings), rows);
    assert_eq!(n_passes, 1);
    calibration
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

#[test]
fn figures_are_those_of_the_samples() {
    let rows = [
        (1, 0, 1000, 500, Some(4096), Some(8192)),
        (1, 0, 1000, 2000, Some(4096), None),
        (1, 0, 1000, 1000, None, Some(0)),
        (1, 0, 2000, 3000, Some(0), Some(6000)),
        (0, 2, 10, 10, None, None),
    ];
    let settings = RatioSettings {
        min_samples: 2,
        ..RatioSettings::default()
    };
    let calibration = in_one_pass(settings, &rows);
    assert_eq!(calibration.n_samples, 5);
    assert_eq!(calibration.n_with_ceiling, 2, "nobody sends a ceiling of 0");
    assert_eq!(calibration.ceiling_coverage(), Some(0.4));
    let [(small, 1)] = &calibration.too_small[..] else {
        panic!("one cell is too small: {:?}", calibration.too_small);
    };
    assert_eq!(small.to_string(), "tests/high");
    let [figures] = &calibration.cells[..] else {
        panic!("one cell is large enough: {:?}", calibration.cells);
    };
    assert_eq!(figures.cell.to_string(), "docs/low");
    let CellFigures {
        mean_actual_tokens,
        mean_predicted_tokens,
        mean_selected_budget,
        median_ratio,
        ratio_deviation,
        median_waste,
        p90_waste,
        ..
    } = *figures;
    assert!(close(mean_actual_tokens, 1625.0));
    assert!(close(mean_predicted_tokens, 1250.0));
    assert_eq!(
        mean_selected_budget,
        Some(4096.0),
        "of those that are known"
    );
    // 0.5, 1.0, 1.5, 2.0: the upper of the middle ones.
    assert!(close(median_ratio, 1.5));
    assert!(close(ratio_deviation, 0.3125_f64.sqrt()));
    // 2.0, 2.048, 16.384; the third row has no ceiling of any kind.
    assert_eq!(median_waste, Some(4096.0 / 2000.0));
    assert_eq!(p90_waste, Some(8192.0 / 500.0));
}

#[test]
fn what_cannot_be_used_is_counted_by_reason() {
    let settings = RatioSettings {
        min_output_tokens: 50,
        ..RatioSettings::default()
    };
    let mut calibrator = RatioCalibrator::new(settings);
    let tokens = |count: Option<u64>| count.map(Tokens::new);
    for (predicted, actual) in [
        (None, Some(100)),
        (None, None),
        (Some(0), Some(100)),
        (Some(100), None),
        (Some(100), Some(0)),
        (Some(100), Some(49)),
        (Some(100), Some(50)),
    ] {
        calibrator.read(&Sample {
            category: &Category::Docs,
            complexity: Complexity::Low,
            predicted_output_tokens: tokens(predicted),
            actual_output_tokens: tokens(actual),
            selected_budget: None,
            actual_max_tokens: None,
        });
    }
    assert_eq!(calibrator.end_pass(), Pass::Done);
    let calibration = calibrator.finish().expect("figures");
    let counts: Vec<(Exclusion, u64)> = calibration.exclusions.iter().collect();
    assert_eq!(
        counts,
        [
            (Exclusion::NoPrediction, 2),
            (Exclusion::ZeroPrediction, 1),
            (Exclusion::NoOutput, 1),
            (Exclusion::ZeroOutput, 1),
            (Exclusion::ShortOutput, 1),
        ]
    );
    assert_eq!(calibration.exclusions.total(), 6);
    assert_eq!(calibration.n_samples, 1);
}

#[test]
fn cells_beyond_the_limit_are_left_out_and_counted() {
    let mut calibrator = RatioCalibrator::new(RatioSettings::default());
    for n in 0..=MAX_CELLS {
        let category = Category::Other(format!("phase-{n:05}").into());
        calibrator.read(&Sample {
            category: &category,
            complexity: Complexity::Low,
            predicted_output_tokens: Some(Tokens::new(100)),
            actual_output_tokens: Some(Tokens::new(100)),
            selected_budget: None,
            actual_max_tokens: None,
        });
    }
    assert_eq!(calibrator.end_pass(), Pass::Done);
    let calibration = calibrator.finish().expect("figures");
    assert_eq!(calibration.n_samples, MAX_CELLS as u64);
    let counts: Vec<(Exclusion, u64)> = calibration.exclusions.iter().collect();
    assert_eq!(counts, [(Exclusion::TooManyCells, 1)]);
}

#[test]
fn other_samples_in_a_later_pass_are_an_error() {
    let mut calibrator = RatioCalibrator::keeping(RatioSettings::default(), 4);
    let mut read = |actual: u64| {
        for _ in 0..8 {
            calibrator.read(&Sample {
                category: &Category::Docs,
                complexity: Complexity::Low,
                predicted_output_tokens: Some(Tokens::new(100)),
                actual_output_tokens: Some(Tokens::new(actual)),
                selected_budget: None,
                actual_max_tokens: None,
            });
        }
        calibrator.end_pass()
    };
    assert_eq!(read(100), Pass::Again);
    assert_eq!(read(900), Pass::Done);
    assert_eq!(calibrator.finish(), Err(RatioError::Changed));
}

fn row() -> impl Strategy<Value = Row> {
    let count = 0_u64..60;
    (
        0_usize..3,
        0_usize..3,
        count.clone(),
        count.clone(),
        prop::option::of(count.clone()),
        prop::option::of(count),
    )
}

proptest! {
    // A few passes with hardly any memory say the same as one with enough of it, and the order of
    // the rows does not matter, but for the last digits of the deviation.
    #[test]
    fn memory_and_order_change_nothing(
        rows in prop::collection::vec(row(), 0..300), max_kept in 0_usize..100, min_samples in 0_u64..20,
    ) {
        let settings = RatioSettings { min_samples, ..RatioSettings::default() };
        let plain = in_one_pass(settings, &rows);
        let (frugal, _) = calibrated(RatioCalibrator::keeping(settings, max_kept), &rows);
        prop_assert_eq!(&frugal, &plain);
        let reversed: Vec<Row> = rows.iter().rev().copied().collect();
        let reversed = in_one_pass(settings, &reversed);
        prop_assert_eq!(plain.cells.len(), reversed.cells.len());
        for (ours, theirs) in plain.cells.iter().zip(&reversed.cells) {
            prop_assert!(close(ours.ratio_deviation, theirs.ratio_deviation));
            prop_assert_eq!(ours.median_ratio.to_bits(), theirs.median_ratio.to_bits());
            prop_assert_eq!(ours.p90_waste, theirs.p90_waste);
        }
    }
}
