//! What was learned, as a report to read and to keep.

use autopack_calibrate::ratio::{Action, CANNOT, CellFigures, NAME};

use super::console::{FORMULAS, proposal, tokens};
use super::{Learned, percent, reasons, threshold};
use crate::commands::calibrate::markdown::{bullets, escaped, section, table};
use crate::output;

pub(super) fn of(learned: &Learned<'_>) -> String {
    let mut lines = vec![
        "# Calibration of the token estimates".to_owned(),
        String::new(),
        format!("Generated: {}", learned.generated_at),
        String::new(),
    ];
    section(&mut lines, "Summary", &bullets(&summary(learned)));
    section(&mut lines, "Proposals", &proposals(learned));
    section(&mut lines, "Groups", &groups(learned));
    section(&mut lines, "Budget waste", &waste(learned));
    let notes: Vec<String> = FORMULAS.map(str::to_owned).to_vec();
    section(&mut lines, "Notes", &bullets(&notes));
    let cannot: Vec<String> = CANNOT.map(str::to_owned).to_vec();
    section(
        &mut lines,
        &format!("What `{NAME}` cannot do"),
        &bullets(&cannot),
    );
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.join("\n") + "\n"
}

fn summary(learned: &Learned<'_>) -> Vec<String> {
    let (args, calibration) = (learned.args, &learned.calibration);
    let mut lines = reasons::accounts(learned);
    if !args.include_run_id.is_empty() {
        lines.push(format!("only runs: {}", args.include_run_id.join(", ")));
    }
    if let Some(since) = &learned.since {
        lines.push(format!("only calls since {since}"));
    }
    if args.min_output_tokens > 0 {
        let least = args.min_output_tokens;
        lines.push(format!("only answers of {least} tokens or more"));
    }
    lines.push(format!(
        "{} samples in {} groups, {} of them sure enough (from {})",
        calibration.n_in_cells(),
        calibration.cells.len(),
        calibration.confident().count(),
        percent(threshold(args).get())
    ));
    lines
}

/// What would change, the surest first.
fn proposals(learned: &Learned<'_>) -> Vec<String> {
    let confident = learned.calibration.confident();
    let mut cells: Vec<&CellFigures> = confident
        .filter(|cell| cell.action() != Action::None)
        .collect();
    cells.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    if cells.is_empty() {
        return vec!["None: no group is both sure enough and off by more than a fifth.".to_owned()];
    }
    let lines = cells.iter().map(|cell| {
        format!(
            "- **{}**: {} ({} samples, confidence {}): answers of {:.0} tokens on average were \
             estimated as {:.0}",
            escaped(&cell.cell.to_string()),
            proposal(learned, cell),
            cell.n_samples,
            percent(cell.confidence),
            cell.mean_actual_tokens,
            cell.mean_predicted_tokens,
        )
    });
    lines.collect()
}

fn groups(learned: &Learned<'_>) -> Vec<String> {
    let heading = [
        "group",
        "samples",
        "mean output",
        "mean prediction",
        "median ratio",
        "confidence",
        "proposal",
    ];
    let rows = learned.calibration.cells.iter().map(|cell| {
        vec![
            cell.cell.to_string(),
            cell.n_samples.to_string(),
            tokens(Some(cell.mean_actual_tokens)),
            tokens(Some(cell.mean_predicted_tokens)),
            format!("{:.3}", cell.median_ratio),
            percent(cell.confidence),
            proposal(learned, cell),
        ]
    });
    table(&heading, rows)
}

fn waste(learned: &Learned<'_>) -> Vec<String> {
    let heading = [
        "group",
        "median waste",
        "p90 waste",
        "mean budget",
        "mean output",
    ];
    let rows = learned.calibration.cells.iter().map(|cell| {
        vec![
            cell.cell.to_string(),
            output::ratio(cell.median_waste),
            output::ratio(cell.p90_waste),
            tokens(cell.mean_selected_budget),
            tokens(Some(cell.mean_actual_tokens)),
        ]
    });
    table(&heading, rows)
}
