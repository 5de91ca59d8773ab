//! Writes a JSON object straight into a buffer. Names and step words are known to need no escapes, and
//! looking for some in them took a third of the time of a line; values go through `serde_json`.

use std::fmt::{self, Write as _};
use std::io;

use serde::Serialize;

/// An object on the way.
pub(super) struct Object<'a> {
    json: &'a mut Vec<u8>,
    is_first: bool,
}

impl<'a> Object<'a> {
    pub(super) fn begin(json: &'a mut Vec<u8>) -> Self {
        json.push(b'{');
        Self {
            json,
            is_first: true,
        }
    }

    pub(super) fn end(self) {
        self.json.push(b'}');
    }

    /// A field of any value. The name is a plain word.
    pub(super) fn field(
        &mut self,
        name: &'static str,
        value: &(impl Serialize + ?Sized),
    ) -> io::Result<()> {
        self.name(name);
        Ok(serde_json::to_writer(&mut *self.json, value)?)
    }

    /// A field of words of our own, which have no character that JSON escapes.
    pub(super) fn plain_words(
        &mut self,
        name: &'static str,
        words: impl fmt::Display,
    ) -> io::Result<()> {
        self.name(name);
        self.json.push(b'"');
        write!(Plain(self.json), "{words}").map_err(io::Error::other)?;
        self.json.push(b'"');
        Ok(())
    }

    /// A field with a list of objects, each filled by `fill`.
    pub(super) fn list<T>(
        &mut self,
        name: &'static str,
        items: &[T],
        fill: impl Fn(&T, &mut Object<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.name(name);
        self.json.push(b'[');
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                self.json.push(b',');
            }
            let mut object = Object::begin(self.json);
            fill(item, &mut object)?;
            object.end();
        }
        self.json.push(b']');
        Ok(())
    }

    fn name(&mut self, name: &'static str) {
        if !std::mem::take(&mut self.is_first) {
            self.json.push(b',');
        }
        self.json.push(b'"');
        self.json.extend_from_slice(name.as_bytes());
        self.json.extend_from_slice(b"\":");
    }
}

/// Takes words as they are.
struct Plain<'a>(&'a mut Vec<u8>);

impl fmt::Write for Plain<'_> {
    fn write_str(&mut self, words: &str) -> fmt::Result {
        debug_assert!(
            !words
                .bytes()
                .any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\'),
            "words that JSON escapes: {words}"
        );
        self.0.extend_from_slice(words.as_bytes());
        Ok(())
    }
}
