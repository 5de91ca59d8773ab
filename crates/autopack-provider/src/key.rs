//! A provider's key, in a type that never prints it.

use std::fmt;

use reqwest::header::HeaderValue;

/// A key. `Debug` and `Display` mask it; only the header of a call reads it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// A text that can be no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadKey {
    /// Nothing but blanks.
    #[error("the key is empty: set it to the key the provider gave you, or unset it")]
    Empty,
    /// A character that no HTTP header may have.
    #[error(
        "the key has a character that no key has (a line end, a blank or a letter outside ASCII): copy it again"
    )]
    NotAHeader,
}

impl ApiKey {
    /// Takes a key, trimmed.
    ///
    /// # Errors
    /// [`BadKey`] for an empty text or one that no HTTP header may carry.
    pub fn new(text: &str) -> Result<Self, BadKey> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadKey::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadKey::NotAHeader);
        }
        Ok(Self(text.to_owned()))
    }

    /// The key behind `prefix`, as a header that logs as sensitive.
    pub(crate) fn header(&self, prefix: &str) -> HeaderValue {
        let text = format!("{prefix}{}", self.0);
        let mut value = HeaderValue::from_str(&text).expect("checked when it was made");
        value.set_sensitive(true);
        value
    }

    /// `text` without the key, where somebody repeated it.
    pub(crate) fn redact(&self, text: &str) -> String {
        text.replace(&self.0, "[key]")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([masked])")
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[masked]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_prints() {
        let key = ApiKey::new(" sk-very-secret\n").expect("a key");
        for shown in [
            format!("{key}"),
            format!("{key:?}"),
            format!("{:?}", key.header("Bearer ")),
        ] {
            assert!(!shown.contains("secret"), "{shown}");
        }
        assert_eq!(key.redact("wrong key sk-very-secret!"), "wrong key [key]!");
    }

    #[test]
    fn what_can_be_no_key_is_refused() {
        assert_eq!(ApiKey::new("  "), Err(BadKey::Empty));
        assert_eq!(ApiKey::new("sk-a\nb"), Err(BadKey::NotAHeader));
        assert_eq!(ApiKey::new("schlüssel"), Err(BadKey::NotAHeader));
    }
}
