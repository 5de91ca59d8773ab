//! The text of a request, borrowed from its body.
//!
//! Anthropic and `OpenAI` write a message's content as a string or as a list of parts, Gemini as a
//! list of parts. Parts without a `text` (images, tool calls) are passed over.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use crate::json::Object;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// A string of the body, copied only if it has escapes. A type of its own, because serde borrows a
/// `Cow` inside an `Option` only so.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Text<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A part of a message.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Part<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
}

impl Part<'_> {
    /// Its text, if it has one.
    pub(crate) fn text(&self) -> Option<&str> {
        self.text.as_ref().map(Text::as_str)
    }
}

/// A string, a list, or null.
#[derive(Debug, Default)]
pub(crate) enum TextOr<'a, T> {
    /// Null.
    #[default]
    Nothing,
    /// A string.
    Text(Text<'a>),
    /// A list.
    List(Vec<T>),
}

/// The content of a message: a string or a list of parts.
pub(crate) type Content<'a> = TextOr<'a, Object<Part<'a>>>;

impl<T> TextOr<'_, T> {
    /// The text of a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.as_str()),
            Self::List(_) | Self::Nothing => None,
        }
    }

    /// The entries of a list.
    pub(crate) fn list(&self) -> &[T] {
        match self {
            Self::List(list) => list,
            Self::Text(_) | Self::Nothing => &[],
        }
    }
}

impl Content<'_> {
    /// Its texts, in order.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let parts = self.list().iter().filter_map(|part| part.text());
        self.text().into_iter().chain(parts)
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for TextOr<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrVisitor(PhantomData))
    }
}

struct TextOrVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TextOrVisitor<T> {
    type Value = TextOr<'de, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(TextOr::Nothing)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(TextOr::Text(Text(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(TextOr::Text(Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(entry) = entries.next_element()? {
            list.push(entry);
        }
        Ok(TextOr::List(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_parts_and_null_are_content() {
        for (json, expected) in [
            (r#""plain""#, &["plain"][..]),
            (r#""line\nline""#, &["line\nline"]),
            (
                r#"[{"type":"text","text":"a"},{"type":"image","source":{"text":"x"}},{"text":"b"}]"#,
                &["a", "b"],
            ),
            ("null", &[]),
            ("[]", &[]),
        ] {
            let content: Content<'_> = serde_json::from_str(json).unwrap();
            assert_eq!(content.texts().collect::<Vec<_>>(), expected, "{json}");
        }
    }

    #[test]
    fn plain_text_is_borrowed() {
        let content: Content<'_> = serde_json::from_str(r#""plain""#).unwrap();
        assert!(matches!(
            content,
            TextOr::Text(Text(Cow::Borrowed("plain")))
        ));
    }
}
