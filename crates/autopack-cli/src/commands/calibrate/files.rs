//! The two files of a calibration, under the names that the Python Autopack gave them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;

use crate::exit::{Failure, Fault};

/// How many calibrations of one second may be kept side by side.
const MAX_IN_A_SECOND: u32 = 100;

/// Writes report and document, and gives their paths. What is there already stays: of two
/// calibrations in one second, the second gets a number behind its name.
pub(super) fn write(
    folder: &Path,
    at: Timestamp,
    report: &str,
    document: &impl Serialize,
) -> Result<[PathBuf; 2], Failure> {
    let json = serde_json::to_string_pretty(document).outside()? + "\n";
    fs::create_dir_all(folder)
        .with_context(|| {
            format!(
                "cannot make the folder `{}`: choose another --output-dir",
                folder.display()
            )
        })
        .outside()?;
    let stem = at.strftime("token_estimator_calibration_%Y%m%d_%H%M%S");
    for number in 1..=MAX_IN_A_SECOND {
        let name = match number {
            1 => stem.to_string(),
            _ => format!("{stem}_{number}"),
        };
        let paths = ["md", "json"].map(|ending| folder.join(format!("{name}.{ending}")));
        if paths.iter().any(|path| path.exists()) {
            continue;
        }
        for (path, text) in paths.iter().zip([report, json.as_str()]) {
            write_new(path, text)
                .with_context(|| format!("cannot write `{}`", path.display()))
                .outside()?;
        }
        return Ok(paths);
    }
    let full = anyhow::anyhow!(
        "`{}` has {MAX_IN_A_SECOND} calibrations of this second: try again",
        folder.display()
    );
    Err(full).outside()
}

/// Writes a file that was not there; one that cannot be written whole is taken away again.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    let written = file.write_all(text.as_bytes());
    if written.is_err() {
        // The first fault is the one to tell.
        let _ = fs::remove_file(path);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at: Timestamp = "2026-11-24T12:34:56.789Z".parse().unwrap();
        let inner = folder.path().join("a/b");
        let names = |report: &str| {
            let paths = write(&inner, at, report, &report).unwrap();
            paths.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        };
        assert_eq!(
            names("first"),
            [
                "token_estimator_calibration_20261124_123456.md",
                "token_estimator_calibration_20261124_123456.json"
            ]
        );
        let second = names("second");
        assert_eq!(
            second[0],
            "token_estimator_calibration_20261124_123456_2.md"
        );
        let first = inner.join("token_estimator_calibration_20261124_123456.md");
        assert_eq!(fs::read_to_string(first).unwrap(), "first");
        let json = fs::read_to_string(inner.join(&second[1])).unwrap();
        assert_eq!(json, "\"second\"\n");
    }

    #[test]
    fn a_folder_that_cannot_be_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let error = write(&file.join("x"), at, "", &"").unwrap_err().to_string();
        assert!(error.contains("cannot make the folder"), "{error}");
    }
}
