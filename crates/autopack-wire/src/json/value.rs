//! Values of the types that are looked for. Another type is passed over and is `None`, false or not
//! there.

use std::borrow::Cow;

use super::{Fault, Scanner, Text, Whole};

impl<'a> Scanner<'a> {
    /// A text, or `None` for any other value.
    pub(crate) fn text(&mut self) -> Result<Option<Text<'a>>, Fault> {
        if self.peek()? == b'"' {
            return self.string().map(Some);
        }
        self.skip()?;
        Ok(None)
    }

    /// What the value is as a whole number.
    pub(crate) fn whole(&mut self) -> Result<Whole, Fault> {
        let range = self.skip()?;
        Ok(Whole::read(self.slice(range)))
    }

    /// A whole number from 0, or `None` for any other value.
    pub(crate) fn count(&mut self) -> Result<Option<u64>, Fault> {
        Ok(match self.whole()? {
            Whole::Count(count) => Some(count),
            _ => None,
        })
    }

    /// The count that an object has under `wanted`.
    pub(crate) fn count_in(&mut self, wanted: &[u8]) -> Result<Option<u64>, Fault> {
        self.member_of(wanted, Self::count)
    }

    /// The text that an object has under `wanted`.
    pub(crate) fn text_in(&mut self, wanted: &[u8]) -> Result<Option<Text<'a>>, Fault> {
        self.member_of(wanted, Self::text)
    }

    /// A text with its escapes undone, or `None` for any other value.
    pub(crate) fn decoded(&mut self) -> Result<Option<Cow<'a, str>>, Fault> {
        self.text()?.map(Text::decode).transpose()
    }

    /// Whether the value is `true`.
    pub(crate) fn flag(&mut self) -> Result<bool, Fault> {
        self.is_literally(b"true")
    }

    /// Whether an object has `true` under `wanted`.
    pub(crate) fn flag_in(&mut self, wanted: &[u8]) -> Result<bool, Fault> {
        self.member_of(wanted, Self::flag)
    }

    /// Whether the value is something else than `null`.
    pub(crate) fn is_there(&mut self) -> Result<bool, Fault> {
        Ok(!self.is_literally(b"null")?)
    }

    /// Whether the value is written like this.
    pub(crate) fn is_literally(&mut self, literal: &[u8]) -> Result<bool, Fault> {
        let place = self.skip()?;
        Ok(self.slice(place) == literal)
    }

    /// What `read` finds under `wanted` in an object.
    fn member_of<T: Default>(
        &mut self,
        wanted: &[u8],
        read: impl Fn(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut found = T::default();
        self.object(|scanner, name| {
            if name == wanted {
                found = read(scanner)?;
            } else {
                scanner.skip()?;
            }
            Ok(())
        })?;
        Ok(found)
    }
}
