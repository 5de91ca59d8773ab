//! SVG to PNG, with the bundled font alone.

use std::sync::Arc;

use anyhow::Context as _;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// Roboto 2.138, cut down to the characters of the picture (assets/README.md).
const FONT: &[u8] = include_bytes!("../../../assets/Roboto-Regular.ttf");

/// Pixels of the PNG to one of the SVG: sharp on screens of twice the usual density, and in print.
const SCALE: f32 = 2.0;

/// Renders the picture.
pub(crate) fn png(svg: &str) -> anyhow::Result<Vec<u8>> {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    let options = Options {
        fontdb: Arc::new(fonts),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).context("cannot render the picture")?;
    let size = tree.size().to_int_size().scale_by(SCALE);
    let pixels = size.and_then(|size| Pixmap::new(size.width(), size.height()));
    let mut pixels = pixels.context("no memory for the pixels of the picture")?;
    let transform = Transform::from_scale(SCALE, SCALE);
    resvg::render(&tree, transform, &mut pixels.as_mut());
    pixels
        .encode_png()
        .context("cannot write the picture as PNG")
}
