//! A JSON reader for bodies of which little matters: it looks at the members it is asked for and
//! jumps over the rest, string by string, without building anything.
//!
//! It is lenient about types (a member of another type than expected is passed over, never a wrong
//! number) and strict about form where it looks: one document, brackets that match, names, colons and
//! commas of every object it enters. Inside what it jumps over it sees strings and brackets only; what
//! else is wrong there the provider will say.

mod number;
mod quote;
mod scanner;
mod text;
mod value;

pub(crate) use number::Whole;
pub(crate) use scanner::{Member, Scanner};
pub(crate) use text::Text;

/// The deepest nesting that is read, in levels: what `serde_json` and the providers' parsers allow
/// (serde_json 1, recursion limit); real requests stay below 20.
pub const MAX_DEPTH: usize = 128;

/// Where a document is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The byte, from 0.
    pub(crate) at: usize,
    pub(crate) wrong: Wrong,
}

/// What is wrong there. The text of the document is never part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// The document ends too early.
    CutShort,
    /// Something else should stand here.
    Expected(Expected),
    /// Nested beyond [`MAX_DEPTH`].
    TooDeep,
    /// A text that matters is no UTF-8.
    NotUtf8,
}

/// What should stand in a place. An enum and not a text, so that the result of every step of a
/// reading fits into registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Object,
    Value,
    Name,
    Colon,
    CommaOrBrace,
    CommaOrBracket,
    Closing,
    End,
}

impl Expected {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Value => "a value",
            Self::Name => "a name in quotes",
            Self::Colon => "`:`",
            Self::CommaOrBrace => "`,` or `}`",
            Self::CommaOrBracket => "`,` or `]`",
            Self::Closing => "the bracket that was opened",
            Self::End => "the end",
        }
    }
}

impl Fault {
    pub(crate) const fn expected(what: Expected, at: usize) -> Self {
        Self {
            at,
            wrong: Wrong::Expected(what),
        }
    }
}
