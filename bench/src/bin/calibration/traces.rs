//! Reads the traces that `bench/calibration/traces.py` makes.

use std::fs;
use std::path::Path;

use autopack_calibrate::backtest::{Trace, TraceCall};
use autopack_core::Tokens;

/// The calls of a trace: its second column is the group, its third the length.
pub(crate) fn read(path: &str) -> Result<Trace, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let mut trace = Trace::default();
    for line in text.lines().skip(1) {
        let mut cells = line.split(',').skip(1);
        let (group, length) = (cells.next(), cells.next());
        let length = length.and_then(|length| length.parse().ok());
        let both = group.zip(length);
        let (group, length) = both.ok_or_else(|| format!("{path}: `{line}` is no call"))?;
        let group = trace.group(group);
        trace.push(TraceCall {
            group,
            length: Tokens::new(length),
            input: None,
            estimate: None,
        });
    }
    Ok(trace)
}

/// The name of a trace.
pub(crate) fn name(path: &str) -> String {
    let stem = Path::new(path).file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}
