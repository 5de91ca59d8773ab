//! How an upstream is shown its key.

use std::fmt;
use std::str::FromStr;

use autopack_core::Provider;
use autopack_wire::Dialect;
use reqwest::header::{HeaderName, HeaderValue};

use crate::key::ApiKey;

/// The header that carries a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthScheme {
    /// `authorization: Bearer …`: `OpenAI`, and most who speak its dialects.
    Bearer,
    /// `api-key: …`: Azure `OpenAI`.
    ApiKey,
    /// `x-api-key: …`: Anthropic.
    XApiKey,
    /// `x-goog-api-key: …`: Gemini.
    XGoogApiKey,
}

impl AuthScheme {
    const ALL: [Self; 4] = [Self::Bearer, Self::ApiKey, Self::XApiKey, Self::XGoogApiKey];

    /// The scheme of the vendor whose dialect it is.
    #[must_use]
    pub const fn of(dialect: Dialect) -> Self {
        match dialect.provider() {
            Provider::Anthropic => Self::XApiKey,
            Provider::OpenAi => Self::Bearer,
            Provider::Gemini => Self::XGoogApiKey,
        }
    }

    /// The name in settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::ApiKey => "api-key",
            Self::XApiKey => "x-api-key",
            Self::XGoogApiKey => "x-goog-api-key",
        }
    }

    /// The header that carries `key`.
    pub(crate) fn header(self, key: &ApiKey) -> (HeaderName, HeaderValue) {
        match self {
            Self::Bearer => (reqwest::header::AUTHORIZATION, key.header("Bearer ")),
            _ => (HeaderName::from_static(self.as_str()), key.header("")),
        }
    }
}

impl fmt::Display for AuthScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no scheme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown auth `{0}`: allowed are `bearer`, `api-key`, `x-api-key` and `x-goog-api-key`")]
pub struct UnknownAuth(String);

impl FromStr for AuthScheme {
    type Err = UnknownAuth;

    fn from_str(text: &str) -> Result<Self, UnknownAuth> {
        Self::ALL
            .into_iter()
            .find(|scheme| scheme.as_str() == text)
            .ok_or_else(|| UnknownAuth(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_vendor_finds_its_key() {
        let key = ApiKey::new("k").expect("a key");
        let header = |dialect| {
            let (name, value) = AuthScheme::of(dialect).header(&key);
            format!("{name}: {}", value.to_str().expect("text"))
        };
        assert_eq!(header(Dialect::AnthropicMessages), "x-api-key: k");
        assert_eq!(header(Dialect::OpenAiResponses), "authorization: Bearer k");
        assert_eq!(header(Dialect::GeminiGenerateContent), "x-goog-api-key: k");
        for scheme in AuthScheme::ALL {
            assert_eq!(scheme.as_str().parse(), Ok(scheme));
        }
        assert!("basic".parse::<AuthScheme>().is_err());
    }
}
