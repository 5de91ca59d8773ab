//! The base URL of an upstream, checked once, and the addresses of calls made from it.

use autopack_core::{Provider, UpstreamName};
use autopack_wire::Dialect;
use reqwest::Url;

/// Where an upstream is reached: an http or https address with a host, without credentials, query or
/// fragment.
///
/// A trailing slash and a trailing version (`/v1`, `/v1beta`), which the vendors' SDKs want in some base
/// URLs, are understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// A base URL that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "base URL `{found}` of {upstream} {problem}: allowed is an http or https address such as `{example}`"
)]
pub struct BadBaseUrl {
    upstream: UpstreamName,
    found: String,
    problem: &'static str,
    example: &'static str,
}

impl BaseUrl {
    /// The vendor's own address.
    #[must_use]
    pub const fn of_vendor(provider: Provider) -> &'static str {
        match provider {
            Provider::Anthropic => "https://api.anthropic.com",
            Provider::OpenAi => "https://api.openai.com",
            Provider::Gemini => "https://generativelanguage.googleapis.com",
        }
    }

    /// The base URL of `upstream`, which speaks `dialect`.
    ///
    /// # Errors
    /// [`BadBaseUrl`] says what is wrong, without what may be a password or a key.
    pub fn parse(
        upstream: &UpstreamName,
        dialect: Dialect,
        text: &str,
    ) -> Result<Self, BadBaseUrl> {
        let bad = |problem| BadBaseUrl {
            upstream: upstream.clone(),
            found: shown(text),
            problem,
            example: Self::of_vendor(dialect.provider()),
        };
        let mut url = Url::parse(text.trim()).map_err(|_| bad("is no address"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(bad("is not http or https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("carries credentials"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad("has a query or a fragment"));
        }
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix(version(dialect)).unwrap_or(path);
        let path = path.trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Host and port.
    pub(crate) fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0
            .port()
            .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Whether the server is on this machine, where no proxy stands between.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// The address of `path`, which begins with a slash.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0.as_str().trim_end_matches('/'))
    }
}

/// The version that paths of the dialect begin with.
const fn version(dialect: Dialect) -> &'static str {
    match dialect.provider() {
        Provider::Gemini => "/v1beta",
        Provider::Anthropic | Provider::OpenAi => "/v1",
    }
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

    fn parse(text: &str) -> Result<BaseUrl, BadBaseUrl> {
        BaseUrl::parse(&Provider::OpenAi.into(), Dialect::OpenAiChat, text)
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
            let message = parse(base).expect_err(base).to_string();
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
            assert_eq!(parse(base).expect(base).is_loopback(), loopback);
        }
    }
}
