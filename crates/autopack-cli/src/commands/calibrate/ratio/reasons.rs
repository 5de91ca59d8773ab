//! Where all calls went, and why there may be nothing to propose.

use autopack_calibrate::Cell;

use super::{Learned, min_samples, percent, threshold};

/// Where all calls went, a line each.
pub(super) fn accounts(learned: &Learned<'_>) -> Vec<String> {
    let calibration = &learned.calibration;
    let mut lines = vec![format!(
        "{} samples of {} calls: {}",
        calibration.n_samples,
        learned.count.n_calls,
        left_out(learned)
    )];
    if let Some(coverage) = calibration.ceiling_coverage() {
        lines.push(format!(
            "the ceiling was recorded for {} of {} samples ({})",
            calibration.n_with_ceiling,
            calibration.n_samples,
            percent(coverage)
        ));
    }
    if !calibration.too_small.is_empty() {
        lines.push(format!(
            "fewer than {} samples: {}",
            min_samples(learned.args),
            named(&calibration.too_small)
        ));
    }
    lines
}

/// Why calls are no samples, with their numbers.
fn left_out(learned: &Learned<'_>) -> String {
    let count = learned.count;
    let mut parts = vec![
        format!("{} were cut off", count.n_truncated),
        format!("{} failed", count.n_failed()),
    ];
    if count.n_unreadable > 0 {
        parts.push(format!("{} cannot be read", count.n_unreadable));
    }
    let excluded = learned.calibration.exclusions.iter();
    parts.extend(excluded.map(|(exclusion, n_calls)| format!("{n_calls} {exclusion}")));
    parts.join(", ")
}

/// The most groups that one line names.
const MAX_NAMED: usize = 20;

fn named(cells: &[(Cell, u64)]) -> String {
    let first = cells.iter().take(MAX_NAMED);
    let mut parts: Vec<String> = first
        .map(|(cell, n_samples)| format!("{cell} ({n_samples})"))
        .collect();
    let n_more = cells.len().saturating_sub(MAX_NAMED);
    if n_more > 0 {
        parts.push(format!("and {n_more} more"));
    }
    parts.join(", ")
}

/// Why nothing is proposed, and what to do about it; `None` where something is.
pub(super) fn why_nothing(learned: &Learned<'_>) -> Option<String> {
    let calibration = &learned.calibration;
    if calibration.confident().next().is_some() {
        return None;
    }
    Some(if learned.count.n_calls == 0 {
        no_calls(learned)
    } else if calibration.n_samples == 0 {
        no_samples(learned)
    } else if calibration.cells.is_empty() {
        no_group(learned)
    } else {
        nobody_sure(learned)
    })
}

fn no_calls(learned: &Learned<'_>) -> String {
    let (database, args) = (&learned.database, learned.args);
    match (learned.since.is_some(), args.include_run_id.is_empty()) {
        (false, true) => format!("no calls in {database}: run a plan first"),
        (true, true) => format!("no calls in {database} that pass --since: go back further"),
        (false, false) => {
            format!("no calls in {database} that pass --include-run-id: name another run")
        }
        (true, false) => format!(
            "no calls in {database} that pass --since and --include-run-id: go back further, or name \
             another run"
        ),
    }
}

fn no_samples(learned: &Learned<'_>) -> String {
    format!(
        "no samples in {} among {} calls: {}\na sample is a call that succeeded, was not cut off, and \
         has a prediction and an output of its own: run more phases",
        learned.database,
        learned.count.n_calls,
        left_out(learned)
    )
}

fn no_group(learned: &Learned<'_>) -> String {
    let min_samples = min_samples(learned.args);
    let too_small = learned.calibration.too_small.iter();
    let largest = too_small.rev().max_by_key(|(_, n_samples)| *n_samples);
    let next = largest.map_or_else(String::new, |(cell, n_samples)| {
        format!(
            "; {cell} needs {} more: run more phases, or lower --min-samples",
            min_samples - n_samples
        )
    });
    let accounts = accounts(learned).join("\n");
    format!("no group of category and complexity has {min_samples} samples{next}\n{accounts}")
}

fn nobody_sure(learned: &Learned<'_>) -> String {
    let cells = learned.calibration.cells.iter();
    let surest = cells.max_by(|a, b| a.confidence.total_cmp(&b.confidence));
    let surest = surest.map_or_else(String::new, |cell| {
        format!(
            "; the surest is {} with {}",
            cell.cell,
            percent(cell.confidence)
        )
    });
    format!(
        "no group is sure enough (from {}){surest}: run more phases, or lower --confidence-threshold",
        percent(threshold(learned.args).get())
    )
}
