//! Everything the command prints. Data goes to standard output, talk to standard error.

pub(crate) mod plot;
mod table;

use std::fmt;
use std::io::{self, IsTerminal, Write};

use anyhow::Context as _;
use serde::Serialize;

use crate::exit::{Failure, Fault};

pub(crate) use table::{Align, Table};

/// The variable that filters the log.
const LOG_VARIABLE: &str = "AUTOPACK_LOG";

/// Starts the log on standard error: warnings, unless `AUTOPACK_LOG` says otherwise.
pub(crate) fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env(LOG_VARIABLE)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_coloured())
        .with_writer(io::stderr)
        .init();
}

/// Colour is for a terminal whose owner did not turn it off (<https://no-color.org>).
fn is_coloured() -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !no_color
}

/// Prints data.
pub(crate) fn data(text: impl fmt::Display) -> Result<(), Failure> {
    writeln!(io::stdout().lock(), "{text}")
        .context("cannot write to standard output")
        .outside()
}

/// Prints data as indented JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    data(serde_json::to_string_pretty(value).outside()?)
}

/// The longest line that is said, in characters: a message quotes what it found, and that may be a
/// whole file on one line.
const MAX_SAID_CHARS: usize = 500;

/// Says something to whoever watches.
pub(crate) fn say(text: impl fmt::Display) {
    // Nobody to tell is no reason to stop.
    let _ = writeln!(io::stderr().lock(), "{}", cut(&text.to_string()));
}

/// The text with every line cut to what fits.
fn cut(text: &str) -> String {
    let lines = text.trim_end().lines().map(|line| {
        let end = line.char_indices().nth(MAX_SAID_CHARS);
        end.map_or_else(
            || line.to_owned(),
            |(end, _)| format!("{} …", line[..end].trim_end()),
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Says what to look out for.
pub(crate) fn warn(text: impl fmt::Display) {
    say(format_args!("warning: {text}"));
}

/// Says how many rows of the database are left out, where any are.
pub(crate) fn warn_unreadable(n_rows: u64) {
    if n_rows > 0 {
        warn(format_args!(
            "{n_rows} rows hold values that cannot be (such as negative tokens) and are left out"
        ));
    }
}

/// Says why the command ends here.
pub(crate) fn failure(failure: &Failure) {
    say(format_args!("error: {failure}"));
}

/// A ratio as tables show it: `3.27`, or `-` where there is none.
pub(crate) fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"))
}

/// A share as tables show it: `2.5 %`, or `-` where there is none.
pub(crate) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

/// A change as tables show it: `−75.0 %`, or `-` where there is none.
pub(crate) fn signed_percent(change: Option<f64>) -> String {
    change.map_or_else(
        || "-".to_owned(),
        |change| format!("{:+.1} %", 100.0 * change).replace('-', "−"),
    )
}

/// A number, or `-` where it is not known.
pub(crate) fn known(value: Option<impl fmt::Display>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// A whole number with its thousands apart.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn long_lines_are_cut_by_characters_and_short_ones_stay() {
        let long = "ü".repeat(501);
        let cut = super::cut(&format!("  a\n{long}\n\nb\n\n"));
        assert_eq!(cut, format!("  a\n{} …\n\nb", "ü".repeat(500)));
        assert_eq!(super::cut(&long[..1000]), "ü".repeat(500));
    }

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(super::thousands(number), text);
        }
    }
}
