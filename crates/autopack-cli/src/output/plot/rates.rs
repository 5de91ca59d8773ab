//! The truncation rate over time, with its interval.

use plotters::chart::ChartBuilder;
use plotters::element::{Circle, PathElement};
use plotters::series::{DashedLineSeries, LineSeries};
use plotters::style::Color as _;

use super::Rates;
use super::panel::{self, Area, BLUE, MUTED, Side, VERMILION, line};

/// The least that the axis shows, so that the target is within it.
const LEAST_TOP: f64 = 0.05;

/// Room above the highest interval, as a factor.
const ROOM_ABOVE: f64 = 1.1;

/// Half the width of the ends of an interval, and the radius of a rate, in pixels.
const CAP: i32 = 4;
const DOT: i32 = 3;

/// From so many rates on, intervals stand close: they are drawn faint and without ends.
const MANY: usize = 60;

/// Labels of periods are long.
const MAX_PERIOD_LABELS: usize = 5;

/// Draws the panel.
pub(super) fn draw(area: &Area<'_>, rates: &Rates) -> anyhow::Result<()> {
    let title = format!("Truncation by {}, with exact 95 % interval", rates.period);
    panel::title(area, &title)?;
    let Some(last) = rates.in_order.last() else {
        return panel::nothing(area, "no calls that came back");
    };
    let top = rates
        .in_order
        .iter()
        .map(|rate| rate.high)
        .fold(LEAST_TOP, f64::max);
    let top = (top * ROOM_ABOVE).min(1.0);
    let mut chart = ChartBuilder::on(area)
        .margin_top(32)
        .margin_right(14)
        .x_label_area_size(48)
        .y_label_area_size(72)
        .build_cartesian_2d(-1..last.at + 1, 0.0..top)?;
    let name = |at: &i32| {
        (rates.name)(*at)
            .filter(|_| (0..=last.at).contains(at))
            .unwrap_or_default()
    };
    let mut mesh = chart.configure_mesh();
    panel::axes(&mut mesh);
    mesh.disable_x_mesh()
        .x_labels(MAX_PERIOD_LABELS)
        .x_desc(rates.axis.as_str())
        .y_desc("truncated calls")
        .x_label_formatter(&name)
        .y_label_formatter(&|share| percent(*share))
        .draw()?;
    name_target(area, rates.target)?;
    let target = [(-1, rates.target), (last.at + 1, rates.target)];
    chart.draw_series(DashedLineSeries::new(target, 6, 4, line(VERMILION, 1)))?;
    let line_of_rates = rates.in_order.iter().map(|rate| (rate.at, rate.share));
    chart.draw_series(LineSeries::new(line_of_rates, BLUE.mix(0.4)))?;
    let are_many = rates.in_order.len() >= MANY;
    let (solidity, cap, dot) = if are_many {
        (0.3, 0, DOT - 1)
    } else {
        (1.0, CAP, DOT)
    };
    for rate in &rates.in_order {
        let pixel = |share: f64| panel::place_in(area, chart.backend_coord(&(rate.at, share)));
        let ((x, high), (_, low)) = (pixel(rate.high), pixel(rate.low));
        let style = MUTED.mix(solidity);
        area.draw(&PathElement::new([(x, high), (x, low)], style))?;
        for end in [high, low] {
            area.draw(&PathElement::new([(x - cap, end), (x + cap, end)], style))?;
        }
        area.draw(&Circle::new(pixel(rate.share), dot, BLUE.filled()))?;
    }
    Ok(())
}

/// Names the line of the target, in the line of the title.
fn name_target(area: &Area<'_>, target: f64) -> anyhow::Result<()> {
    let (width, _) = area.dim_in_pixel();
    let right = i32::try_from(width)? - 14;
    let words = format!("- - target: {} at most", percent(target));
    panel::coloured_text(area, (right, 10), &words, VERMILION, Side::Right)
}

/// A share as the axis shows it: `2 %`, `2.5 %`.
fn percent(share: f64) -> String {
    let percent = (1000.0 * share).round() / 10.0;
    format!("{percent} %")
}
