//! Writes ceilings, so that anybody can check the figures.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context as _;
use autopack_core::Tokens;

use crate::exit::{Failure, Fault};

/// Writes row by row, all policies of a row together: what is written of the beginning of a trace is
/// the beginning of what is written of all of it.
pub(super) fn write(path: &Path, live: &[(&str, Vec<Tokens>)]) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        writeln!(file, "row,policy,ceiling")?;
        let n_rows = live.first().map_or(0, |(_, ceilings)| ceilings.len());
        for row in 0..n_rows {
            for (name, ceilings) in live {
                writeln!(file, "{row},{name},{}", ceilings[row])?;
            }
        }
        file.flush()
    };
    write()
        .with_context(|| format!("cannot write `{}`", path.display()))
        .outside()
}
