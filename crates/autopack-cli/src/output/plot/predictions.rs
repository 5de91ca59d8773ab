//! Predicted against actual output, on logarithmic axes, with the ceiling that was sent.

use std::collections::BTreeSet;
use std::ops::Range;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::combinators::LogCoord;
use plotters::element::{Circle, PathElement, TriangleMarker};
use plotters::prelude::{IntoLogRange as _, SVGBackend};
use plotters::series::{DashedLineSeries, LineSeries};
use plotters::style::Color as _;

use super::panel::{self, Area, BLUE, INK, MUTED, Side, TEXT_PIXELS, VERMILION, line, text};
use super::{Call, Calls, Predictions};
use crate::output;

type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<LogCoord<f64>, LogCoord<f64>>>;

/// The margin of the telemetry specification: above it, a call is underestimated.
const UNDERESTIMATED: f64 = 1.1;

/// Room around the outermost points, as a factor.
const ROOM: f64 = 1.35;

/// The least span of an axis, as a factor: three doublings, and so at least two labels.
const LEAST_SPAN: f64 = 8.0;

/// Half the width of the mark of a ceiling, in pixels.
const MARK: i32 = 5;

/// Radii, in pixels, and how much of a point shows what lies beneath.
pub(super) const DOT: i32 = 3;
pub(super) const TRIANGLE: i32 = 6;
pub(super) const SOLIDITY: f64 = 0.55;

/// Dashes and the gaps between them, in pixels.
pub(super) const DASH: (i32, i32) = (6, 4);

/// Draws the panel.
pub(super) fn draw(area: &Area<'_>, predictions: &Predictions) -> anyhow::Result<()> {
    panel::title(area, "Predicted against actual output")?;
    let Predictions { whole, truncated } = predictions;
    let calls = || whole.drawn.iter().chain(&truncated.drawn);
    if calls().next().is_none() {
        return panel::nothing(area, "no calls with a prediction and a reported output");
    }
    legend(area, predictions)?;
    let x = range(calls().map(|call| call.predicted));
    let y = range(
        calls()
            .flat_map(|call| [Some(call.actual), call.ceiling])
            .flatten(),
    );
    let mut chart = ChartBuilder::on(area)
        .margin_top(74)
        .margin_right(14)
        .x_label_area_size(48)
        .y_label_area_size(72)
        .build_cartesian_2d(
            x.clone().log_scale().base(2.0),
            y.clone().log_scale().base(2.0),
        )?;
    let thousands = |tokens: &f64| output::thousands(autopack_core::Tokens::floor(*tokens).get());
    let mut mesh = chart.configure_mesh();
    panel::axes(&mut mesh);
    mesh.x_desc("predicted output (tokens)")
        .y_desc("actual output (tokens)")
        .x_label_formatter(&thousands)
        .y_label_formatter(&thousands)
        .draw()?;
    diagonals(&mut chart, &x, &y)?;
    ceilings(&mut chart, calls())?;
    points(&mut chart, predictions)
}

/// The range that holds these numbers, with room at both ends. No answer is shorter than one token,
/// as far as a logarithm can tell.
pub(super) fn range(numbers: impl Iterator<Item = f64>) -> Range<f64> {
    let (mut low, mut high) = (f64::INFINITY, 1.0_f64);
    for number in numbers.map(at_least_one) {
        (low, high) = (low.min(number), high.max(number));
    }
    let low = low.min(high);
    let room = (LEAST_SPAN / (high / low)).sqrt().max(ROOM);
    low / room..high * room
}

fn at_least_one(number: f64) -> f64 {
    number.max(1.0)
}

/// Where a prediction is exact, and where it is 1.1 × exceeded.
fn diagonals(chart: &mut Chart<'_>, x: &Range<f64>, y: &Range<f64>) -> anyhow::Result<()> {
    let diagonal = |factor: f64| {
        let low = x.start.max(y.start / factor);
        let high = x.end.min(y.end / factor);
        (low < high).then_some([(low, low * factor), (high, high * factor)])
    };
    if let Some(ends) = diagonal(1.0) {
        chart.draw_series(LineSeries::new(ends, line(INK, 1)))?;
    }
    if let Some(ends) = diagonal(UNDERESTIMATED) {
        let (dash, gap) = DASH;
        chart.draw_series(DashedLineSeries::new(ends, dash, gap, line(MUTED, 1)))?;
    }
    Ok(())
}

/// A short bar at the ceiling of each call; one for all that share a prediction and a ceiling.
fn ceilings<'c>(
    chart: &mut Chart<'_>,
    calls: impl Iterator<Item = &'c Call>,
) -> anyhow::Result<()> {
    let places: BTreeSet<(i32, i32)> = calls
        .filter_map(|call| {
            let place = (at_least_one(call.predicted), at_least_one(call.ceiling?));
            Some(chart.backend_coord(&place))
        })
        .collect();
    let area = chart.plotting_area().strip_coord_spec();
    for place in places {
        let (x, y) = panel::place_in(&area, place);
        area.draw(&PathElement::new(
            [(x - MARK, y), (x + MARK, y)],
            line(MUTED, 2),
        ))?;
    }
    Ok(())
}

fn points(chart: &mut Chart<'_>, predictions: &Predictions) -> anyhow::Result<()> {
    let place = |call: &Call| (at_least_one(call.predicted), at_least_one(call.actual));
    let dot = BLUE.mix(SOLIDITY).filled();
    let dots = predictions
        .whole
        .drawn
        .iter()
        .map(|call| Circle::new(place(call), DOT, dot));
    chart.draw_series(dots)?;
    let triangle = VERMILION.mix(SOLIDITY).filled();
    let triangles = predictions
        .truncated
        .drawn
        .iter()
        .map(|call| TriangleMarker::new(place(call), TRIANGLE, triangle));
    chart.draw_series(triangles)?;
    Ok(())
}

/// What each sign means.
fn legend(area: &Area<'_>, predictions: &Predictions) -> anyhow::Result<()> {
    let label =
        |(x, y): (i32, i32), words: &str| text(area, (x + 18, y), words, TEXT_PIXELS, Side::Left);
    let (first, second, third) = (20, 210, 450);
    let (upper, lower) = (34, 54);
    area.draw(&Circle::new((first, upper), DOT + 1, BLUE.filled()))?;
    let n = |calls: &Calls| output::thousands(calls.n);
    let whole = format!("ended by itself ({})", n(&predictions.whole));
    label((first, upper), &whole)?;
    area.draw(&TriangleMarker::new(
        (second, upper),
        TRIANGLE,
        VERMILION.filled(),
    ))?;
    let truncated = format!(
        "cut off: at least this long ({})",
        n(&predictions.truncated)
    );
    label((second, upper), &truncated)?;
    let bar = |(x, y): (i32, i32), half: i32, style| {
        PathElement::new([(x - half, y), (x + half, y)], style)
    };
    area.draw(&bar((third, upper), MARK, line(MUTED, 2)))?;
    label((third, upper), "ceiling of a call")?;
    area.draw(&bar((first, lower), 10, line(INK, 1)))?;
    label((first, lower), "actual = predicted")?;
    for middle in [-7, 0, 7] {
        area.draw(&bar((second + middle, lower), 2, line(MUTED, 1)))?;
    }
    label(
        (second, lower),
        "actual = 1.1 × predicted: above, underestimated",
    )?;
    Ok(())
}
