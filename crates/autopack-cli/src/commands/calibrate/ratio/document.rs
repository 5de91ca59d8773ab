//! What was learned as JSON, on standard output and in the file: the keys of the Python Autopack's
//! file, and more beside them. Numbers are rounded as they are printed.

use std::collections::BTreeMap;

use autopack_calibrate::ratio::{CANNOT, CellFigures, NAME};
use serde::Serialize;
use serde_json::Value;

use super::Learned;
use super::adopt::Adopted;
use super::{min_samples, threshold};

#[derive(Serialize)]
pub(super) struct Document {
    metadata: Metadata,
    calls: Accounts,
    clean_samples: u64,
    actual_max_tokens_present: u64,
    below_min_samples: BTreeMap<String, u64>,
    proposed_changes: Vec<ProposedChange>,
    groups: Vec<Group>,
    budget_waste: BTreeMap<String, Spending>,
    cannot: [&'static str; CANNOT.len()],
    /// The version that was made of it, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Value>,
}

#[derive(Serialize)]
struct Metadata {
    generated_at: String,
    method: &'static str,
    confidence_threshold: f64,
    min_samples: u64,
    min_output_tokens: u64,
    include_run_ids: Vec<String>,
    since: Option<String>,
    total_samples: u64,
    high_confidence_groups: usize,
}

/// All calls that were asked for, and why some are no samples.
#[derive(Serialize)]
struct Accounts {
    n_calls: u64,
    n_truncated: u64,
    n_failed: u64,
    n_unreadable: u64,
    excluded: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct ProposedChange {
    category: String,
    complexity: &'static str,
    sample_count: u64,
    confidence: f64,
    median_ratio: f64,
    proposed_multiplier: f64,
    action: &'static str,
    reasoning: String,
}

#[derive(Serialize)]
struct Group {
    category: String,
    complexity: &'static str,
    sample_count: u64,
    confidence: f64,
    is_confident: bool,
    median_ratio: f64,
    avg_predicted: u64,
    avg_actual: u64,
}

#[derive(Serialize)]
struct Spending {
    avg_actual: u64,
    avg_selected_budget: Option<u64>,
    median_budget_waste: Option<f64>,
    p90_budget_waste: Option<f64>,
}

impl Document {
    pub(super) fn of(learned: &Learned<'_>) -> Self {
        let calibration = &learned.calibration;
        let named = |cell: &CellFigures| (cell.cell.to_string(), Spending::of(cell));
        let too_small = calibration.too_small.iter();
        Self {
            metadata: Metadata::of(learned),
            calls: Accounts::of(learned),
            clean_samples: calibration.n_samples,
            actual_max_tokens_present: calibration.n_with_ceiling,
            below_min_samples: too_small
                .map(|(cell, n_samples)| (cell.to_string(), *n_samples))
                .collect(),
            proposed_changes: calibration.confident().map(ProposedChange::of).collect(),
            groups: calibration
                .cells
                .iter()
                .map(|cell| Group::of(cell, learned))
                .collect(),
            budget_waste: calibration.cells.iter().map(named).collect(),
            cannot: CANNOT,
            policy: learned.adopted.as_ref().map(Adopted::to_json),
        }
    }
}

impl Metadata {
    fn of(learned: &Learned<'_>) -> Self {
        let (args, calibration) = (learned.args, &learned.calibration);
        Self {
            generated_at: learned.generated_at.to_string(),
            method: NAME,
            confidence_threshold: threshold(args).get(),
            min_samples: min_samples(args),
            min_output_tokens: args.min_output_tokens,
            include_run_ids: args.include_run_id.clone(),
            since: learned.since.clone(),
            total_samples: calibration.n_in_cells(),
            high_confidence_groups: calibration.confident().count(),
        }
    }
}

impl Accounts {
    fn of(learned: &Learned<'_>) -> Self {
        let count = learned.count;
        let excluded = learned.calibration.exclusions.iter();
        Self {
            n_calls: count.n_calls,
            n_truncated: count.n_truncated,
            n_failed: count.n_failed(),
            n_unreadable: count.n_unreadable,
            excluded: excluded
                .map(|(exclusion, n_calls)| (exclusion.as_str(), n_calls))
                .collect(),
        }
    }
}

impl ProposedChange {
    fn of(cell: &CellFigures) -> Self {
        Self {
            category: cell.cell.category.to_string(),
            complexity: cell.cell.complexity.as_str(),
            sample_count: cell.n_samples,
            confidence: rounded::<3>(cell.confidence),
            median_ratio: rounded::<3>(cell.median_ratio),
            proposed_multiplier: rounded::<3>(cell.median_ratio),
            action: cell.action().as_str(),
            reasoning: format!(
                "Actual tokens are {:.2}x estimated (median)",
                cell.median_ratio
            ),
        }
    }
}

impl Group {
    fn of(cell: &CellFigures, learned: &Learned<'_>) -> Self {
        Self {
            category: cell.cell.category.to_string(),
            complexity: cell.cell.complexity.as_str(),
            sample_count: cell.n_samples,
            confidence: rounded::<3>(cell.confidence),
            is_confident: learned.calibration.is_confident(cell),
            median_ratio: rounded::<3>(cell.median_ratio),
            avg_predicted: whole(cell.mean_predicted_tokens),
            avg_actual: whole(cell.mean_actual_tokens),
        }
    }
}

impl Spending {
    fn of(cell: &CellFigures) -> Self {
        Self {
            avg_actual: whole(cell.mean_actual_tokens),
            avg_selected_budget: cell.mean_selected_budget.map(whole),
            median_budget_waste: cell.median_waste.map(rounded::<2>),
            p90_budget_waste: cell.p90_waste.map(rounded::<2>),
        }
    }
}

/// The number with so many digits behind the point, as it is printed: rounding by arithmetic would
/// come to another digit now and then.
fn rounded<const N_DIGITS: usize>(number: f64) -> f64 {
    format!("{number:.N_DIGITS$}").parse().unwrap_or(number)
}

/// The number without its fraction, rounded as it is printed.
fn whole(number: f64) -> u64 {
    format!("{number:.0}").parse().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_as_they_are_printed() {
        for (number, text) in [(0.8125, "0.812"), (1.0005, "1.000"), (2.0015, "2.002")] {
            assert_eq!(format!("{number:.3}"), text);
            assert_eq!(format!("{:.3}", rounded::<3>(number)), text);
        }
        assert_eq!([0.4, 2.5, 3.5].map(whole), [0, 2, 4]);
    }
}
