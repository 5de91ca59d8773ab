//! How far the ceilings of each group are from what it needs.

use plotters::chart::ChartBuilder;
use plotters::element::Circle;
use plotters::prelude::IntoLogRange as _;
use plotters::series::DashedLineSeries;
use plotters::style::Color as _;

use super::backtest::Groups;
use super::panel::{self, Area, BLUE, Side, VERMILION, line};
use super::predictions::{DASH, DOT, SOLIDITY, range};
use crate::output;

/// Room around the smallest and the largest group, as a factor.
const ROOM: f64 = 1.5;

/// Draws the panel.
pub(super) fn draw(area: &Area<'_>, groups: &Groups) -> anyhow::Result<()> {
    panel::title(area, "Ceiling ÷ the oracle's, by group")?;
    let sizes = || groups.ratios.iter().map(|(n_calls, _)| calls(*n_calls));
    let most = sizes().fold(1.0, f64::max);
    let least = sizes().fold(most, f64::min);
    if groups.ratios.is_empty() {
        return panel::nothing(area, "no calls after the warm-up");
    }
    let (width, _) = area.dim_in_pixel();
    let right = i32::try_from(width)? - 14;
    panel::coloured_text(
        area,
        (right, 10),
        "- - the oracle's own",
        VERMILION,
        Side::Right,
    )?;
    let (left_end, right_end) = (least / ROOM, most * ROOM);
    let y = range(
        groups
            .ratios
            .iter()
            .map(|(_, ratio)| *ratio * HUNDRED)
            .chain([HUNDRED]),
    );
    let mut chart = ChartBuilder::on(area)
        .margin_top(32)
        .margin_right(14)
        .x_label_area_size(48)
        .y_label_area_size(72)
        .build_cartesian_2d(
            (left_end..right_end).log_scale().base(2.0),
            y.log_scale().base(2.0),
        )?;
    let thousands = |number: &f64| output::thousands(autopack_core::Tokens::floor(*number).get());
    let times = |percent: &f64| format!("{:.2}", percent / HUNDRED);
    let mut mesh = chart.configure_mesh();
    panel::axes(&mut mesh);
    mesh.x_desc("calls of the group")
        .y_desc("ceiling ÷ oracle")
        .x_label_formatter(&thousands)
        .y_label_formatter(&times)
        .draw()?;
    let oracle = [(left_end, HUNDRED), (right_end, HUNDRED)];
    chart.draw_series(DashedLineSeries::new(
        oracle,
        DASH.0,
        DASH.1,
        line(VERMILION, 1),
    ))?;
    let dot = BLUE.mix(SOLIDITY).filled();
    let dots = groups.ratios.iter();
    chart.draw_series(
        dots.map(|(n_calls, ratio)| Circle::new((calls(*n_calls), ratio * HUNDRED), DOT, dot)),
    )?;
    Ok(())
}

/// The axis is of percent: it holds numbers from 1 on.
const HUNDRED: f64 = 100.0;

fn calls(number: u64) -> f64 {
    autopack_core::Tokens::new(number).as_f64().max(1.0)
}
