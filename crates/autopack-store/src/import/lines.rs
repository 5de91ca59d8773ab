//! Lines of a file of any size, none held that is longer than a limit.

use std::io::{self, BufRead};

/// The longest line that is read, in bytes: a row of ours has at most a few thousand, a line of a log
/// seldom more. A longer one is passed over without being held in memory.
pub(super) const MAX_LINE_BYTES: usize = 1024 * 1024;

/// A line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Whole(&'a [u8]),
    /// Above the limit.
    TooLong,
}

/// Reads lines; a line ends with LF or CR LF.
#[derive(Debug)]
pub(super) struct Lines<R> {
    input: R,
    /// Bytes of the buffer that the line last read took.
    n_taken: usize,
    /// A line that reaches over the end of the buffer.
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(input: R) -> Self {
        Self {
            input,
            n_taken: 0,
            line: Vec::new(),
        }
    }

    /// The next line, `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.input.consume(std::mem::take(&mut self.n_taken));
        let buffer = self.input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        let Some(end) = memchr::memchr(b'\n', buffer) else {
            return self.long().map(Some);
        };
        self.n_taken = end + 1;
        if end > MAX_LINE_BYTES {
            return Ok(Some(Line::TooLong));
        }
        let line = &self.input.fill_buf()?[..end];
        Ok(Some(Line::Whole(without_cr(line))))
    }

    /// A line that goes on where the buffer ends.
    fn long(&mut self) -> io::Result<Line<'_>> {
        self.line.clear();
        let mut n_bytes = 0;
        loop {
            let buffer = self.input.fill_buf()?;
            let end = memchr::memchr(b'\n', buffer);
            let piece = &buffer[..end.unwrap_or(buffer.len())];
            n_bytes += piece.len();
            if n_bytes <= MAX_LINE_BYTES {
                self.line.extend_from_slice(piece);
            }
            let n_used = piece.len() + usize::from(end.is_some());
            let is_end = end.is_some() || n_used == 0;
            self.input.consume(n_used);
            if is_end {
                break;
            }
        }
        if n_bytes > MAX_LINE_BYTES {
            return Ok(Line::TooLong);
        }
        Ok(Line::Whole(without_cr(&self.line)))
    }
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// Every line, read through a buffer of that size; `None` stands for one that is too long.
    fn read(text: &[u8], capacity: usize) -> Vec<Option<Vec<u8>>> {
        let mut lines = Lines::new(BufReader::with_capacity(capacity, text));
        let mut read = Vec::new();
        while let Some(line) = lines.next().expect("readable") {
            read.push(match line {
                Line::Whole(line) => Some(line.to_owned()),
                Line::TooLong => None,
            });
        }
        read
    }

    #[test]
    fn lines_are_the_same_whatever_the_buffer() {
        let text = b"one\r\n\ntwo, longer\r\n\r\nlast \xff\r";
        let expected: [&[u8]; 5] = [b"one", b"", b"two, longer", b"", b"last \xff"];
        for capacity in 1..40 {
            let read = read(text, capacity);
            let lines: Vec<&[u8]> = read.iter().flatten().map(Vec::as_slice).collect();
            assert_eq!(lines, expected, "{capacity}");
        }
        assert_eq!(read(b"", 8), []);
        assert_eq!(read(b"\n", 8), [Some(Vec::new())]);
    }

    #[test]
    fn a_line_above_the_limit_is_passed_over() {
        let mut text = vec![b'x'; MAX_LINE_BYTES + 1];
        text.extend_from_slice(b"\nshort\n");
        text.extend(vec![b'y'; MAX_LINE_BYTES]);
        for capacity in [4096, 4 * MAX_LINE_BYTES] {
            let read = read(&text, capacity);
            let n_bytes: Vec<Option<usize>> = read
                .iter()
                .map(|line| line.as_ref().map(Vec::len))
                .collect();
            assert_eq!(n_bytes, [None, Some(5), Some(MAX_LINE_BYTES)], "{capacity}");
        }
    }
}
