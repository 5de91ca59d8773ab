//! The picture of `backtest --plot`: the ceilings of one group against its lengths, truncation over time,
//! and how far each group is from what it needs.

use plotters::prelude::{IntoDrawingArea as _, SVGBackend, WHITE};

use super::panel::{self, MUTED, Side, TITLE_PIXELS, text};
use super::{NOTES, RATES, Rates, SIZE, WASTES, ceilings, groups, rates};

/// Where the panel of ceilings is: the upper left corner and the size.
const CEILINGS: ((i32, i32), (i32, i32)) = ((20, 60), (600, 650));
/// Groups stand where a report has wastes.
const GROUPS: ((i32, i32), (i32, i32)) = WASTES;

/// What is drawn.
pub(crate) struct Picture {
    pub(crate) title: String,
    pub(crate) ceilings: Ceilings,
    pub(crate) rates: Rates,
    pub(crate) groups: Groups,
    /// What the picture does not show.
    pub(crate) notes: Vec<String>,
}

/// Calls of one group, in tokens, by their place in the trace.
pub(crate) struct Ceilings {
    pub(crate) group: String,
    pub(crate) n_whole: u64,
    pub(crate) n_truncated: u64,
    /// Lengths that are drawn.
    pub(crate) whole: Vec<(f64, f64)>,
    pub(crate) truncated: Vec<(f64, f64)>,
    /// In order.
    pub(crate) decided: Vec<(f64, f64)>,
    /// The true quantile.
    pub(crate) oracle: f64,
}

/// Ceiling over the true quantile, geometric means by group, of calls after the warm-up.
pub(crate) struct Groups {
    /// Calls and ratio of each group.
    pub(crate) ratios: Vec<(u64, f64)>,
}

/// Draws the picture.
pub(crate) fn svg(picture: &Picture) -> anyhow::Result<String> {
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    text(
        &root,
        (NOTES.0, 32),
        &picture.title,
        TITLE_PIXELS,
        Side::Left,
    )?;
    let area = |(corner, size)| root.clone().shrink(corner, size);
    ceilings::draw(&area(CEILINGS), &picture.ceilings)?;
    groups::draw(&area(GROUPS), &picture.groups)?;
    rates::draw(&area(RATES), &picture.rates)?;
    panel::coloured_text(&root, NOTES, &picture.notes.join(" "), MUTED, Side::Left)?;
    root.present()?;
    drop(root);
    Ok(svg)
}
