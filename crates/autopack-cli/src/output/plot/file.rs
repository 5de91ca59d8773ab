//! The file of a picture: its form follows from the ending.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::Context as _;

use super::png;
use crate::exit::{Failure, Fault, usage};
use crate::output;

/// Vectors or pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Svg,
    Png,
}

/// The path with the form that its ending asks for.
pub(crate) fn checked(path: &Path) -> Result<(&Path, Format), Failure> {
    let ending = path.extension().map(OsStr::to_ascii_lowercase);
    match ending.as_deref().and_then(OsStr::to_str) {
        Some("svg") => Ok((path, Format::Svg)),
        Some("png") => Ok((path, Format::Png)),
        _ => usage(format_args!(
            "--plot: `{}` ends in neither .svg nor .png: give it one of these endings",
            path.display()
        )),
    }
}

/// Writes a picture, drawn as SVG, into its file.
pub(crate) fn write(path: &Path, format: Format, svg: String) -> Result<(), Failure> {
    let bytes = match format {
        Format::Svg => svg.into_bytes(),
        Format::Png => png(&svg).outside()?,
    };
    let shown = path.display();
    fs::write(path, bytes)
        .with_context(|| {
            format!("cannot write `{shown}`: choose a file in a folder that exists and is writable")
        })
        .outside()?;
    output::say(format_args!("picture in {shown}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_form() {
        for (path, format) in [("a.svg", Format::Svg), ("a.b/C.PNG", Format::Png)] {
            let (_, found) = checked(Path::new(path)).expect(path);
            assert_eq!(found, format);
        }
        for path in ["picture", "a.pdf", ".svg", "svg", "a.svg.txt"] {
            let failure = checked(Path::new(path)).expect_err(path).to_string();
            assert!(
                failure.contains(&format!("`{path}` ends in neither")),
                "{failure}"
            );
        }
    }
}
