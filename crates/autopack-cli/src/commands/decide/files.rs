//! Files that come inside a line: a map from path to text.
//!
//! A line may carry many files of which the decision reads few, so a text stays as it was written
//! until somebody asks for it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use autopack_core::{ContextFile, Found, Workspace};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Texts by path, as JSON strings.
#[derive(Debug, Default)]
pub(super) struct Files<'a>(HashMap<Cow<'a, str>, &'a RawValue>);

impl Files<'_> {
    /// The files as context: path and number of lines.
    pub(super) fn context(&self) -> Vec<ContextFile> {
        let file = |(path, text): (&Cow<'_, str>, &&RawValue)| {
            let text = text_of(text).unwrap_or_default();
            ContextFile::new(path.clone().into_owned(), &text)
        };
        self.0.iter().map(file).collect()
    }
}

impl Workspace for Files<'_> {
    fn find(&self, path: &str) -> Found<'_> {
        match self.0.get(path) {
            None => Found::Missing,
            Some(text) => text_of(text).map_or(Found::Unreadable, Found::Text),
        }
    }
}

/// The text of a JSON string; `None` where an escape in it means no character.
fn text_of(raw: &RawValue) -> Option<Cow<'_, str>> {
    let json = raw.get();
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    if !inside.contains('\\') {
        return Some(Cow::Borrowed(inside));
    }
    serde_json::from_str(json).ok().map(Cow::Owned)
}

impl<'de: 'a, 'a> Deserialize<'de> for Files<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FilesVisitor(std::marker::PhantomData))
    }
}

struct FilesVisitor<'a>(std::marker::PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for FilesVisitor<'a> {
    type Value = Files<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from path to text")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Files<'a>, A::Error> {
        let mut files = HashMap::with_capacity(entries.size_hint().unwrap_or(0));
        while let Some((Path(path), text)) = entries.next_entry::<Path<'de>, &'de RawValue>()? {
            if !text.get().starts_with('"') {
                return Err(A::Error::custom(format_args!(
                    "the file `{path}` has no text: give it one"
                )));
            }
            files.insert(path, text);
        }
        Ok(Files(files))
    }
}

/// A path, borrowed where it has no escape.
struct Path<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Path<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PathVisitor<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for PathVisitor<'a> {
            type Value = Path<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path")
            }
            fn visit_borrowed_str<E: Error>(self, path: &'de str) -> Result<Path<'a>, E> {
                Ok(Path(Cow::Borrowed(path)))
            }
            fn visit_str<E: Error>(self, path: &str) -> Result<Path<'a>, E> {
                Ok(Path(Cow::Owned(path.to_owned())))
            }
        }
        deserializer.deserialize_str(PathVisitor(std::marker::PhantomData))
    }
}
