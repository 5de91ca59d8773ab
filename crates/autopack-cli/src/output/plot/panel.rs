//! What the panels have in common: colours, letters, axes.

use plotters::chart::MeshStyle;
use plotters::coord::Shift;
use plotters::coord::ranged1d::Ranged;
use plotters::drawing::DrawingArea;
use plotters::prelude::{IntoFont as _, SVGBackend, ShapeStyle, TRANSPARENT, TextStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, RGBColor};

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Colours that are told apart with any kind of colour vision (Okabe and Ito, 2008), and never alone:
/// shapes and dashes tell the same.
pub(super) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(super) const VERMILION: RGBColor = RGBColor(213, 94, 0);
pub(super) const INK: RGBColor = RGBColor(40, 44, 52);
pub(super) const MUTED: RGBColor = RGBColor(110, 116, 126);
pub(super) const GRID: RGBColor = RGBColor(229, 231, 235);

/// The bundled font first, then what viewers of SVG may have instead.
const FONTS: &str = "Roboto, Helvetica, Arial, sans-serif";

/// The library's sizes are of a line; its SVG has letters of this part of them.
const LINE_PER_LETTER: f64 = 1.24;

pub(super) const TITLE_PIXELS: f64 = 20.0;
const PANEL_TITLE_PIXELS: f64 = 16.0;
pub(super) const TEXT_PIXELS: f64 = 12.0;

/// The most labels on an axis. The logarithmic axis would put ten marks to a doubling above that.
const MAX_LABELS: usize = 8;

/// Which side of its place a text begins or ends at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Middle,
    Right,
}

fn style(pixels: f64, colour: RGBColor, side: Side) -> TextStyle<'static> {
    let horizontal = match side {
        Side::Left => HPos::Left,
        Side::Middle => HPos::Center,
        Side::Right => HPos::Right,
    };
    let mut style = TextStyle::from((FONTS, pixels * LINE_PER_LETTER).into_font())
        .pos(Pos::new(horizontal, VPos::Center));
    style.color = colour.to_backend_color();
    style
}

/// Writes a text, its middle line at `place`.
pub(super) fn text(
    area: &Area<'_>,
    place: (i32, i32),
    words: &str,
    pixels: f64,
    side: Side,
) -> anyhow::Result<()> {
    Ok(area.draw_text(words, &style(pixels, INK, side), place)?)
}

/// Writes a small text in a colour.
pub(super) fn coloured_text(
    area: &Area<'_>,
    place: (i32, i32),
    words: &str,
    colour: RGBColor,
    side: Side,
) -> anyhow::Result<()> {
    Ok(area.draw_text(words, &style(TEXT_PIXELS, colour, side), place)?)
}

/// Writes the title of a panel.
pub(super) fn title(area: &Area<'_>, words: &str) -> anyhow::Result<()> {
    text(area, (12, 8), words, PANEL_TITLE_PIXELS, Side::Left)
}

/// Where a pixel of the picture is in the area.
pub(super) fn place_in(area: &Area<'_>, (x, y): (i32, i32)) -> (i32, i32) {
    let corner = area.get_base_pixel();
    (x - corner.0, y - corner.1)
}

/// Writes in the middle of a panel that there is nothing to draw.
pub(super) fn nothing(area: &Area<'_>, words: &str) -> anyhow::Result<()> {
    let (width, height) = area.dim_in_pixel();
    let middle = |pixels: u32| i32::try_from(pixels / 2).unwrap_or_default();
    let place = (middle(width), middle(height));
    Ok(area.draw_text(words, &style(TEXT_PIXELS, MUTED, Side::Middle), place)?)
}

/// The look of axes and grid.
pub(super) fn axes<X: Ranged, Y: Ranged>(mesh: &mut MeshStyle<'_, '_, X, Y, SVGBackend<'_>>) {
    let label = style(TEXT_PIXELS, INK, Side::Middle);
    mesh.x_labels(MAX_LABELS)
        .y_labels(MAX_LABELS)
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(MUTED)
        .label_style(label.clone())
        .axis_desc_style(label);
}

/// A line of a colour.
pub(super) fn line(colour: RGBColor, width: u32) -> ShapeStyle {
    colour.stroke_width(width)
}
