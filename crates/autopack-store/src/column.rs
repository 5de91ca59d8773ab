//! A column and the value it gets, before any engine sees it.

use std::borrow::Cow;
use std::time::Duration;

use autopack_core::Tokens;

/// The name of a column and what is written there.
pub(crate) type Column<'a> = (&'static str, Value<'a>);

/// A value of a known type that may be unknown. The type stays, because an engine may want to know
/// what is NULL.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Integer(Option<i64>),
    Real(Option<f64>),
    Boolean(Option<bool>),
    Text(Option<Cow<'a, str>>),
}

impl Value<'_> {
    /// Whether it is unknown.
    pub(crate) const fn is_null(&self) -> bool {
        matches!(
            self,
            Self::Integer(None) | Self::Real(None) | Self::Boolean(None) | Self::Text(None)
        )
    }
}

/// A count; one above 2^63 is no count of anything here and saturates.
fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl From<Tokens> for Value<'_> {
    fn from(tokens: Tokens) -> Self {
        Some(tokens).into()
    }
}

impl From<Option<Tokens>> for Value<'_> {
    fn from(tokens: Option<Tokens>) -> Self {
        Self::Integer(tokens.map(|tokens| integer(tokens.get())))
    }
}

impl From<u32> for Value<'_> {
    fn from(count: u32) -> Self {
        Self::Integer(Some(count.into()))
    }
}

impl From<Option<u32>> for Value<'_> {
    fn from(count: Option<u32>) -> Self {
        Self::Integer(count.map(i64::from))
    }
}

impl From<Option<u64>> for Value<'_> {
    fn from(count: Option<u64>) -> Self {
        Self::Integer(count.map(integer))
    }
}

impl From<usize> for Value<'_> {
    fn from(count: usize) -> Self {
        Self::Integer(Some(i64::try_from(count).unwrap_or(i64::MAX)))
    }
}

/// In milliseconds.
impl From<Option<Duration>> for Value<'_> {
    fn from(duration: Option<Duration>) -> Self {
        Self::Integer(
            duration.map(|duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Real(Some(number))
    }
}

impl From<Option<f64>> for Value<'_> {
    fn from(number: Option<f64>) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Boolean(Some(flag))
    }
}

impl From<Option<bool>> for Value<'_> {
    fn from(flag: Option<bool>) -> Self {
        Self::Boolean(flag)
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(text.into()))
    }
}

impl From<Option<String>> for Value<'_> {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.map(Cow::Owned))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Some(text).into()
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::Text(text.map(Cow::Borrowed))
    }
}
