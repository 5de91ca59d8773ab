//! Usage at the end of a stream, for whoever reads a stream that a client did not ask it of: asked for in
//! the request, and taken out of the reply again.
//!
//! A server that is asked (`stream_options.include_usage`, openai-openapi 2.3.0) puts `"usage":null` into
//! every chunk and sends one more with the usage and no choices. Without these two the stream is the one
//! that the client would have got.

use std::borrow::Cow;
use std::ops::Range;

use super::stream;
use crate::error::RequestError;
use crate::json::{Fault, Scanner};
use crate::reply::Draft;
use crate::sse::MAX_EVENT_BYTES;

/// What is put where nothing is said of the stream.
const OPTIONS: &str = "\"stream_options\":{\"include_usage\":true}";
/// What is put where something else is said of it.
const INCLUDE: &str = "\"include_usage\":true";

/// A request that asks for usage at the end of its stream, and is otherwise as it was. It is lent back
/// where it does already, or says of its stream what no server would understand.
pub(crate) fn ask(body: &[u8]) -> Result<Cow<'_, [u8]>, RequestError> {
    let (mut open, mut is_empty) = (0, true);
    let mut options = Vec::new();
    Scanner::document(body, |scanner| {
        open = scanner.place();
        scanner.required_object(|scanner, name| {
            is_empty = false;
            if name == b"stream_options" {
                options.push(Options::read(scanner)?);
            } else {
                scanner.skip()?;
            }
            Ok(())
        })
    })?;
    let (at, put) = match &options[..] {
        [] => {
            let after = if is_empty { "" } else { "," };
            (open + 1..open + 1, format!("{OPTIONS}{after}"))
        }
        [Options::Null(place)] => (place.clone(), format!("{{{INCLUDE}}}")),
        [Options::Said(place)] => (place.clone(), "true".to_owned()),
        [Options::Unsaid { inside, is_empty }] => {
            let after = if *is_empty { "" } else { "," };
            (*inside..*inside, format!("{INCLUDE}{after}"))
        }
        _ => return Ok(Cow::Borrowed(body)),
    };
    if body[at.clone()] == *put.as_bytes() {
        return Ok(Cow::Borrowed(body));
    }
    let mut asking = Vec::with_capacity(body.len() + put.len());
    asking.extend_from_slice(&body[..at.start]);
    asking.extend_from_slice(put.as_bytes());
    asking.extend_from_slice(&body[at.end..]);
    Ok(Cow::Owned(asking))
}

/// What a request says of its stream.
enum Options {
    /// Nothing, here.
    Null(Range<usize>),
    /// Whether usage is wanted, here.
    Said(Range<usize>),
    /// Not whether usage is wanted, which would stand here.
    Unsaid { inside: usize, is_empty: bool },
    /// What nobody understands.
    Other,
}

impl Options {
    fn read(scanner: &mut Scanner<'_>) -> Result<Self, Fault> {
        let start = scanner.place();
        let (mut said, mut is_empty) = (None, true);
        let is_object = scanner.object(|scanner, name| {
            is_empty = false;
            let place = scanner.skip()?;
            if name == b"include_usage" {
                said = Some(place);
            }
            Ok(())
        })?;
        let written = scanner.since(start);
        Ok(match said {
            Some(place) => Self::Said(place),
            None if is_object => Self::Unsaid {
                inside: start + 1,
                is_empty,
            },
            None if written == b"null" => Self::Null(start..start + written.len()),
            None => Self::Other,
        })
    }
}

/// Takes the usage out of a stream of Chat Completions that was asked for it in the client's place: what
/// is left are the bytes that would have come without. Events may be cut anywhere; one that is not yet
/// whole is held back until it is.
#[derive(Default)]
pub struct UsageFilter {
    /// The event that is not whole.
    held: Vec<u8>,
    /// Where its last line begins.
    line: usize,
    /// Whether an event was too long to be one, so that nothing more is taken out.
    is_off: bool,
}

impl std::fmt::Debug for UsageFilter {
    /// Without the bytes, which may be a reply.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UsageFilter")
            .field("held_bytes", &self.held.len())
            .finish_non_exhaustive()
    }
}

impl UsageFilter {
    /// Takes the next bytes and puts what the client may have of them behind `into`.
    pub fn push(&mut self, bytes: &[u8], into: &mut Vec<u8>) {
        if self.is_off {
            into.extend_from_slice(bytes);
            return;
        }
        self.held.extend_from_slice(bytes);
        let held = std::mem::take(&mut self.held);
        let mut event = 0;
        while let Some(line_end) = line_end(&held, self.line) {
            let is_blank = line_end.start == self.line;
            self.line = line_end.end;
            if is_blank {
                pass(&held[event..line_end.end], into);
                event = line_end.end;
            }
        }
        self.held = held;
        self.held.drain(..event);
        self.line -= event;
        if self.held.len() > MAX_EVENT_BYTES {
            self.is_off = true;
            into.append(&mut self.held);
        }
    }

    /// The stream is over: what is held goes behind `into`.
    pub fn finish(&mut self, into: &mut Vec<u8>) {
        pass(&self.held, into);
        self.held.clear();
        self.line = 0;
    }
}

/// The end of the line that begins at `start`. A carriage return at the very end may be half of one.
fn line_end(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let at = start + memchr::memchr2(b'\n', b'\r', &bytes[start..])?;
    match (bytes[at], bytes.get(at + 1)) {
        (b'\r', None) => None,
        (b'\r', Some(b'\n')) => Some(at..at + 2),
        _ => Some(at..at + 1),
    }
}

/// Puts an event behind `into`, without what nobody asked for.
fn pass(event: &[u8], into: &mut Vec<u8>) {
    let Some(data) = only_data(event) else {
        into.extend_from_slice(event);
        return;
    };
    match Unasked::of(&event[data.clone()]) {
        Unasked::Nothing => into.extend_from_slice(event),
        Unasked::All => {}
        Unasked::Part(part) => {
            into.extend_from_slice(&event[..data.start + part.start]);
            into.extend_from_slice(&event[data.start + part.end..]);
        }
    }
}

/// The data of an event, where it is one line.
fn only_data(event: &[u8]) -> Option<Range<usize>> {
    let mut found = None;
    let mut start = 0;
    while start < event.len() {
        let end = line_end(event, start).unwrap_or(event.len()..event.len());
        if event[start..end.start].starts_with(b"data:") {
            if found.is_some() {
                return None;
            }
            found = Some(start + b"data:".len()..end.start);
        }
        start = end.end;
    }
    found
}

/// What of a chunk nobody asked for.
#[derive(Debug, PartialEq, Eq)]
enum Unasked {
    Nothing,
    Part(Range<usize>),
    All,
}

impl Unasked {
    fn of(chunk: &[u8]) -> Self {
        match Self::read(chunk) {
            // What went wrong the client has to see too.
            Ok(Self::All) if stream::apply(chunk, &mut Draft::outcome()).is_err() => Self::Nothing,
            Ok(unasked) => unasked,
            Err(_) => Self::Nothing,
        }
    }

    fn read(chunk: &[u8]) -> Result<Self, Fault> {
        let mut usage: Option<Member> = None;
        let mut has_choices = None;
        let mut is_said_twice = false;
        Scanner::document(chunk, |scanner| {
            scanner.required_members(|scanner, member| {
                if let Some(usage) = &mut usage {
                    usage.next.get_or_insert(member.start);
                }
                match member.name {
                    b"usage" => {
                        is_said_twice |= usage.is_some();
                        let is_object = scanner.peek()? == b'{';
                        let value = scanner.skip()?;
                        usage = Some(Member {
                            start: member.start,
                            comma: member.comma,
                            is_null: scanner.slice(value.clone()) == b"null",
                            is_object,
                            end: value.end,
                            next: None,
                        });
                    }
                    b"choices" => {
                        is_said_twice |= has_choices.is_some();
                        let mut is_empty = true;
                        scanner.array(|scanner| {
                            is_empty = false;
                            scanner.skip().map(drop)
                        })?;
                        has_choices = Some(!is_empty);
                    }
                    _ => _ = scanner.skip()?,
                }
                Ok(())
            })
        })?;
        Ok(match usage {
            // Readers differ in which of the two they take.
            _ if is_said_twice => Self::Nothing,
            Some(usage) if usage.is_null => Self::Part(usage.place()),
            Some(usage) if usage.is_object && has_choices == Some(false) => Self::All,
            _ => Self::Nothing,
        })
    }
}

/// The member `usage` of a chunk.
struct Member {
    start: usize,
    comma: Option<usize>,
    is_null: bool,
    is_object: bool,
    end: usize,
    next: Option<usize>,
}

impl Member {
    /// All of it, with the comma that goes with it.
    fn place(&self) -> Range<usize> {
        match self.comma {
            Some(comma) => comma..self.end,
            None => self.start..self.next.unwrap_or(self.end),
        }
    }
}

#[cfg(test)]
mod tests;
