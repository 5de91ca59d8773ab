//! Takes messages apart into the values of their fields.

use super::super::record::Kind;

/// Why a line with a tag of ours cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in super::super) enum Bad {
    /// A field is missing, or is no such thing. It is told with the `=` or the words before it.
    #[error("{} whose `{field}` cannot be read", kind.as_str())]
    Field { kind: Kind, field: &'static str },
    #[error("{} that is not UTF-8", .0.as_str())]
    NotUtf8(Kind),
}

/// Takes a text apart at `marks`, which follow each other; the first stands at its beginning. What
/// lies behind each comes out.
pub(super) fn split<'a, const N: usize>(
    kind: Kind,
    text: &'a str,
    marks: [&'static str; N],
) -> Result<[&'a str; N], Bad> {
    let mut values = [""; N];
    let mut rest = text.trim_end();
    for (at, mark) in marks.into_iter().enumerate() {
        let missing = Bad::Field {
            kind,
            field: mark.trim(),
        };
        let (before, after) = split_at_mark(rest, mark).ok_or(missing)?;
        match at.checked_sub(1) {
            Some(before_this) => values[before_this] = before,
            None if before.is_empty() => {}
            None => return Err(missing),
        }
        (values[at], rest) = (after, after);
    }
    Ok(values)
}

/// As [`str::split_once`], which prepares for texts longer than a line; that took a fifth of an import.
fn split_at_mark<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let (bytes, mark) = (text.as_bytes(), mark.as_bytes());
    let first = *mark.first()?;
    let mut places = memchr::memchr_iter(first, bytes);
    let at = places.find(|at| bytes[*at..].starts_with(mark))?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

/// Reads values of one line.
#[derive(Clone, Copy)]
pub(super) struct Fields(pub(super) Kind);

impl Fields {
    pub(super) fn value<T: std::str::FromStr>(
        self,
        field: &'static str,
        text: &str,
    ) -> Result<T, Bad> {
        let bad = Bad::Field {
            kind: self.0,
            field,
        };
        text.parse().map_err(|_| bad)
    }

    /// A value, or Python's word for none.
    pub(super) fn known<T: std::str::FromStr>(
        self,
        field: &'static str,
        text: &str,
    ) -> Result<Option<T>, Bad> {
        match text {
            NONE => Ok(None),
            text => self.value(field, text).map(Some),
        }
    }

    pub(super) fn truth(self, field: &'static str, text: &str) -> Result<Option<bool>, Bad> {
        match text {
            "True" => Ok(Some(true)),
            "False" => Ok(Some(false)),
            NONE => Ok(None),
            _ => Err(Bad::Field {
                kind: self.0,
                field,
            }),
        }
    }

    /// `used/ceiling`.
    pub(super) fn used_of_ceiling(
        self,
        field: &'static str,
        text: &str,
    ) -> Result<(u64, u64), Bad> {
        let missing = Bad::Field {
            kind: self.0,
            field,
        };
        let (used, ceiling) = text.split_once('/').ok_or(missing)?;
        Ok((self.value(field, used)?, self.value(field, ceiling)?))
    }
}

const NONE: &str = "None";

pub(super) fn known_text(text: &str) -> Option<&str> {
    (text != NONE).then_some(text)
}
