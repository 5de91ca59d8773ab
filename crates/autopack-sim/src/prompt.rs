//! The text of a request, borrowed from its body.
//!
//! Anthropic and `OpenAI` write a message's content as a string or as a list of parts, Gemini as a
//! list of parts. Parts without a `text` (images, tool calls) are passed over.

use std::borrow::Cow;
use std::fmt;

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

/// The content of a message: a string, a list of parts, or null.
#[derive(Debug, Default)]
pub(crate) struct Content<'a>(Vec<Part<'a>>);

impl Content<'_> {
    /// Its texts, in order.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(Part::text)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of parts")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Content::default())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(single(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(single(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
        let mut content = Vec::new();
        while let Some(part) = parts.next_element()? {
            content.push(part);
        }
        Ok(Content(content))
    }
}

fn single(text: Cow<'_, str>) -> Content<'_> {
    let text = Some(Text(text));
    Content(vec![Part { text }])
}

/// What is wrong with a body, for the reply: the kind and the place, never the content.
pub(crate) fn fault(error: &serde_json::Error) -> String {
    if error.is_data() {
        // The parser's own words quote the value, and the value may be a prompt.
        let (line, column) = (error.line(), error.column());
        format!("a value has the wrong type at line {line} column {column}")
    } else {
        error.to_string()
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
        let text = content.0[0].text.as_ref().unwrap();
        assert!(matches!(text.0, Cow::Borrowed(_)));
    }

    #[test]
    fn a_fault_never_quotes_the_body() {
        let wrong_type = serde_json::from_str::<Vec<Part<'_>>>(r#""my secret""#).unwrap_err();
        assert_eq!(
            fault(&wrong_type),
            "a value has the wrong type at line 1 column 11"
        );
        let syntax = serde_json::from_str::<Vec<Part<'_>>>("[").unwrap_err();
        assert_eq!(
            fault(&syntax),
            "EOF while parsing a list at line 1 column 1"
        );
    }
}
