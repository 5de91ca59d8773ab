//! The deliverables of a phase: any nesting of lists and maps of texts, flattened in order.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// The most deliverables one phase may name. A phase is one reply of at most a million tokens;
/// ten thousand files would leave a hundred tokens for each.
pub const MAX_DELIVERABLES: usize = 10_000;

/// How deep lists and maps may nest: beyond any hand-written plan, well within the stack.
const MAX_NESTING: usize = 64;

/// Deliverables as given: trimmed texts in document order, blanks and nulls dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deliverables(Vec<String>);

impl Deliverables {
    /// The texts, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: AsRef<str>> FromIterator<T> for Deliverables {
    /// Takes texts as they come; the limit of [`MAX_DELIVERABLES`] is one of documents.
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        Self(
            texts
                .into_iter()
                .filter_map(|text| trimmed(text.as_ref()))
                .collect(),
        )
    }
}

impl<'de> Deserialize<'de> for Deliverables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut texts = Vec::new();
        deserializer.deserialize_any(Flatten {
            into: &mut texts,
            depth: 0,
        })?;
        Ok(Self(texts))
    }
}

fn trimmed(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Walks one value of the document and pushes the texts it finds.
struct Flatten<'a> {
    into: &'a mut Vec<String>,
    depth: usize,
}

impl Flatten<'_> {
    fn push<E: de::Error>(&mut self, text: &str) -> Result<(), E> {
        let Some(text) = trimmed(text) else {
            return Ok(());
        };
        if self.into.len() == MAX_DELIVERABLES {
            return Err(E::custom(format_args!(
                "more than {MAX_DELIVERABLES} deliverables in one phase: split the phase"
            )));
        }
        self.into.push(text);
        Ok(())
    }

    fn deeper<E: de::Error>(&mut self) -> Result<Flatten<'_>, E> {
        if self.depth == MAX_NESTING {
            return Err(E::custom(format_args!(
                "deliverables nest deeper than {MAX_NESTING} levels: flatten them"
            )));
        }
        Ok(Flatten {
            into: self.into,
            depth: self.depth + 1,
        })
    }
}

impl<'de> de::DeserializeSeed<'de> for Flatten<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Flatten<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or lists and maps of texts")
    }

    fn visit_str<E: de::Error>(mut self, text: &str) -> Result<(), E> {
        self.push(text)
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.deeper()?)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        while entries.next_key::<de::IgnoredAny>()?.is_some() {
            entries.next_value_seed(self.deeper()?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flattened(json: &str) -> Result<Vec<String>, String> {
        serde_json::from_str::<Deliverables>(json)
            .map(|deliverables| deliverables.0)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn any_nesting_flattens_in_document_order() {
        let json = r#"{"z": ["b.md", [" a.md ", null, ""]], "a": {"x": "c.rs"}}"#;
        assert_eq!(flattened(json).expect("flattens"), ["b.md", "a.md", "c.rs"]);
        assert_eq!(flattened(r#""one.md""#).expect("flattens"), ["one.md"]);
        assert_eq!(flattened("null").expect("flattens"), Vec::<String>::new());
    }

    #[test]
    fn toml_flattens_in_document_order_too() {
        #[derive(serde::Deserialize)]
        struct Holder {
            deliverables: Deliverables,
        }
        let holder: Holder =
            toml::from_str("[deliverables]\nz = [\"b.md\"]\na = \"c.rs\"\n").expect("parses");
        assert_eq!(holder.deliverables.as_slice(), ["b.md", "c.rs"]);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let error = flattened("[3]").expect_err("a number");
        assert!(
            error.contains("a text, or lists and maps of texts"),
            "{error}"
        );
    }

    #[test]
    fn limits_hold() {
        let many = format!("[{}]", vec![r#""a""#; MAX_DELIVERABLES + 1].join(","));
        assert!(
            flattened(&many)
                .expect_err("too many")
                .contains("split the phase")
        );
        let deep = format!("{}{}", "[".repeat(70), "]".repeat(70));
        assert!(
            flattened(&deep)
                .expect_err("too deep")
                .contains("flatten them")
        );
    }
}
