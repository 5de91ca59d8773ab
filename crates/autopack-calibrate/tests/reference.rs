//! What the reference's calibration script said of the same rows, to the printed digit.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use autopack_calibrate::ratio::{
    CellFigures, ENOUGH_COVERAGE, RatioCalibration, RatioCalibrator, RatioSettings, Sample,
};
use autopack_calibrate::{Cell, Effect, Pass};
use autopack_core::{Category, Complexity, Tokens};
use serde::Deserialize;

const EXPECTED: &str = include_str!("data/reference-calibration/expected.json");
const SAMPLES: &[u8] = include_bytes!("data/reference-calibration/samples.csv.gz");

#[derive(Deserialize)]
struct Expected {
    clean_samples: u64,
    actual_max_tokens_present: u64,
    below_min_samples: BTreeMap<String, u64>,
    budget_waste: BTreeMap<String, Spending>,
    metadata: Metadata,
    proposed_changes: Vec<Wanted>,
}

#[derive(Deserialize)]
struct Metadata {
    total_samples: u64,
    high_confidence_groups: usize,
}

#[derive(Deserialize)]
struct Spending {
    avg_actual: u64,
    avg_selected_budget: u64,
    median_budget_waste: f64,
    p90_budget_waste: f64,
}

#[derive(Deserialize)]
struct Wanted {
    category: String,
    complexity: String,
    sample_count: u64,
    confidence: f64,
    median_ratio: f64,
    proposed_multiplier: f64,
}

fn calibration() -> RatioCalibration {
    let lines = BufReader::new(flate2::read::GzDecoder::new(SAMPLES)).lines();
    let lines: Vec<String> = lines.skip(1).map(|line| line.expect("a line")).collect();
    let mut calibrator = RatioCalibrator::new(RatioSettings::default());
    for line in &lines {
        read(&mut calibrator, line);
    }
    assert_eq!(calibrator.end_pass(), Pass::Done);
    calibrator.finish().expect("figures")
}

fn read(calibrator: &mut RatioCalibrator, line: &str) {
    let cells: Vec<&str> = line.split(',').collect();
    let [category, complexity, numbers @ ..] = &cells[..] else {
        panic!("`{line}` is no sample");
    };
    let tokens = |place: usize| numbers[place].parse().ok().map(Tokens::new);
    calibrator.read(&Sample {
        category: &Category::canonical(category).expect("a category"),
        complexity: Complexity::canonical(complexity).expect("a complexity"),
        predicted_output_tokens: tokens(0),
        actual_output_tokens: tokens(1),
        selected_budget: tokens(2),
        actual_max_tokens: tokens(3),
    });
}

/// The reference keeps `testing` apart from `tests`, which it never sees.
fn ours(name: &str) -> String {
    name.replace("testing", "tests")
}

fn by_name(cells: &[CellFigures]) -> BTreeMap<String, &CellFigures> {
    let named = cells.iter().map(|cell| (cell.cell.to_string(), cell));
    named.collect()
}

fn printed(number: f64, n_digits: usize) -> String {
    format!("{number:.n_digits$}")
}

#[test]
fn every_number_is_that_of_the_reference() {
    let expected: Expected = serde_json::from_str(EXPECTED).expect("JSON");
    let calibration = calibration();
    assert_eq!(calibration.n_samples, expected.clean_samples);
    assert_eq!(
        calibration.n_with_ceiling,
        expected.actual_max_tokens_present
    );
    assert!(calibration.ceiling_coverage().expect("samples") < ENOUGH_COVERAGE);
    assert_eq!(calibration.n_in_cells(), expected.metadata.total_samples);
    let too_small = calibration.too_small.iter();
    let too_small: BTreeMap<String, u64> = too_small
        .map(|(cell, n_samples)| (cell.to_string(), *n_samples))
        .collect();
    assert_eq!(too_small, expected.below_min_samples);

    let cells = by_name(&calibration.cells);
    assert_eq!(cells.len(), expected.budget_waste.len());
    for (name, waste) in &expected.budget_waste {
        let cell = cells[&ours(name)];
        let selected = cell.mean_selected_budget.expect("budgets");
        assert_eq!(
            printed(cell.mean_actual_tokens, 0),
            waste.avg_actual.to_string(),
            "{name}"
        );
        assert_eq!(
            printed(selected, 0),
            waste.avg_selected_budget.to_string(),
            "{name}"
        );
        for (found, wanted) in [
            (cell.median_waste, waste.median_budget_waste),
            (cell.p90_waste, waste.p90_budget_waste),
        ] {
            let found = found.expect("ceilings");
            assert_eq!(printed(found, 2), printed(wanted, 2), "{name}");
        }
    }
}

#[test]
fn every_proposal_is_that_of_the_reference() {
    let expected: Expected = serde_json::from_str(EXPECTED).expect("JSON");
    let calibration = calibration();
    let confident: Vec<CellFigures> = calibration.confident().cloned().collect();
    assert_eq!(confident.len(), expected.metadata.high_confidence_groups);
    assert_eq!(confident.len(), expected.proposed_changes.len());
    let cells = by_name(&confident);
    for proposed in &expected.proposed_changes {
        let name = ours(&format!("{}/{}", proposed.category, proposed.complexity));
        let cell = cells[&name];
        assert_eq!(cell.n_samples, proposed.sample_count, "{name}");
        for (found, wanted) in [
            (cell.confidence, proposed.confidence),
            (cell.median_ratio, proposed.median_ratio),
            (cell.median_ratio, proposed.proposed_multiplier),
        ] {
            assert_eq!(printed(found, 3), printed(wanted, 3), "{name}");
        }
    }
}

#[test]
fn only_cells_that_are_off_by_more_than_a_fifth_would_change() {
    let proposal = calibration().proposal();
    let changed: Vec<&Cell> = proposal.changes.iter().map(|change| &change.cell).collect();
    assert!(changed.is_sorted());
    assert_eq!(changed.len(), 14, "of 21 that are sure enough");
    let is_off =
        |effect| matches!(effect, Effect::Multiplier(factor) if !(0.8..=1.2).contains(&factor));
    assert!(proposal.changes.iter().all(|change| is_off(change.effect)));
}
