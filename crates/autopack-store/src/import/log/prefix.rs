//! What stands before a message: the time, in the two forms that the reference's loggers had.
//!
//! ```text
//! [2025-12-29 19:40:02] INFO: message
//! 2025-12-23 20:28:07,537 - autopack.anthropic_clients - INFO - message
//! ```

use jiff::civil::DateTime;

/// How long `2025-12-29 19:40:02` is, in bytes.
const TIME_BYTES: usize = 19;

/// A message and the text of its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamped<'a> {
    time: &'a [u8],
    pub(super) message: &'a [u8],
}

impl<'a> Stamped<'a> {
    /// Takes a line apart. `None` where it does not begin as a line of a log does: it goes on with
    /// what the line before it said.
    pub(super) fn of(line: &'a [u8]) -> Option<Self> {
        let (bracketed, line) = match line.strip_prefix(b"[") {
            Some(line) => (true, line),
            None => (false, line),
        };
        let (time, rest) = line.split_at_checked(TIME_BYTES)?;
        if time[4] != b'-' || time[10] != b' ' || !time[0].is_ascii_digit() {
            return None;
        }
        let message = if bracketed {
            after(rest.strip_prefix(b"] ")?, b": ")?
        } else {
            let rest = after(rest, b" - ")?;
            after(after(rest, b" - ")?, b" - ")?
        };
        Some(Self { time, message })
    }

    /// The time, to the second; in which zone it is, a log does not say. `None` where there is no such
    /// time.
    pub(super) fn time(&self) -> Option<DateTime> {
        std::str::from_utf8(self.time).ok()?.parse().ok()
    }
}

/// What comes after the first `mark`.
fn after<'a>(text: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let at = memchr::memmem::find(text, mark)?;
    Some(&text[at + mark.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(line: &str) -> Option<&str> {
        Stamped::of(line.as_bytes())
            .map(|stamped| std::str::from_utf8(stamped.message).expect("UTF-8"))
    }

    #[test]
    fn both_forms_are_understood() {
        for line in [
            "[2025-12-29 19:40:02] INFO: [A] b: c",
            "[2025-12-29 19:40:02] WARNING: [A] b: c",
            "2025-12-29 19:40:02,537 - autopack.clients - INFO - [A] b: c",
            "2025-12-29 19:40:02 - root - WARNING - [A] b: c",
        ] {
            assert_eq!(message(line), Some("[A] b: c"), "{line}");
            let stamped = Stamped::of(line.as_bytes()).expect(line);
            let time = stamped.time().expect(line);
            assert_eq!(time.to_string(), "2025-12-29T19:40:02");
        }
    }

    #[test]
    fn anything_else_goes_on_with_the_line_before() {
        for line in [
            "",
            "[",
            "Traceback (most recent call last):",
            "[TOKEN_BUDGET] phase=a",
            "[19:40:02] INFO: a",
            "[2025-12-29 19:40:02]",
            "[2025-12-29 19:40:02] INFO",
            "2025-12-29 19:40:02,537 INFO a",
            "ééééééééééééééééééééééééé",
        ] {
            assert_eq!(message(line), None, "{line}");
        }
        let stamped = Stamped::of(b"[2025-13-40 19:40:02] INFO: a").expect("a form");
        assert_eq!(stamped.time(), None);
    }
}
