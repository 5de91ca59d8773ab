//! What was learned, as a report to read and to keep.

use autopack_calibrate::quantile::{CANNOT, NAME};

use super::console::{FORMULAS, caveats, cells, provider_column, summary};
use super::{Learned, reasons};
use crate::commands::calibrate::markdown::{bullets, section, table};

pub(super) fn of(learned: &Learned<'_>) -> String {
    let mut lines = vec![
        "# Calibration of the ceilings".to_owned(),
        String::new(),
        format!("Generated: {}", learned.generated_at),
        String::new(),
    ];
    let mut accounts = reasons::accounts(learned);
    accounts.extend(summary(learned));
    if let Some(since) = &learned.args.since {
        accounts.push(format!("only calls since {since}"));
    }
    section(&mut lines, "Summary", &bullets(&accounts));
    section(&mut lines, "Groups", &groups(learned));
    let caveats = caveats(learned);
    if !caveats.is_empty() {
        section(&mut lines, "Caveats", &bullets(&caveats));
    }
    section(&mut lines, "Notes", &bullets(&FORMULAS.map(str::to_owned)));
    let cannot = format!("What `{NAME}` cannot do");
    section(&mut lines, &cannot, &bullets(&CANNOT.map(str::to_owned)));
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.join("\n") + "\n"
}

fn groups(learned: &Learned<'_>) -> Vec<String> {
    let heading = [
        "group",
        provider_column(learned),
        "calls",
        "cut off",
        "median",
        "ceiling",
        "fitted",
        "proposal",
        "truncation",
        "at most",
        "waste",
    ];
    let rows = learned.calibration.groups.iter().map(|figures| {
        let mut row = vec![figures.group.cell.to_string()];
        row.extend(cells(figures));
        row
    });
    table(&heading, rows)
}
