//! How waste is distributed: a histogram on a logarithmic axis.

use plotters::chart::ChartBuilder;
use plotters::element::Rectangle;
use plotters::prelude::IntoLogRange as _;
use plotters::series::DashedLineSeries;
use plotters::style::Color as _;

use super::Wastes;
use super::panel::{self, Area, BLUE, INK, Side, VERMILION, line};
use crate::output;

/// The least that the axis shows, so that a single bin does not fill it: 1 × to 8 ×.
const LEAST_RANGE: (f64, f64) = (1.0, 8.0);

/// Room to the sides, as a factor, and above the tallest bar, as a part of it.
const ROOM: f64 = 1.1;
const ROOM_ABOVE: u64 = 4;

/// The room for the labels of the axis of calls, in pixels.
const AXIS_WIDTH: i32 = 72;

/// How many pixels a name beside its mark takes, and the height of a line of names.
const NAME_WIDTH: i32 = 110;
const NAME_HEIGHT: i32 = 16;

/// Draws the panel.
pub(super) fn draw(area: &Area<'_>, wastes: &Wastes) -> anyhow::Result<()> {
    panel::title(area, "Waste of the ceilings")?;
    let Some(n_most) = wastes.bins.iter().map(|bin| bin.n).max() else {
        return panel::nothing(area, "no calls with a ceiling and a reported output");
    };
    let (mut low, mut high) = LEAST_RANGE;
    for bin in &wastes.bins {
        (low, high) = (low.min(bin.low), high.max(bin.high));
    }
    let (low, high) = (low / ROOM, high * ROOM);
    let top = n_most + (n_most / ROOM_ABOVE).max(1);
    let mut chart = ChartBuilder::on(area)
        .margin_top(32)
        .margin_right(14)
        .x_label_area_size(48)
        .y_label_area_size(AXIS_WIDTH)
        .build_cartesian_2d((low..high).log_scale().base(2.0), 0..top)?;
    let mut mesh = chart.configure_mesh();
    panel::axes(&mut mesh);
    mesh.disable_x_mesh()
        .x_desc("waste (ceiling ÷ output tokens)")
        .y_desc("calls")
        .x_label_formatter(&|waste| format!("{waste} ×"))
        .y_label_formatter(&|n| output::thousands(*n))
        .draw()?;
    for style in [BLUE.mix(0.65).filled(), line(BLUE, 1)] {
        let bars = wastes
            .bins
            .iter()
            .map(|bin| Rectangle::new([(bin.low, 0), (bin.high, bin.n)], style));
        chart.draw_series(bars)?;
    }
    let right_end = i32::try_from(area.dim_in_pixel().0)?;
    // Apart from each other: the median's name before its line, the other's behind.
    let marks = [
        ("median", wastes.median, INK, Side::Right),
        ("p90", wastes.p90, VERMILION, Side::Left),
    ];
    for (at, (name, waste, colour, wanted)) in (0..).zip(marks) {
        let Some(waste) = waste else { continue };
        let ends = [(waste, 0), (waste, top)];
        chart.draw_series(DashedLineSeries::new(ends, 6, 4, line(colour, 2)))?;
        let (x, y) = panel::place_in(area, chart.backend_coord(&(waste, top)));
        let (side, gap) = match wanted {
            Side::Left if x + NAME_WIDTH < right_end => (Side::Left, 6),
            Side::Right if x - NAME_WIDTH < AXIS_WIDTH => (Side::Left, 6),
            _ => (Side::Right, -6),
        };
        let words = format!("{name} {} ×", output::ratio(Some(waste)));
        let place = (x + gap, y + 8 + at * NAME_HEIGHT);
        panel::coloured_text(area, place, &words, colour, side)?;
    }
    Ok(())
}
