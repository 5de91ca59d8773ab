//! Sets the ceiling in a client's request by splicing its bytes: every byte that is not the ceiling
//! stays what and where it was.
//!
//! A ceiling that is there keeps its name and its place, in every duplicate of it, so that any parser
//! reads the same. One that is missing becomes the first member. A second name for it goes where the
//! provider would refuse both.

mod config;
mod top;

use std::borrow::Cow;
use std::io::Write as _;

use autopack_core::{CeilingParameter, Tokens};

use crate::dialect::Dialect;
use crate::error::RequestError;

/// The most ceilings a request may have: all names and spellings twice over are eight.
pub const MAX_CEILINGS: usize = 16;

/// The most bytes that a ceiling adds to a request: its name in an object of its own, twenty digits,
/// and that in every place.
const MAX_ADDED_BYTES: usize = MAX_CEILINGS * 64;

/// Where a body changes, in ascending order.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    list: [Edit; MAX_CEILINGS],
    n: usize,
}

/// One change: the bytes from `start` to `end` become something else.
#[derive(Clone, Copy, Debug, Default)]
struct Edit {
    start: usize,
    end: usize,
    put: Put,
}

#[derive(Clone, Copy, Debug, Default)]
enum Put {
    #[default]
    Nothing,
    /// The ceiling in digits, between two texts.
    Ceiling(&'static str, &'static str),
}

/// Puts `ceiling` into `body`; where it is there already, the body is lent back as it is.
pub(crate) fn set(
    dialect: Dialect,
    body: &[u8],
    parameter: CeilingParameter,
    ceiling: Tokens,
) -> Result<Cow<'_, [u8]>, RequestError> {
    let edits = Edits::find(dialect, body, parameter)?;
    if edits.change_nothing(body, ceiling) {
        return Ok(Cow::Borrowed(body));
    }
    let mut into = Vec::new();
    edits.apply(body, ceiling, &mut into);
    Ok(Cow::Owned(into))
}

/// Writes `body` with `ceiling` into `into`, in place of what is there.
pub(crate) fn set_into(
    dialect: Dialect,
    body: &[u8],
    parameter: CeilingParameter,
    ceiling: Tokens,
    into: &mut Vec<u8>,
) -> Result<(), RequestError> {
    Edits::find(dialect, body, parameter)?.apply(body, ceiling, into);
    Ok(())
}

impl Edits {
    fn find(
        dialect: Dialect,
        body: &[u8],
        parameter: CeilingParameter,
    ) -> Result<Self, RequestError> {
        let edits = match dialect {
            Dialect::GeminiGenerateContent => config::find(body)?,
            Dialect::AnthropicMessages | Dialect::OpenAiChat | Dialect::OpenAiResponses => {
                top::find(dialect, body, parameter)?
            }
        };
        edits.checked()
    }

    fn list(&self) -> &[Edit] {
        &self.list[..self.n]
    }

    /// Notes a change, and that it is one too many where it is.
    fn push(&mut self, start: usize, end: usize, put: Put) {
        if let Some(place) = self.list.get_mut(self.n) {
            *place = Edit { start, end, put };
        }
        self.n += 1;
    }

    fn checked(self) -> Result<Self, RequestError> {
        if self.n > MAX_CEILINGS {
            return Err(RequestError::TooManyCeilings {
                limit: MAX_CEILINGS,
            });
        }
        Ok(self)
    }

    fn change_nothing(&self, body: &[u8], ceiling: Tokens) -> bool {
        let digits = Digits::of(ceiling);
        self.list().iter().all(|edit| {
            matches!(edit.put, Put::Ceiling("", ""))
                && body[edit.start..edit.end] == *digits.bytes()
        })
    }

    fn apply(&self, body: &[u8], ceiling: Tokens, into: &mut Vec<u8>) {
        let digits = Digits::of(ceiling);
        into.clear();
        into.reserve(body.len() + MAX_ADDED_BYTES);
        let mut done = 0;
        for edit in self.list() {
            into.extend_from_slice(&body[done..edit.start]);
            if let Put::Ceiling(before, after) = edit.put {
                into.extend_from_slice(before.as_bytes());
                into.extend_from_slice(digits.bytes());
                into.extend_from_slice(after.as_bytes());
            }
            done = edit.end;
        }
        into.extend_from_slice(&body[done..]);
    }
}

/// A ceiling in digits.
struct Digits {
    /// As many as a count of 64 bits has.
    buffer: [u8; 20],
    n: usize,
}

impl Digits {
    fn of(ceiling: Tokens) -> Self {
        let mut buffer = [0; 20];
        let mut rest = &mut buffer[..];
        // Twenty bytes hold any count.
        let _ = write!(rest, "{ceiling}");
        let n = 20 - rest.len();
        Self { buffer, n }
    }

    fn bytes(&self) -> &[u8] {
        &self.buffer[..self.n]
    }
}

#[cfg(test)]
mod tests;
