//! The name of a server that calls go to: a vendor, or a server of the user's own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

use crate::provider::Provider;

/// The longest name, in bytes: it stands in tables, in folders of replies and in telemetry.
const MAX_UPSTREAM_NAME_BYTES: usize = 40;

/// The name of a server that speaks a provider's dialect. The three vendors go by their provider's
/// name; others are named in the settings (`[upstreams.vllm]`).
///
/// A name is usable as a file name: lower-case letters, digits, `-`, `_` and `.`, a letter first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UpstreamName(String);

impl UpstreamName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The vendor of this name, where it is one's.
    #[must_use]
    pub fn vendor(&self) -> Option<Provider> {
        self.0.parse().ok()
    }
}

impl From<Provider> for UpstreamName {
    fn from(vendor: Provider) -> Self {
        Self(vendor.as_str().to_owned())
    }
}

impl fmt::Display for UpstreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A word that can name no upstream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "upstream name `{0}` cannot be used: allowed are 1 to {MAX_UPSTREAM_NAME_BYTES} lower-case letters, digits, `-`, `_`, `.`, a letter first"
)]
pub struct BadUpstreamName(String);

impl FromStr for UpstreamName {
    type Err = BadUpstreamName;

    fn from_str(text: &str) -> Result<Self, BadUpstreamName> {
        let usable = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
        };
        let starts_well = text.starts_with(|first: char| first.is_ascii_lowercase());
        if starts_well && text.len() <= MAX_UPSTREAM_NAME_BYTES && text.bytes().all(usable) {
            Ok(Self(text.to_owned()))
        } else {
            let shown = text.chars().take(MAX_UPSTREAM_NAME_BYTES + 1).collect();
            Err(BadUpstreamName(shown))
        }
    }
}

impl<'de> Deserialize<'de> for UpstreamName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendors_are_known_by_name_and_others_are_names() {
        for vendor in Provider::ALL {
            assert_eq!(UpstreamName::from(vendor).vendor(), Some(vendor));
        }
        let own: UpstreamName = "vllm-2".parse().expect("a name");
        assert_eq!((own.as_str(), own.vendor()), ("vllm-2", None));
    }

    #[test]
    fn what_is_no_file_name_is_refused() {
        for bad in ["", "..", "a/b", "Openai", "1st", &"a".repeat(41)] {
            let message = bad.parse::<UpstreamName>().expect_err(bad).to_string();
            assert!(message.contains("a letter first"), "{message}");
        }
    }
}
