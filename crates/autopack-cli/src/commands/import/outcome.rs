//! What an import came across, in words and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use autopack_store::{Assumed, ImportCount, ImportReport, Skipped, SourceFormat};
use serde_json::{Value, json};

use crate::output;

/// Whether there was nothing to import.
pub(super) fn is_empty(report: &ImportReport) -> bool {
    let n_found = |count: ImportCount| count.n_new + count.n_known;
    n_found(report.calls) + n_found(report.escalations) == 0
}

/// What was read, joined and skipped, and why.
pub(super) fn words(path: &Path, report: &ImportReport, assumed: &Assumed) -> String {
    let what = match report.format {
        SourceFormat::Log => "a run log",
        SourceFormat::Csv => "a table",
        SourceFormat::Ndjson => "JSON",
    };
    let mut text = format!("{}: {what}, {}", path.display(), lines(report.n_lines));
    if report.format == SourceFormat::Log {
        let _ = write!(text, ", times read as UTC{}", assumed.utc_offset);
    }
    let calls = counted(report.calls);
    let _ = write!(text, "\n  calls: {calls}");
    if report.n_joined > 0 {
        let n_joined = output::thousands(report.n_joined);
        let _ = write!(text, "; {n_joined} joined from several lines");
    }
    let escalations = counted(report.escalations);
    let _ = write!(text, "\n  escalations: {escalations}");
    for (kind, n_lines) in &report.kinds {
        let _ = write!(text, "\n  {}: {}", kind.as_str(), lines(*n_lines));
    }
    for (heading, by_reason) in [
        ("passed over", &report.passed_over),
        ("could not be read", &report.bad),
    ] {
        for (reason, skipped) in by_reason {
            let _ = write!(text, "\n  {heading}: {reason}: {}", numbers(skipped));
        }
    }
    text
}

fn lines(n_lines: u64) -> String {
    let noun = if n_lines == 1 { "line" } else { "lines" };
    format!("{} {noun}", output::thousands(n_lines))
}

fn counted(count: ImportCount) -> String {
    let (n_new, n_known) = (count.n_new, count.n_known);
    let n_new = output::thousands(n_new);
    match n_known {
        0 => format!("{n_new} new"),
        n_known => format!("{n_new} new, {} there already", output::thousands(n_known)),
    }
}

/// The numbers of the first few lines, and how many more there are.
fn numbers(skipped: &Skipped) -> String {
    let first: Vec<String> = skipped.first.iter().map(ToString::to_string).collect();
    let noun = if skipped.n_lines == 1 {
        "line"
    } else {
        "lines"
    };
    let first = first.join(", ");
    match skipped.n_lines.saturating_sub(skipped.first.len() as u64) {
        0 => format!("{noun} {first}"),
        n_more => format!("{noun} {first} and {} more", output::thousands(n_more)),
    }
}

pub(super) fn to_json(path: &Path, report: &ImportReport, assumed: &Assumed) -> Value {
    let count = |count: ImportCount| json!({"n_new": count.n_new, "n_known": count.n_known});
    let offset = (report.format == SourceFormat::Log).then(|| assumed.utc_offset.to_string());
    let kinds = report
        .kinds
        .iter()
        .map(|(kind, n_lines)| (kind.as_str().to_owned(), json!(n_lines)));
    json!({
        "source": path,
        "format": report.format.as_str(),
        "utc_offset": offset,
        "n_lines": report.n_lines,
        "n_joined": report.n_joined,
        "calls": count(report.calls),
        "escalations": count(report.escalations),
        "kinds": kinds.collect::<serde_json::Map<_, _>>(),
        "passed_over": skipped_json(&report.passed_over),
        "bad": skipped_json(&report.bad),
    })
}

fn skipped_json(by_reason: &BTreeMap<String, Skipped>) -> Value {
    let skipped = |(reason, skipped): (&String, &Skipped)| json!({"reason": reason, "n_lines": skipped.n_lines, "first_lines": skipped.first});
    by_reason.iter().map(skipped).collect()
}
