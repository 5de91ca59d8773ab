//! The models that a request names, read so that no parser behind us could find another one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

/// Every model that stands in a request under `model`, or as one to fall back on under `models`: each of
/// duplicates, and in any case, because servers differ in which they read. `None` where the request cannot
/// be read, or names something that is no model.
pub(crate) fn named_in(body: &[u8]) -> Option<Vec<String>> {
    let named: Named = serde_json::from_slice(body).ok()?;
    Some(named.0)
}

struct Named(Vec<String>);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Named;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Named, A::Error> {
        let mut named = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            if name.eq_ignore_ascii_case("model") {
                named.push(members.next_value()?);
            } else if name.eq_ignore_ascii_case("models") {
                named.append(&mut members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Named(named))
    }
}
