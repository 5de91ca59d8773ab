//! What cannot be read. Prompts and replies enter no message: a mistake is told by its place.

use autopack_core::CeilingParameter;

use crate::json::{Fault, MAX_DEPTH, Wrong};
use crate::refusal::ErrorReply;

/// A reply that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The body or an event is not JSON of the dialect.
    #[error("reply is not readable at line {line} column {column}: {what}")]
    Unreadable {
        /// From 1.
        line: usize,
        /// In bytes, from 1.
        column: usize,
        /// Which kind of mistake it is.
        what: &'static str,
    },
    /// One event of a stream is larger than any real one.
    #[error(
        "an event of the stream is longer than {limit} bytes: the server does not speak this dialect"
    )]
    EventTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The provider broke the stream off with an error event.
    #[error("the stream ended with an error: {0}")]
    InStream(ErrorReply),
    /// The provider sent an error where a reply should be, with a status of success.
    #[error("the provider sent an error instead of a reply: {0}")]
    Failed(ErrorReply),
}

impl WireError {
    /// A fault in `body`.
    pub(crate) fn of(fault: Fault, body: &[u8]) -> Self {
        let before = &body[..fault.at.min(body.len())];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        Self::Unreadable {
            line: memchr::memchr_iter(b'\n', before).count() + 1,
            column: before.len() - line_start + 1,
            what: match fault.wrong {
                Wrong::CutShort => "it ends too early",
                Wrong::Expected(_) => "it is not JSON of this dialect",
                Wrong::TooDeep => "it is nested too deep",
                Wrong::NotUtf8 => "a text is not UTF-8",
            },
        }
    }
}

/// A client's request that cannot be read. It may still be passed on as it is: the provider will say
/// what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The body ends inside its JSON.
    #[error("request ends too early, at byte {at}: send a whole JSON object")]
    CutShort {
        /// How long the body is, in bytes.
        at: usize,
    },
    /// The body is no JSON, or no object.
    #[error("request is not a JSON object: at byte {at} stands something else than {expected}")]
    NotJson {
        /// Where, in bytes from 0.
        at: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// Arrays and objects lie in each other deeper than any real request's.
    #[error("request is nested deeper than {limit} levels at byte {at}: nest it less")]
    TooDeep {
        /// Where, in bytes from 0.
        at: usize,
        /// The limit, in levels.
        limit: usize,
    },
    /// A text that matters is no UTF-8.
    #[error("the text at byte {at} of the request is not UTF-8: send JSON in UTF-8")]
    NotUtf8 {
        /// Where the text begins, in bytes from 0.
        at: usize,
    },
    /// The ceiling is there more often than anybody would write it.
    #[error("request has more than {limit} ceilings: write it once")]
    TooManyCeilings {
        /// The limit.
        limit: usize,
    },
    /// What should hold the ceiling cannot.
    #[error("request has something else than an object at byte {at}, where `{parameter}` belongs")]
    NoPlace {
        /// Where, in bytes from 0.
        at: usize,
        /// The ceiling's name.
        parameter: CeilingParameter,
    },
}

impl From<Fault> for RequestError {
    fn from(Fault { at, wrong }: Fault) -> Self {
        match wrong {
            Wrong::CutShort => Self::CutShort { at },
            Wrong::Expected(expected) => Self::NotJson {
                at,
                expected: expected.as_str(),
            },
            Wrong::TooDeep => Self::TooDeep {
                at,
                limit: MAX_DEPTH,
            },
            Wrong::NotUtf8 => Self::NotUtf8 { at },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Expected;

    #[test]
    fn a_fault_is_told_by_line_and_column() {
        let body = b"{\n  \"a\": x}";
        let error = WireError::of(Fault::expected(Expected::Value, 9), body);
        assert_eq!(
            error.to_string(),
            "reply is not readable at line 2 column 8: it is not JSON of this dialect"
        );
    }
}
