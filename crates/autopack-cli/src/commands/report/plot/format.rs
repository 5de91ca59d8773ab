//! The form of a picture, from the ending of its file.

use std::ffi::OsStr;
use std::path::Path;

use crate::exit::{Failure, usage};

/// Vectors or pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Format {
    Svg,
    Png,
}

/// The path with the form that its ending asks for.
pub(in super::super) fn checked(path: &Path) -> Result<(&Path, Format), Failure> {
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
