//! A text of a document, with its escapes undone when somebody asks.

use std::borrow::Cow;

use memchr::memchr;

use super::{Fault, Wrong};

/// The longest name that is compared with its escapes undone, in bytes: longer than any that is
/// looked for.
pub(super) const NAME_BYTES: usize = 32;

/// A text as it is written, without its quotes.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    raw: &'a [u8],
    /// Where it begins in its document, in bytes.
    at: usize,
    /// Whether there is certainly no escape in it.
    is_plain: bool,
}

impl std::fmt::Debug for Text<'_> {
    /// Without the text, which may be a prompt or a reply.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({} bytes at {})", self.raw.len(), self.at)
    }
}

/// A piece of a text.
enum Piece<'a> {
    /// Bytes that stand for themselves.
    Plain(&'a [u8]),
    /// The character an escape stands for; one that stands for none is replaced.
    Escaped(char),
}

impl<'a> Text<'a> {
    pub(super) const fn new(raw: &'a [u8], at: usize, is_plain: bool) -> Self {
        Self { raw, at, is_plain }
    }

    /// The text as a name to be compared: `buffer` takes it where escapes have to be undone. One that
    /// is too long stays as it is, and equals no name that is looked for.
    #[inline]
    pub(super) fn name<'b>(self, buffer: &'b mut [u8; NAME_BYTES]) -> &'b [u8]
    where
        'a: 'b,
    {
        if self.has_no_escape() {
            return self.raw;
        }
        self.unescaped(buffer)
    }

    #[cold]
    fn unescaped<'b>(self, buffer: &'b mut [u8; NAME_BYTES]) -> &'b [u8]
    where
        'a: 'b,
    {
        let mut length = 0;
        for piece in self.pieces() {
            let mut utf8 = [0; 4];
            let bytes = match piece {
                Piece::Plain(bytes) => bytes,
                Piece::Escaped(character) => character.encode_utf8(&mut utf8).as_bytes(),
            };
            let Some(place) = buffer.get_mut(length..length + bytes.len()) else {
                return self.raw;
            };
            place.copy_from_slice(bytes);
            length += bytes.len();
        }
        &buffer[..length]
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// Whether this is `word`, written without escapes: the words that are looked for never need
    /// any, and no client or provider escapes them.
    pub(crate) fn is(self, word: &[u8]) -> bool {
        self.raw == word
    }

    /// The bytes between the quotes, as they are written.
    pub(crate) const fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// How long the text is with its escapes undone, in bytes.
    pub(crate) fn decoded_bytes(self) -> usize {
        let (mut n_bytes, mut rest) = (self.raw.len(), self.raw);
        if self.is_plain {
            return n_bytes;
        }
        while let Some(at) = memchr(b'\\', rest) {
            let (character, length) = escape(&rest[at..]);
            n_bytes = n_bytes - length + character.len_utf8();
            rest = &rest[at + length..];
        }
        n_bytes
    }

    fn has_no_escape(self) -> bool {
        self.is_plain || memchr(b'\\', self.raw).is_none()
    }

    /// The text with its escapes undone.
    pub(crate) fn decode(self) -> Result<Cow<'a, str>, Fault> {
        if self.has_no_escape() {
            return self.utf8(self.raw).map(Cow::Borrowed);
        }
        let mut text = String::new();
        self.push_to(&mut text)?;
        Ok(Cow::Owned(text))
    }

    /// Appends the text with its escapes undone.
    pub(crate) fn push_to(self, text: &mut String) -> Result<(), Fault> {
        if self.is_plain {
            text.push_str(self.utf8(self.raw)?);
            return Ok(());
        }
        for piece in self.pieces() {
            match piece {
                Piece::Plain(bytes) => text.push_str(self.utf8(bytes)?),
                Piece::Escaped(character) => text.push(character),
            }
        }
        Ok(())
    }

    fn utf8(self, bytes: &'a [u8]) -> Result<&'a str, Fault> {
        std::str::from_utf8(bytes).map_err(|_| Fault {
            at: self.at,
            wrong: Wrong::NotUtf8,
        })
    }

    fn pieces(self) -> Pieces<'a> {
        Pieces { rest: self.raw }
    }
}

struct Pieces<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let plain = memchr(b'\\', self.rest).unwrap_or(self.rest.len());
        if plain > 0 {
            let (bytes, rest) = self.rest.split_at(plain);
            self.rest = rest;
            return Some(Piece::Plain(bytes));
        }
        let (character, n_bytes) = escape(self.rest);
        self.rest = &self.rest[n_bytes..];
        Some(Piece::Escaped(character))
    }
}

/// The character that the escape at the beginning of `bytes` stands for, and how long it is. Half a
/// pair of surrogates (some servers cut a text inside one) and an unknown escape are replaced.
fn escape(bytes: &[u8]) -> (char, usize) {
    let simple = match bytes.get(1) {
        Some(b'u') => return unicode_escape(bytes),
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(byte @ (b'"' | b'\\' | b'/')) => char::from(*byte),
        // Only the backslash goes: what follows may be the first byte of a longer character.
        _ => return (char::REPLACEMENT_CHARACTER, 1),
    };
    (simple, 2)
}

/// Bytes of `\u0000`.
const UNICODE_ESCAPE_BYTES: usize = 6;

fn unicode_escape(bytes: &[u8]) -> (char, usize) {
    let Some(first) = code_unit(bytes) else {
        return (char::REPLACEMENT_CHARACTER, 2);
    };
    let second = || code_unit(&bytes[UNICODE_ESCAPE_BYTES..]);
    let is_pair = (0xD800..0xDC00).contains(&first);
    match second().filter(|second| is_pair && (0xDC00..0xE000).contains(second)) {
        Some(second) => {
            let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            (character, 2 * UNICODE_ESCAPE_BYTES)
        }
        None => (
            char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER),
            UNICODE_ESCAPE_BYTES,
        ),
    }
}

/// The number in a `\u0000` at the beginning of `bytes`.
fn code_unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes
        .get(..UNICODE_ESCAPE_BYTES)?
        .strip_prefix(b"\\u")?
        .iter();
    digits
        .map(|digit| char::from(*digit).to_digit(16))
        .try_fold(0, |number, digit| Some(number << 4 | digit?))
}
