//! Server-sent events, cut at any byte: bytes go in as they come, the `data` of each whole event
//! comes out. Follows the WHATWG event-stream rules that the providers use: lines end in LF, CRLF or
//! CR; an empty line ends an event; several `data:` lines are joined by a line feed; other fields
//! and comments are passed over (each provider repeats the event's type inside its data).
//!
//! An event that lies whole in the bytes that came is handed on where it lies; only what is cut is
//! copied.

use memchr::memchr2;

use crate::error::WireError;

/// The longest event that is read, in bytes. The providers send a few kilobytes; the last event of
/// OpenAI's Responses and one of Gemini may carry a whole reply of a million tokens, about 4 MB of
/// text.
pub const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// Scans a stream of events.
#[derive(Default)]
pub struct EventScanner {
    /// The line that has no end yet.
    line: Vec<u8>,
    /// The data of the event that has no end yet, where some of it is no longer at hand.
    data: Vec<u8>,
    has_data: bool,
    /// The last byte was a CR, whose LF is still to be passed over.
    after_cr: bool,
}

impl std::fmt::Debug for EventScanner {
    /// Without the bytes, which may be a reply.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventScanner")
            .field("line_bytes", &self.line.len())
            .field("data_bytes", &self.data.len())
            .finish_non_exhaustive()
    }
}

type Outcome = Result<(), WireError>;

impl EventScanner {
    /// Takes the next bytes and hands each event that they complete to `on_event`.
    ///
    /// # Errors
    /// [`WireError::EventTooLong`] past [`MAX_EVENT_BYTES`], and whatever `on_event` returns.
    pub fn push(&mut self, bytes: &[u8], mut on_event: impl FnMut(&[u8]) -> Outcome) -> Outcome {
        let mut rest = self.end_cut_line(bytes)?;
        // The data of the current event, as long as it is one line that lies in `bytes`.
        let mut at_hand: Option<&[u8]> = None;
        while let Some((line, after)) = self.split_line(rest) {
            rest = after;
            check_room(at_hand.map_or(self.data.len(), <[u8]>::len), line)?;
            if line.is_empty() {
                match at_hand.take() {
                    Some(data) => on_event(data)?,
                    None => self.end_kept_event(&mut on_event)?,
                }
            } else if let Some(value) = value_of(line) {
                if let Some(first) = at_hand.take() {
                    self.keep(first);
                }
                if self.has_data {
                    self.keep(value);
                } else {
                    at_hand = Some(value);
                }
            }
        }
        if let Some(data) = at_hand {
            self.keep(data);
        }
        self.hold(rest)
    }

    /// The stream is over: an event whose last empty line is missing counts if its data is whole.
    ///
    /// # Errors
    /// Whatever `on_event` returns.
    pub fn finish(&mut self, mut on_event: impl FnMut(&[u8]) -> Outcome) -> Outcome {
        self.end_cut_line(b"\n")?;
        self.end_kept_event(&mut on_event)
    }

    /// Ends the line that was cut by the last push, if there is one; what is left of `bytes`.
    fn end_cut_line<'b>(&mut self, mut bytes: &'b [u8]) -> Result<&'b [u8], WireError> {
        if self.after_cr && !bytes.is_empty() {
            self.after_cr = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        if self.line.is_empty() {
            return Ok(bytes);
        }
        let Some((end, rest)) = self.split_line(bytes) else {
            self.hold(bytes)?;
            return Ok(&[]);
        };
        self.hold(end)?;
        let line = std::mem::take(&mut self.line);
        if let Some(value) = value_of(&line) {
            self.keep(value);
        }
        // The buffer goes back, so that it is allocated once.
        self.line = line;
        self.line.clear();
        Ok(rest)
    }

    /// The next line and what is behind its end.
    fn split_line<'b>(&mut self, bytes: &'b [u8]) -> Option<(&'b [u8], &'b [u8])> {
        let end = memchr2(b'\n', b'\r', bytes)?;
        let (line, mut rest) = (&bytes[..end], &bytes[end + 1..]);
        if bytes[end] == b'\r' {
            self.after_cr = rest.is_empty();
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        Some((line, rest))
    }

    /// Puts aside a line that is cut.
    fn hold(&mut self, piece: &[u8]) -> Outcome {
        check_room(self.data.len() + self.line.len(), piece)?;
        self.line.extend_from_slice(piece);
        Ok(())
    }

    /// Puts aside one line of data of an event that is cut.
    fn keep(&mut self, value: &[u8]) {
        if self.has_data {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(value);
        self.has_data = true;
    }

    fn end_kept_event(&mut self, on_event: &mut impl FnMut(&[u8]) -> Outcome) -> Outcome {
        if !std::mem::take(&mut self.has_data) {
            return Ok(());
        }
        let outcome = on_event(&self.data);
        self.data.clear();
        outcome
    }
}

/// Refuses an event of which `known` bytes are here, when `more` are too many.
const fn check_room(known: usize, more: &[u8]) -> Outcome {
    if known + more.len() > MAX_EVENT_BYTES {
        return Err(WireError::EventTooLong {
            limit: MAX_EVENT_BYTES,
        });
    }
    Ok(())
}

/// The value of a `data:` line.
fn value_of(line: &[u8]) -> Option<&[u8]> {
    let value = line.strip_prefix(b"data:")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn events<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let mut seen = Vec::new();
        let mut note = |data: &[u8]| {
            seen.push(String::from_utf8_lossy(data).into_owned());
            Ok(())
        };
        let mut scanner = EventScanner::default();
        for piece in pieces {
            scanner.push(piece, &mut note).expect("short events");
        }
        scanner.finish(&mut note).expect("short events");
        seen
    }

    const STREAM: &str = ": hello\r\nevent: a\r\ndata: {\"x\":\"é\"}\r\n\r\ndata:one\ndata: two\n\n\
                          id: 3\rdata: three\r\revent: empty\n\ndata: last";

    #[test]
    fn fields_comments_and_line_ends_are_understood() {
        assert_eq!(
            events([STREAM.as_bytes()]),
            ["{\"x\":\"é\"}", "one\ntwo", "three", "last"]
        );
    }

    #[test]
    fn a_flood_without_line_ends_is_refused() {
        let mut scanner = EventScanner::default();
        let flood = vec![b'x'; MAX_EVENT_BYTES + 1];
        let error = scanner.push(&flood, |_| Ok(())).expect_err("too long");
        assert_eq!(
            error,
            WireError::EventTooLong {
                limit: MAX_EVENT_BYTES
            }
        );
    }

    proptest! {
        #[test]
        fn cuts_change_nothing(cuts in prop::collection::vec(0..STREAM.len(), 0..20)) {
            let mut cuts = cuts;
            cuts.extend([0, STREAM.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|pair| &STREAM.as_bytes()[pair[0]..pair[1]]);
            prop_assert_eq!(events(pieces), events([STREAM.as_bytes()]));
        }

        #[test]
        fn any_bytes_are_taken(bytes: Vec<u8>) {
            events([bytes.as_slice()]);
        }
    }
}
