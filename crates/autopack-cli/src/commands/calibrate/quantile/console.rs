//! What was learned, for the screen.

use autopack_calibrate::quantile::{Action, CANNOT, GroupFigures, NAME};
use autopack_core::{Provider, Tokens};

use super::{Learned, reasons};
use crate::commands::calibrate::percent;
use crate::exit::Failure;
use crate::output::{self, Align, Table};

const COLUMNS: [(&str, Align); 12] = [
    ("category", Align::Left),
    ("complexity", Align::Left),
    (PROVIDER, Align::Left),
    ("calls", Align::Right),
    ("cut off", Align::Right),
    ("median", Align::Right),
    ("ceiling", Align::Right),
    ("fitted", Align::Right),
    ("proposal", Align::Left),
    ("truncation", Align::Right),
    ("at most", Align::Right),
    ("waste", Align::Right),
];

/// The column of the provider, where nothing finer is in it …
const PROVIDER: &str = "provider";
/// … and where groups by model, effort, template and input size are.
const WITHIN: &str = "provider/model/…";

pub(super) fn print(learned: &Learned<'_>) -> Result<(), Failure> {
    let mut columns = COLUMNS;
    columns[2].0 = provider_column(learned);
    let mut table = Table::new(&columns);
    for figures in &learned.calibration.groups {
        table.row(row(figures));
    }
    output::data(table)?;
    output::data(notes(learned).join("\n"))
}

fn row(figures: &GroupFigures) -> Vec<String> {
    let cell = &figures.group.cell;
    let mut row = vec![cell.category.to_string(), cell.complexity.to_string()];
    row.extend(cells(figures));
    row
}

/// What there is to say of a group beside its cell, in the order of the columns.
pub(super) fn cells(figures: &GroupFigures) -> [String; 10] {
    [
        provider(figures),
        figures.n_calls.to_string(),
        figures.n_censored.to_string(),
        median(figures),
        figures.current.to_string(),
        fitted(figures),
        proposal(figures),
        share(figures.expected_truncation),
        share(figures.truncation_at_most),
        waste(figures),
    ]
}

/// What the column of the provider is called.
pub(super) fn provider_column(learned: &Learned<'_>) -> &'static str {
    match reasons::n_finer(learned) {
        0 => PROVIDER,
        _ => WITHIN,
    }
}

fn provider(figures: &GroupFigures) -> String {
    let provider = figures.group.provider;
    let provider = provider.map_or("-", Provider::as_str);
    format!("{provider}{}", figures.group.within)
}

fn median(figures: &GroupFigures) -> String {
    let median = figures.median_tokens;
    median.map_or_else(|| "-".to_owned(), |median| format!("{median:.0}"))
}

fn fitted(figures: &GroupFigures) -> String {
    let fitted = figures.fitted.as_ref();
    fitted.map_or_else(|| "-".to_owned(), Tokens::to_string)
}

/// What is proposed for a group.
fn proposal(figures: &GroupFigures) -> String {
    let by = figures.relative.map_or("", |_| " by estimate");
    match figures.action {
        Action::Keep => "keep".to_owned(),
        Action::Raise(ceiling) => format!("raise to {ceiling}{by}"),
        Action::Lower(ceiling) => format!("lower to {ceiling}{by}, certified"),
        Action::Follow(_) => "as the row above".to_owned(),
        Action::Hold(ceiling) => format!("hold at {ceiling}"),
    }
}

fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), percent)
}

/// Waste before and after, where it changes.
fn waste(figures: &GroupFigures) -> String {
    let current = output::ratio(figures.current_waste());
    match figures.action {
        _ if figures.proposed() == figures.current => current,
        _ => format!("{current} → {}", output::ratio(figures.expected_waste())),
    }
}

fn notes(learned: &Learned<'_>) -> Vec<String> {
    let mut notes = reasons::accounts(learned);
    notes.extend(summary(learned));
    notes.extend(caveats(learned));
    notes.extend(FORMULAS.map(str::to_owned));
    notes.push(format!("what `{NAME}` cannot do:"));
    notes.extend(CANNOT.map(|line| format!("- {line}")));
    notes
}

/// What would change, and how certain it is.
pub(super) fn summary(learned: &Learned<'_>) -> [String; 3] {
    let (n_raised, n_lowered) = reasons::n_moved(learned);
    let target = learned.calibration.settings.target.get();
    [
        format!(
            "groups: {}, of which {n_raised} would be raised and {n_lowered} lowered, for at most {} of calls cut off",
            reasons::n_groups(learned),
            percent(target)
        ),
        format!("why this target: {}", learned.why_target),
        reasons::certificate(learned),
    ]
}

/// What has to be said of groups, a line each.
pub(super) fn caveats(learned: &Learned<'_>) -> Vec<String> {
    let groups = learned.calibration.groups.iter();
    let lines = groups.flat_map(|figures| {
        let caveats = figures.caveats.iter();
        caveats.map(|caveat| format!("{}: {caveat}", figures.group))
    });
    lines.collect()
}

/// How the columns are worked out.
pub(super) const FORMULAS: [&str; 4] = [
    "cut off = calls of which nobody knows how long they are: each counts as longer than its ceiling",
    "fitted = the ceiling that the target share of calls is likely not to exceed, by Kaplan-Meier and the groups around",
    "truncation = the share expected beyond the proposed ceiling; at most: its exact bound at 95 %, by the calls that tell",
    "waste = ceiling / median length, before and after",
];
