//! The cursor over a document.

use std::ops::Range;

use super::text::NAME_BYTES;
use super::{Expected, Fault, MAX_DEPTH, Text, Wrong, number, quote};

/// Stands before a value, between two calls.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

/// A member of an object, before its value is read.
#[derive(Debug)]
pub(crate) struct Member<'k, 'a> {
    /// The name with its escapes undone.
    pub(crate) name: &'k [u8],
    /// The name as it is written.
    pub(crate) text: Text<'a>,
    /// Where the name's opening quote stands.
    pub(crate) start: usize,
    /// Where the comma before it stands, if it is not the first.
    pub(crate) comma: Option<usize>,
}

impl<'a> Scanner<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            depth: 0,
        }
    }

    /// Reads the whole document: one value, read by `value`, and nothing behind it.
    pub(crate) fn document<T>(
        bytes: &'a [u8],
        value: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut scanner = Self::new(bytes);
        let read = value(&mut scanner)?;
        scanner.space();
        if scanner.at < bytes.len() {
            return Err(Fault::expected(Expected::End, scanner.at));
        }
        Ok(read)
    }

    /// Reads a document that has to be an object, member by member.
    pub(crate) fn body(
        bytes: &'a [u8],
        member: impl FnMut(&mut Self, &[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        Self::document(bytes, |scanner| scanner.required_object(member))
    }

    /// The byte the next value begins with.
    pub(crate) fn peek(&mut self) -> Result<u8, Fault> {
        // Nearly always there is no space, and every other byte is above it.
        match self.bytes.get(self.at) {
            Some(byte) if *byte > b' ' => Ok(*byte),
            _ => self.peek_behind_space(),
        }
    }

    fn peek_behind_space(&mut self) -> Result<u8, Fault> {
        self.space();
        self.bytes.get(self.at).copied().ok_or(Fault {
            at: self.at,
            wrong: Wrong::CutShort,
        })
    }

    /// Where the next value begins, in bytes.
    pub(crate) fn place(&mut self) -> usize {
        self.space();
        self.at
    }

    /// What lies between `start` and here.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        &self.bytes[start..self.at]
    }

    /// What stands at `place`.
    pub(crate) fn slice(&self, place: Range<usize>) -> &'a [u8] {
        &self.bytes[place]
    }

    /// A second reading of the value at `place`.
    pub(crate) const fn again(&self, place: &Range<usize>) -> Self {
        Self {
            bytes: self.bytes,
            at: place.start,
            depth: self.depth,
        }
    }

    /// Hands every member of an object to `member`, which reads its value. Another value is passed
    /// over: whether it was an object is the answer.
    pub(crate) fn members(
        &mut self,
        mut member: impl FnMut(&mut Self, Member<'_, 'a>) -> Result<(), Fault>,
    ) -> Result<bool, Fault> {
        if self.peek()? != b'{' {
            self.skip()?;
            return Ok(false);
        }
        self.open()?;
        if self.peek()? == b'}' {
            self.close();
            return Ok(true);
        }
        let mut comma = None;
        loop {
            let start = self.place();
            let text = self.string()?;
            if self.peek()? != b':' {
                return Err(Fault::expected(Expected::Colon, self.at));
            }
            self.at += 1;
            let mut buffer = [0; NAME_BYTES];
            let name = text.name(&mut buffer);
            member(
                self,
                Member {
                    name,
                    text,
                    start,
                    comma,
                },
            )?;
            match self.peek()? {
                b',' => comma = Some(self.at),
                b'}' => break,
                _ => return Err(Fault::expected(Expected::CommaOrBrace, self.at)),
            }
            self.at += 1;
        }
        self.close();
        Ok(true)
    }

    /// The same where only the names matter.
    pub(crate) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &[u8]) -> Result<(), Fault>,
    ) -> Result<bool, Fault> {
        self.members(|scanner, Member { name, .. }| member(scanner, name))
    }

    /// The same where nothing but an object will do.
    pub(crate) fn required_members(
        &mut self,
        member: impl FnMut(&mut Self, Member<'_, 'a>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.peek()? != b'{' {
            return Err(Fault::expected(Expected::Object, self.at));
        }
        self.members(member).map(drop)
    }

    /// The same where only the names matter.
    pub(crate) fn required_object(
        &mut self,
        mut member: impl FnMut(&mut Self, &[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.required_members(|scanner, Member { name, .. }| member(scanner, name))
    }

    /// Lets `element` read every element of an array. Another value is passed over.
    pub(crate) fn array(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<bool, Fault> {
        if self.peek()? != b'[' {
            self.skip()?;
            return Ok(false);
        }
        self.open()?;
        if self.peek()? == b']' {
            self.close();
            return Ok(true);
        }
        loop {
            element(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return Err(Fault::expected(Expected::CommaOrBracket, self.at)),
            }
        }
        self.close();
        Ok(true)
    }

    /// Passes over a value and says where it is.
    pub(crate) fn skip(&mut self) -> Result<Range<usize>, Fault> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => {
                self.string()?;
            }
            b'{' | b'[' => self.nested(|_, _| {})?,
            _ => self.at = number::scalar_end(self.bytes, start)?,
        }
        Ok(start..self.at)
    }

    /// Passes over an object or array and shows each of its texts to `seen`, with whether it is a
    /// name.
    pub(crate) fn nested(&mut self, mut seen: impl FnMut(Text<'a>, bool)) -> Result<(), Fault> {
        // One bit a level, the innermost lowest: whether it is an object.
        let mut objects: u128 = 0;
        let outside = self.depth;
        loop {
            let Some(&byte) = self.bytes.get(self.at) else {
                return Err(Fault {
                    at: self.at,
                    wrong: Wrong::CutShort,
                });
            };
            match byte {
                b'"' => {
                    let text = self.string()?;
                    let is_name = objects & 1 == 1 && self.peek()? == b':';
                    seen(text, is_name);
                }
                b'{' | b'[' => {
                    self.open()?;
                    objects = objects << 1 | u128::from(byte == b'{');
                }
                b'}' | b']' => {
                    if (byte == b'}') != (objects & 1 == 1) {
                        return Err(Fault::expected(Expected::Closing, self.at));
                    }
                    objects >>= 1;
                    self.close();
                    if self.depth == outside {
                        return Ok(());
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn open(&mut self) -> Result<(), Fault> {
        if self.depth == MAX_DEPTH {
            return Err(Fault {
                at: self.at,
                wrong: Wrong::TooDeep,
            });
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    const fn close(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    /// A text, which has to stand here.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Text<'a>, Fault> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return Err(Fault::expected(Expected::Name, self.at));
        }
        let start = self.at + 1;
        let Some((end, is_plain)) = quote::close(self.bytes, start) else {
            return Err(Fault {
                at: self.bytes.len(),
                wrong: Wrong::CutShort,
            });
        };
        self.at = end + 1;
        Ok(Text::new(&self.bytes[start..end], start, is_plain))
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }
}
