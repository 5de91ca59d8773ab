//! Pictures: of `report --plot` (predicted against actual, waste, and truncation over time), and of
//! `backtest --plot`.
//!
//! A picture is drawn once, as SVG; PNG is that SVG rendered, so that the two never differ. The same picture
//! always makes the same bytes: no clock, no fonts of the machine.

pub(crate) mod backtest;
mod ceilings;
mod file;
mod groups;
mod panel;
mod png;
mod predictions;
mod rates;
mod wastes;

use plotters::prelude::{IntoDrawingArea as _, SVGBackend, WHITE};

use panel::{Area, MUTED, Side, TITLE_PIXELS, text};

pub(crate) use file::{checked, write};
pub(crate) use png::png;

/// What is drawn.
pub(crate) struct Picture {
    /// What the picture is of, with the number of calls and their time.
    pub(crate) title: String,
    /// What the picture does not show.
    pub(crate) notes: Vec<String>,
    pub(crate) predictions: Predictions,
    pub(crate) wastes: Wastes,
    pub(crate) rates: Rates,
}

/// Calls with a prediction and a reported output.
pub(crate) struct Predictions {
    /// Those that ended by themselves.
    pub(crate) whole: Calls,
    /// Those that were cut off: their answers are longer than what came.
    pub(crate) truncated: Calls,
}

/// Calls of a kind.
pub(crate) struct Calls {
    /// How many there are.
    pub(crate) n: u64,
    /// Those that are drawn.
    pub(crate) drawn: Vec<Call>,
}

/// A call, in tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) predicted: f64,
    pub(crate) actual: f64,
    pub(crate) ceiling: Option<f64>,
}

/// How waste is distributed.
pub(crate) struct Wastes {
    /// In order; empty ones may be left out.
    pub(crate) bins: Vec<Bin>,
    pub(crate) median: Option<f64>,
    pub(crate) p90: Option<f64>,
}

/// A bin of the histogram: from `low` to below `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bin {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) n: u64,
}

/// The truncation rate over time.
pub(crate) struct Rates {
    /// The word for a period.
    pub(crate) period: String,
    /// What the axis of periods is of.
    pub(crate) axis: String,
    /// Periods without calls are left out.
    pub(crate) in_order: Vec<RateAt>,
    /// The largest rate wanted.
    pub(crate) target: f64,
    /// The name of the period so many periods after the first.
    pub(crate) name: Box<dyn Fn(i32) -> Option<String>>,
}

/// A rate with its interval, as shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RateAt {
    /// How many periods after the first.
    pub(crate) at: i32,
    pub(crate) share: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// The size of the picture, in pixels of the SVG.
const SIZE: (u32, u32) = (1200, 760);

/// Where a panel is: its upper left corner and its size, in pixels.
type Place = ((i32, i32), (i32, i32));

/// Where the panels are. The notes stand below them.
const PREDICTIONS: Place = ((20, 60), (600, 650));
const WASTES: Place = ((640, 60), (545, 316));
const RATES: Place = ((640, 394), (545, 316));
const NOTES: (i32, i32) = (32, 736);

/// Draws the picture.
pub(crate) fn svg(picture: &Picture) -> anyhow::Result<String> {
    framed(&picture.title, &picture.notes, |root| {
        predictions::draw(&at(root, PREDICTIONS), &picture.predictions)?;
        wastes::draw(&at(root, WASTES), &picture.wastes)?;
        rates::draw(&at(root, RATES), &picture.rates)
    })
}

/// A picture with its title above the panels, and what it does not show below.
fn framed(
    title: &str,
    notes: &[String],
    draw_panels: impl FnOnce(&Area<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<String> {
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    text(&root, (NOTES.0, 32), title, TITLE_PIXELS, Side::Left)?;
    draw_panels(&root)?;
    panel::coloured_text(&root, NOTES, &notes.join(" "), MUTED, Side::Left)?;
    root.present()?;
    drop(root);
    Ok(svg)
}

/// The area of a panel.
fn at<'a>(root: &Area<'a>, (corner, size): Place) -> Area<'a> {
    root.clone().shrink(corner, size)
}

#[cfg(test)]
mod tests;
