//! Reads the JSON of request bodies.
//!
//! As the providers do: a key that stands twice counts as it stands last, and what is nested beyond
//! reason is refused even in fields that nobody reads.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// How deep arrays and objects may be nested: what `serde_json` goes along with by itself.
const MAX_DEPTH: usize = 127;

/// An object, and nothing else: serde takes a list of values for a struct too, no provider does.
#[derive(Debug)]
pub(crate) struct Object<T>(T);

impl<T> Object<T> {
    pub(crate) fn into_inner(self) -> T {
        let Self(fields) = self;
        fields
    }
}

impl<T> Deref for Object<T> {
    type Target = T;

    fn deref(&self) -> &T {
        let Self(fields) = self;
        fields
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Reads `body`, which is an object. `spare` holds the body once more where a key stands twice.
///
/// # Errors
/// What is wrong, for the reply: the kind and the place, never the content, which may be a prompt.
pub(crate) fn read<'a, T: Deserialize<'a>>(
    body: &'a [u8],
    spare: &'a mut String,
) -> Result<T, String> {
    let text = match str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => return Err(format!("invalid UTF-8 at byte {}", error.valid_up_to())),
    };
    if is_too_deep(text) {
        return Err(format!("nested deeper than {MAX_DEPTH} levels"));
    }
    let error = match serde_json::from_str(text) {
        Ok(Object(value)) => return Ok(value),
        Err(error) => error,
    };
    let fault = fault(&error);
    if !error.is_data() {
        return Err(fault);
    }
    // A map keeps the last of equal keys, which is the one that counts.
    let deduplicated = serde_json::from_str::<Value>(text).map(|value| value.to_string());
    *spare = deduplicated.map_err(|_| fault.clone())?;
    match serde_json::from_str(spare) {
        Ok(Object(value)) => Ok(value),
        Err(_) => Err(fault),
    }
}

/// Whether brackets outside of strings are nested beyond [`MAX_DEPTH`].
fn is_too_deep(text: &str) -> bool {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

fn fault(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // The parser's own words quote the value, except where there is none.
    if error.is_data() && !text.starts_with("missing field") {
        let (line, column) = (error.line(), error.column());
        format!("a value has the wrong type at line {line} column {column}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    #[derive(Debug, serde::Deserialize)]
    struct Body {
        text: String,
        number: Option<u64>,
    }

    fn read(body: &[u8]) -> Result<(String, Option<u64>), String> {
        let mut spare = String::new();
        let body = super::read::<Body>(body, &mut spare)?;
        Ok((body.text, body.number))
    }

    #[test]
    fn a_fault_never_quotes_the_body() {
        for (body, expected) in [
            (
                &br#"{"text": "secret", "number": "secret"}"#[..],
                "a value has the wrong type at line 1 column 37",
            ),
            (
                br#"["secret", 1]"#,
                "a value has the wrong type at line 1 column 0",
            ),
            (br"{}", "missing field `text` at line 1 column 2"),
            (b"", "EOF while parsing a value at line 1 column 0"),
            (b"{\"text\": \"\xff\"}", "invalid UTF-8 at byte 10"),
        ] {
            assert_eq!(read(body), Err(expected.to_owned()));
        }
    }

    #[test]
    fn of_equal_keys_the_last_counts() {
        for (body, number) in [
            (r#"{"number": 1, "text": "t", "number": 2}"#, 2),
            (r#"{"number": "wrong", "text": "t", "number": 3}"#, 3),
            (r#"{"number": 1, "text": "t", "n\u0075mber": 4}"#, 4),
        ] {
            assert_eq!(read(body.as_bytes()), Ok(("t".to_owned(), Some(number))));
        }
        let last_is_wrong = read(br#"{"text": "t", "number": 3, "number": []}"#);
        assert!(last_is_wrong.is_err());
    }

    #[test]
    fn deep_nesting_is_refused_wherever_it_stands() {
        let nested = |depth: usize| {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            read(format!(r#"{{"text": "[[\"[[", "other": {open}{close}}}"#).as_bytes())
        };
        assert!(nested(126).is_ok());
        let expected = "nested deeper than 127 levels".to_owned();
        assert_eq!(nested(127), Err(expected.clone()));
        assert_eq!(nested(1_000_000), Err(expected));
    }
}
