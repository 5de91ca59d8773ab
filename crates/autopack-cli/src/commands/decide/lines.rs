//! Lines of standard input, none longer than a limit.

use std::io::{self, BufRead, BufReader, Read};

/// The longest line that is read, in bytes: a phase with the text of a few thousand source files. A
/// longer one is passed over without being held in memory.
pub(super) const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

/// How much of the input is read at once, in bytes.
const BUFFER_BYTES: usize = 256 * 1024;

/// A line of input.
pub(super) enum Line<'a> {
    /// Nothing but white space.
    Blank,
    /// The line, without its end.
    Whole(&'a [u8]),
    /// A line above the limit.
    TooLong {
        /// How long it was.
        n_bytes: usize,
    },
}

/// Reads lines.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER_BYTES, input),
            line: Vec::new(),
        }
    }

    /// Whether the next line has to be waited for.
    pub(super) fn has_none_waiting(&self) -> bool {
        self.input.buffer().is_empty()
    }

    /// The next line, `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let mut n_bytes = 0;
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            let end = memchr::memchr(b'\n', buffer);
            let piece = &buffer[..end.unwrap_or(buffer.len())];
            n_bytes += piece.len();
            if n_bytes <= MAX_LINE_BYTES {
                self.line.extend_from_slice(piece);
            }
            let n_used = piece.len() + usize::from(end.is_some());
            self.input.consume(n_used);
            if end.is_some() {
                return Ok(Some(self.whole(n_bytes)));
            }
        }
        Ok((n_bytes > 0).then(|| self.whole(n_bytes)))
    }

    fn whole(&self, n_bytes: usize) -> Line<'_> {
        if n_bytes > MAX_LINE_BYTES {
            return Line::TooLong { n_bytes };
        }
        let line = self.line.trim_ascii();
        if line.is_empty() {
            Line::Blank
        } else {
            Line::Whole(line)
        }
    }
}
