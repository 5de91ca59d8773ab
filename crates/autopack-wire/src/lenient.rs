//! Readers that take what they understand and leave the rest unsaid: a count that is missing,
//! negative, a text or no whole number is `None`, not an error and never a wrong number.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A whole number from 0, or `None`.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    deserializer.deserialize_any(Lenient::<u64>::new())
}

/// A text, or `None`.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(Lenient::<String>::new())
}

/// A value that may be understood from one of JSON's simple types.
trait Understand: Sized {
    fn from_u64(_: u64) -> Option<Self> {
        None
    }
    fn from_str(_: &str) -> Option<Self> {
        None
    }
}

impl Understand for u64 {
    fn from_u64(number: u64) -> Option<Self> {
        Some(number)
    }
}

impl Understand for String {
    fn from_str(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

struct Lenient<T>(std::marker::PhantomData<T>);

impl<T> Lenient<T> {
    const fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<'de, T: Understand> Visitor<'de> for Lenient<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(T::from_u64(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::from_str(text))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    #[derive(serde::Deserialize)]
    struct Fields {
        #[serde(default, deserialize_with = "super::count")]
        n: Option<u64>,
        #[serde(default, deserialize_with = "super::text")]
        s: Option<String>,
    }

    #[test]
    fn only_whole_numbers_from_zero_are_counts() {
        for (json, expected) in [
            (r#"{"n": 0}"#, Some(0)),
            (r#"{"n": 12}"#, Some(12)),
            (r#"{"n": -1}"#, None),
            (r#"{"n": 1.5}"#, None),
            (r#"{"n": "12"}"#, None),
            (r#"{"n": [1, {}]}"#, None),
            (r#"{"n": {"a": [1]}}"#, None),
            (r#"{"n": null}"#, None),
            (r#"{"n": 1e30}"#, None),
            ("{}", None),
        ] {
            let fields: Fields = serde_json::from_str(json).expect("readable");
            assert_eq!(fields.n, expected, "{json}");
        }
        let fields: Fields = serde_json::from_str(r#"{"s": 3}"#).expect("readable");
        assert_eq!(fields.s, None);
    }
}
