//! The lines of a reply, one after the other, with their numbers.

use std::ops::Range;

/// Lines without their ends. Where every line of a reply ends in CRLF, the reply was sent so and the
/// CR is dropped; else a CR belongs to the file that the line is of.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    texts: Vec<&'a str>,
    /// How many lines of the reply stand before the first of these.
    n_before: usize,
    at: usize,
    /// Whether the last line has an end.
    is_last_ended: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn of(reply: &'a str) -> Self {
        let is_last_ended = reply.is_empty() || reply.ends_with('\n');
        let mut lines: Vec<&str> = reply.split('\n').collect();
        if is_last_ended {
            lines.pop();
        }
        let n_ended = lines.len() - usize::from(!is_last_ended);
        if n_ended > 0 && lines[..n_ended].iter().all(|line| line.ends_with('\r')) {
            for line in &mut lines {
                *line = line.strip_suffix('\r').unwrap_or(line);
            }
        }
        Self {
            texts: lines,
            n_before: 0,
            at: 0,
            is_last_ended,
        }
    }

    /// These of the lines, by their index; from the first of them.
    pub(super) fn within(&self, range: Range<usize>) -> Self {
        Self {
            is_last_ended: self.is_last_ended || range.end < self.texts.len(),
            texts: self.texts[range.clone()].to_vec(),
            n_before: self.n_before + range.start,
            at: 0,
        }
    }

    /// All of the lines.
    pub(super) fn all(&self) -> &[&'a str] {
        &self.texts
    }

    /// The number of the line with this index.
    pub(super) const fn number_of(&self, index: usize) -> usize {
        self.n_before + index + 1
    }

    /// The number of the next line.
    pub(super) const fn number(&self) -> usize {
        self.number_of(self.at)
    }

    pub(super) fn peek(&self) -> Option<&'a str> {
        self.texts.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<&'a str> {
        let line = self.peek()?;
        self.at += 1;
        Some(line)
    }

    /// Goes to the next line that says something.
    pub(super) fn skip_blank(&mut self) {
        while self.peek().is_some_and(|line| line.trim().is_empty()) {
            self.at += 1;
        }
    }

    /// Whether the line before the next one is the last and has no end: the reply may be cut there.
    pub(super) fn is_at_open_end(&self) -> bool {
        self.at == self.texts.len() && !self.is_last_ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_of_the_reply_are_dropped_and_those_of_files_kept() {
        assert_eq!(Lines::of("a\r\n\r\nb\r\n").all(), ["a", "", "b"]);
        assert_eq!(Lines::of("a\r\nb").all(), ["a", "b"]);
        assert_eq!(Lines::of("a\n+b\r\n").all(), ["a", "+b\r"]);
        assert_eq!(Lines::of("a\r").all(), ["a\r"]);
        assert_eq!(Lines::of("").all(), [""; 0]);
        assert_eq!(Lines::of("\n\n").all(), ["", ""]);
    }

    #[test]
    fn numbers_are_those_of_the_reply() {
        let mut lines = Lines::of("a\nb\n\nc").within(1..4);
        assert_eq!((lines.number(), lines.next()), (2, Some("b")));
        lines.skip_blank();
        assert_eq!((lines.number(), lines.next()), (4, Some("c")));
        assert!(lines.is_at_open_end());
        assert_eq!(lines.next(), None);
    }
}
