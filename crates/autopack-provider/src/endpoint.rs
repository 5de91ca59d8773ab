//! Where a provider is reached, and with which key.

use autopack_core::Provider;
use autopack_wire::Dialect;
use reqwest::Url;

use crate::key::ApiKey;

/// The address of a provider or of a server that speaks its dialect.
#[derive(Clone, Debug)]
pub struct Endpoint {
    provider: Provider,
    base_url: Url,
    key: ApiKey,
    labelled: bool,
}

/// A base URL that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("base URL `{found}` of {provider} {problem}: allowed is an http or https address such as `{}`", Endpoint::default_base_url(*provider))]
pub struct BadBaseUrl {
    provider: Provider,
    found: String,
    problem: &'static str,
}

impl Endpoint {
    /// The vendor's own address.
    #[must_use]
    pub const fn default_base_url(provider: Provider) -> &'static str {
        match provider {
            Provider::Anthropic => "https://api.anthropic.com",
            Provider::OpenAi => "https://api.openai.com",
            Provider::Gemini => "https://generativelanguage.googleapis.com",
        }
    }

    /// The endpoint of `provider` at `base_url`. A trailing slash and a trailing version (`/v1`,
    /// `/v1beta`), which the vendors' SDKs want in some base URLs, are understood.
    ///
    /// # Errors
    /// [`BadBaseUrl`] for anything but an http or https address with a host, without credentials,
    /// query or fragment.
    pub fn new(provider: Provider, base_url: &str, key: ApiKey) -> Result<Self, BadBaseUrl> {
        let base_url = parsed(provider, base_url)?;
        Ok(Self {
            provider,
            base_url,
            key,
            labelled: false,
        })
    }

    /// Whether `base_url` can be one of `provider`.
    ///
    /// # Errors
    /// As [`Endpoint::new`].
    pub fn check_base_url(provider: Provider, base_url: &str) -> Result<(), BadBaseUrl> {
        parsed(provider, base_url).map(|_| ())
    }

    /// The endpoint, told of run, phase and attempt in `x-autopack-…` headers. For a simulator or a
    /// gateway of ours; a vendor gets no such headers.
    #[must_use]
    pub fn labelled(mut self) -> Self {
        self.labelled = true;
        self
    }

    /// Whose rules apply here.
    #[must_use]
    pub const fn provider(&self) -> Provider {
        self.provider
    }

    /// The dialect spoken here.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        Dialect::of(self.provider)
    }

    pub(crate) const fn key(&self) -> &ApiKey {
        &self.key
    }

    pub(crate) const fn is_labelled(&self) -> bool {
        self.labelled
    }

    /// Whether the server is on this machine, where no proxy stands between.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.base_url.host_str().unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Host and port.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.base_url.host_str().unwrap_or_default();
        self.base_url
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The whole address of a call.
    pub(crate) fn address(&self, model: &str, stream: bool) -> String {
        let base = self.base_url.as_str().trim_end_matches('/');
        format!("{base}{}", self.dialect().path(model, stream))
    }
}

/// The base URL without a trailing slash or version.
fn parsed(provider: Provider, base_url: &str) -> Result<Url, BadBaseUrl> {
    let bad = |problem| BadBaseUrl {
        provider,
        found: shown(base_url),
        problem,
    };
    let mut url = Url::parse(base_url.trim()).map_err(|_| bad("is no address"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(bad("is not http or https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("carries credentials"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("has a query or a fragment"));
    }
    let version = if provider == Provider::Gemini {
        "/v1beta"
    } else {
        "/v1"
    };
    let path = url.path().trim_end_matches('/');
    let path = path
        .strip_suffix(version)
        .unwrap_or(path)
        .trim_end_matches('/')
        .to_owned();
    url.set_path(&path);
    Ok(url)
}

/// The URL as a message may show it: without what may be a password or a key.
fn shown(base_url: &str) -> String {
    let (shown, query) = match base_url.split_once('?') {
        Some((before, _)) => (before, "?…"),
        None => (base_url, ""),
    };
    match shown.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}{query}"),
        None => format!("{shown}{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(provider: Provider, base_url: &str) -> Result<Endpoint, BadBaseUrl> {
        Endpoint::new(provider, base_url, ApiKey::new("k").expect("a key"))
    }

    #[test]
    fn base_urls_are_joined_as_the_sdks_spell_them() {
        for (provider, base, address) in [
            (
                Provider::OpenAi,
                "https://api.openai.com/v1",
                "https://api.openai.com/v1/chat/completions",
            ),
            (
                Provider::OpenAi,
                "http://localhost:8000/",
                "http://localhost:8000/v1/chat/completions",
            ),
            (
                Provider::Anthropic,
                "http://127.0.0.1:9/proxy/",
                "http://127.0.0.1:9/proxy/v1/messages",
            ),
            (
                Provider::Gemini,
                "https://host/v1beta/",
                "https://host/v1beta/models/m:generateContent",
            ),
        ] {
            assert_eq!(
                endpoint(provider, base).expect(base).address("m", false),
                address
            );
        }
    }

    #[test]
    fn bad_base_urls_say_what_is_allowed() {
        for (base, problem) in [
            ("", "is no address"),
            ("localhost:80", "is not http or https"),
            ("ftp://host", "is not http or https"),
            ("https://user:hunter2@host", "carries credentials"),
            ("https://host?key=1", "has a query"),
        ] {
            let message = endpoint(Provider::OpenAi, base)
                .expect_err(base)
                .to_string();
            assert!(message.contains(problem), "{message}");
            assert!(message.contains("`https://api.openai.com`"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn loopback_is_known() {
        for (base, loopback) in [
            ("http://127.0.0.1:1", true),
            ("http://[::1]:1", true),
            ("http://localhost", true),
            ("https://api.openai.com", false),
        ] {
            assert_eq!(
                endpoint(Provider::OpenAi, base).expect(base).is_loopback(),
                loopback
            );
        }
    }
}
