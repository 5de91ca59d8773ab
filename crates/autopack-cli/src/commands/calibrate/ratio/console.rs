//! What was learned, for the screen.

use autopack_calibrate::ratio::{Action, CANNOT, CellFigures, NAME};

use super::{Learned, percent, reasons, threshold};
use crate::exit::Failure;
use crate::output::{self, Align, Table};

const COLUMNS: [(&str, Align); 10] = [
    ("category", Align::Left),
    ("complexity", Align::Left),
    ("samples", Align::Right),
    ("median ratio", Align::Right),
    ("confidence", Align::Right),
    ("proposal", Align::Left),
    ("median waste", Align::Right),
    ("p90 waste", Align::Right),
    ("mean budget", Align::Right),
    ("mean output", Align::Right),
];

pub(super) fn print(learned: &Learned<'_>) -> Result<(), Failure> {
    let mut table = Table::new(&COLUMNS);
    for cell in &learned.calibration.cells {
        table.row(row(learned, cell));
    }
    output::data(table)?;
    output::data(notes(learned).join("\n"))
}

fn row(learned: &Learned<'_>, cell: &CellFigures) -> Vec<String> {
    vec![
        cell.cell.category.to_string(),
        cell.cell.complexity.to_string(),
        cell.n_samples.to_string(),
        format!("{:.3}", cell.median_ratio),
        percent(cell.confidence),
        proposal(learned, cell),
        output::ratio(cell.median_waste),
        output::ratio(cell.p90_waste),
        tokens(cell.mean_selected_budget),
        tokens(Some(cell.mean_actual_tokens)),
    ]
}

/// What is proposed for a cell.
pub(super) fn proposal(learned: &Learned<'_>, cell: &CellFigures) -> String {
    if !learned.calibration.is_confident(cell) {
        return "not sure".to_owned();
    }
    match cell.action() {
        Action::None => "none".to_owned(),
        action => format!("{action}, × {:.3}", cell.median_ratio),
    }
}

/// A mean number of tokens.
pub(super) fn tokens(mean: Option<f64>) -> String {
    mean.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.0}"))
}

fn notes(learned: &Learned<'_>) -> Vec<String> {
    let calibration = &learned.calibration;
    let mut notes = reasons::accounts(learned);
    notes.push(format!(
        "{} of {} groups are sure enough (from {}), {} of them off by more than a fifth",
        calibration.confident().count(),
        calibration.cells.len(),
        percent(threshold(learned.args).get()),
        calibration.proposal().changes.len(),
    ));
    notes.extend(FORMULAS.map(str::to_owned));
    notes.push(format!("what `{NAME}` cannot do:"));
    notes.extend(CANNOT.map(|line| format!("- {line}")));
    notes
}

/// How the columns are worked out.
pub(super) const FORMULAS: [&str; 4] = [
    "ratio = output / prediction; the median is what estimates would be multiplied by",
    "confidence = 0.6 × min(1, samples / 12) + 0.4 / (1 + deviation of the ratios)",
    "waste = ceiling / output; falls back to `selected_budget` where `actual_max_tokens` was not recorded",
    "a median waste above 2 suggests over-budgeting",
];
