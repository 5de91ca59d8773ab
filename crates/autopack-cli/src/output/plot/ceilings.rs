//! The ceilings of a group over time, against how long its answers were.

use plotters::chart::ChartBuilder;
use plotters::element::{Circle, PathElement, TriangleMarker};
use plotters::prelude::IntoLogRange as _;
use plotters::series::{DashedLineSeries, LineSeries};
use plotters::style::Color as _;

use super::backtest::Ceilings;
use super::panel::{self, Area, BLUE, INK, MUTED, Side, TEXT_PIXELS, VERMILION, line, text};
use super::predictions::{DASH, DOT, SOLIDITY, TRIANGLE, range};
use crate::output;

/// Draws the panel.
pub(super) fn draw(area: &Area<'_>, drawn: &Ceilings) -> anyhow::Result<()> {
    panel::title(area, &format!("Ceiling and length, {}", drawn.group))?;
    legend(area, drawn)?;
    let Some(((first, _), (last, _))) = drawn.decided.first().zip(drawn.decided.last()) else {
        return panel::nothing(area, "no calls");
    };
    let points = drawn
        .whole
        .iter()
        .chain(&drawn.truncated)
        .chain(&drawn.decided);
    let y = range(points.map(|(_, tokens)| *tokens).chain([drawn.oracle]));
    let mut chart = ChartBuilder::on(area)
        .margin_top(74)
        .margin_right(14)
        .x_label_area_size(48)
        .y_label_area_size(72)
        .build_cartesian_2d(*first..last.max(first + 1.0), y.log_scale().base(2.0))?;
    let thousands = |number: &f64| output::thousands(autopack_core::Tokens::floor(*number).get());
    let mut mesh = chart.configure_mesh();
    panel::axes(&mut mesh);
    mesh.x_desc("call")
        .y_desc("tokens")
        .x_label_formatter(&thousands)
        .y_label_formatter(&thousands)
        .draw()?;
    let dots = drawn.whole.iter();
    let dot = BLUE.mix(SOLIDITY).filled();
    chart.draw_series(dots.map(|(x, y)| Circle::new((*x, y.max(1.0)), DOT - 1, dot)))?;
    let oracle = [(*first, drawn.oracle), (*last, drawn.oracle)];
    chart.draw_series(DashedLineSeries::new(
        oracle,
        DASH.0,
        DASH.1,
        line(MUTED, 1),
    ))?;
    let ceilings = drawn.decided.iter().copied();
    chart.draw_series(LineSeries::new(ceilings, line(INK, 1)))?;
    let triangle = VERMILION.mix(SOLIDITY).filled();
    let triangles = drawn.truncated.iter();
    chart.draw_series(triangles.map(|place| TriangleMarker::new(*place, TRIANGLE, triangle)))?;
    Ok(())
}

/// What each sign means.
fn legend(area: &Area<'_>, drawn: &Ceilings) -> anyhow::Result<()> {
    let label =
        |(x, y): (i32, i32), words: &str| text(area, (x + 18, y), words, TEXT_PIXELS, Side::Left);
    let (first, second, upper, lower) = (20, 250, 34, 54);
    area.draw(&Circle::new((first, upper), DOT + 1, BLUE.filled()))?;
    let whole = output::thousands(drawn.n_whole);
    label(
        (first, upper),
        &format!("length of a whole answer ({whole})"),
    )?;
    let triangle = TriangleMarker::new((second, upper), TRIANGLE, VERMILION.filled());
    area.draw(&triangle)?;
    let truncated = output::thousands(drawn.n_truncated);
    label(
        (second, upper),
        &format!("longer than its ceiling ({truncated})"),
    )?;
    area.draw(&PathElement::new(
        [(first - 8, lower), (first + 8, lower)],
        line(INK, 1),
    ))?;
    label((first, lower), "ceiling")?;
    for middle in [-7, 0, 7] {
        let ends = [(second + middle - 2, lower), (second + middle + 2, lower)];
        area.draw(&PathElement::new(ends, line(MUTED, 1)))?;
    }
    label((second, lower), "the oracle's ceiling")
}
