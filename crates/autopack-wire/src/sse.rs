//! Server-sent events, cut at any byte: bytes go in as they come, the `data` of each whole event
//! comes out. Follows the WHATWG event-stream rules that the providers use: lines end in LF, CRLF or
//! CR; an empty line ends an event; several `data:` lines are joined by a line feed; other fields
//! and comments are passed over (each provider repeats the event's type inside its data).

use crate::error::WireError;

/// The longest event that is read, in bytes. The providers send a few kilobytes; a Gemini event may
/// carry a whole reply of a million tokens, about 4 MB of text.
pub const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// Scans a stream of events.
#[derive(Debug, Default)]
pub struct EventScanner {
    /// The line that has no end yet.
    line: Vec<u8>,
    /// The data of the event that has no end yet.
    data: Vec<u8>,
    has_data: bool,
    /// The last byte was a CR, whose LF is still to be passed over.
    after_cr: bool,
}

impl EventScanner {
    /// Takes the next bytes and hands each event that they complete to `on_event`.
    ///
    /// # Errors
    /// [`WireError::EventTooLong`] past [`MAX_EVENT_BYTES`], and whatever `on_event` returns.
    pub fn push(
        &mut self,
        mut bytes: &[u8],
        mut on_event: impl FnMut(&[u8]) -> Result<(), WireError>,
    ) -> Result<(), WireError> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.hold(bytes)?;
                return Ok(());
            };
            self.hold(&bytes[..end])?;
            self.after_cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            self.end_line(&mut on_event)?;
        }
        Ok(())
    }

    /// The stream is over: an event whose last empty line is missing counts if its data is whole.
    ///
    /// # Errors
    /// Whatever `on_event` returns.
    pub fn finish(
        &mut self,
        mut on_event: impl FnMut(&[u8]) -> Result<(), WireError>,
    ) -> Result<(), WireError> {
        if !self.line.is_empty() {
            self.end_line(&mut on_event)?;
        }
        self.end_event(&mut on_event)
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        if self.line.len() + self.data.len() + bytes.len() > MAX_EVENT_BYTES {
            return Err(WireError::EventTooLong {
                limit: MAX_EVENT_BYTES,
            });
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(
        &mut self,
        on_event: &mut impl FnMut(&[u8]) -> Result<(), WireError>,
    ) -> Result<(), WireError> {
        if self.line.is_empty() {
            return self.end_event(on_event);
        }
        if let Some(value) = self.line.strip_prefix(b"data:") {
            let value = value.strip_prefix(b" ").unwrap_or(value);
            if self.has_data {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(value);
            self.has_data = true;
        }
        self.line.clear();
        Ok(())
    }

    fn end_event(
        &mut self,
        on_event: &mut impl FnMut(&[u8]) -> Result<(), WireError>,
    ) -> Result<(), WireError> {
        let outcome = if self.has_data {
            on_event(&self.data)
        } else {
            Ok(())
        };
        self.data.clear();
        self.has_data = false;
        outcome
    }
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
