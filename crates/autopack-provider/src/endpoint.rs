//! An upstream as calls see it: who it is, where, in which dialect, with which key.

use std::iter;

use autopack_core::{Provider, UpstreamName};
use autopack_wire::Dialect;
use http::uri::InvalidUri;
use http::{HeaderName, HeaderValue, Uri};

use crate::auth::AuthScheme;
use crate::base_url::BaseUrl;
use crate::key::ApiKey;

/// A server that calls go to: a vendor's, or one that speaks a vendor's dialect.
#[derive(Clone, Debug)]
pub struct Endpoint {
    name: UpstreamName,
    dialect: Dialect,
    base_url: BaseUrl,
    host_header: HeaderValue,
    path: Option<String>,
    query: Option<String>,
    auth: Option<(AuthScheme, ApiKey)>,
    key_hint: String,
    labelled: bool,
}

impl Endpoint {
    /// The endpoint of `name` at `base_url`, which speaks `dialect` and asks for no key.
    #[must_use]
    pub fn new(name: UpstreamName, dialect: Dialect, base_url: BaseUrl) -> Self {
        // What stands in a URL can be a header.
        let host_header = HeaderValue::try_from(base_url.host());
        Self {
            name,
            dialect,
            base_url,
            host_header: host_header.unwrap_or(HeaderValue::from_static("")),
            path: None,
            query: None,
            auth: None,
            key_hint: "its key".to_owned(),
            labelled: false,
        }
    }

    /// The endpoint with a key. `hint` says in messages where the key came from, such as the name of a
    /// variable.
    #[must_use]
    pub fn with_key(mut self, scheme: AuthScheme, key: ApiKey, hint: String) -> Self {
        self.auth = Some((scheme, key));
        self.key_hint = hint;
        self
    }

    /// The endpoint with another path behind its base URL than its dialect's, such as
    /// `/chat/completions`.
    #[must_use]
    pub fn at_path(mut self, path: String) -> Self {
        self.path = Some(path);
        self
    }

    /// The endpoint with a query on each call, such as `api-version=2024-10-21`.
    #[must_use]
    pub fn with_query(mut self, query: String) -> Self {
        self.query = Some(query);
        self
    }

    /// The endpoint, told of run, phase and attempt in `x-autopack-…` headers. For a simulator or a
    /// gateway of ours; a vendor gets no such headers.
    #[must_use]
    pub const fn labelled(mut self) -> Self {
        self.labelled = true;
        self
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &UpstreamName {
        &self.name
    }

    /// Whose rules apply here.
    #[must_use]
    pub const fn provider(&self) -> Provider {
        self.dialect.provider()
    }

    /// The dialect spoken here.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    pub(crate) const fn auth(&self) -> Option<&(AuthScheme, ApiKey)> {
        self.auth.as_ref()
    }

    /// Where its key comes from, in words.
    pub(crate) fn key_hint(&self) -> &str {
        &self.key_hint
    }

    /// The header that carries its key, where it has one.
    #[must_use]
    pub fn key_header(&self) -> Option<(HeaderName, HeaderValue)> {
        let (scheme, key) = self.auth.as_ref()?;
        Some(scheme.header(key))
    }

    /// Whether it is told of run, phase and attempt.
    #[must_use]
    pub const fn is_labelled(&self) -> bool {
        self.labelled
    }

    /// Whether the server is on this machine, where no proxy stands between.
    pub(crate) fn is_loopback(&self) -> bool {
        self.base_url.is_loopback()
    }

    /// Host and port.
    #[must_use]
    pub fn host(&self) -> String {
        self.base_url.host()
    }

    /// What the `host` header of its calls says.
    #[must_use]
    pub fn host_header(&self) -> HeaderValue {
        self.host_header.clone()
    }

    /// Name and host: what has limits and economics of its own.
    #[must_use]
    pub fn route(&self) -> String {
        format!("{}@{}", self.name, self.host())
    }

    /// `text` without the key, where somebody repeated it.
    pub(crate) fn redact(&self, text: &str) -> String {
        match &self.auth {
            Some((_, key)) => key.redact(text),
            None => text.to_owned(),
        }
    }

    /// The address that a client's `path_and_query` stands for here. `is_call` says that it is a call of
    /// the endpoint's own dialect, which may have another path.
    ///
    /// # Errors
    /// Where `path_and_query` can stand in no address.
    pub fn forwarded(&self, path_and_query: &str, is_call: bool) -> Result<Uri, InvalidUri> {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        let path = self.path.as_deref().filter(|_| is_call).unwrap_or(path);
        let mut address = self.base_url.join(path);
        let theirs: Vec<&str> = query
            .map(|query| query.split('&').collect())
            .unwrap_or_default();
        // What the client says itself goes before what is said for it.
        let is_said = |pair: &&str| theirs.iter().any(|other| name_of(other) == name_of(pair));
        let own = self.query.iter().flat_map(|query| query.split('&'));
        let own: Vec<&str> = own.filter(|pair| !is_said(pair)).collect();
        for (pair, separator) in theirs
            .iter()
            .chain(&own)
            .zip(iter::once('?').chain(iter::repeat('&')))
        {
            address.push(separator);
            address.push_str(pair);
        }
        Uri::try_from(address)
    }

    /// The whole address of a call.
    pub(crate) fn address(&self, model: &str, stream: bool) -> String {
        let address = match &self.path {
            Some(path) => self.base_url.join(path),
            None => self.base_url.join(&self.dialect.path(model, stream)),
        };
        match &self.query {
            Some(query) if address.contains('?') => format!("{address}&{query}"),
            Some(query) => format!("{address}?{query}"),
            None => address,
        }
    }
}

/// The name in `name=value`.
fn name_of(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(name: &str, dialect: Dialect, base_url: &str) -> Endpoint {
        let name: UpstreamName = name.parse().expect("a name");
        let base_url = BaseUrl::parse(&name, dialect, base_url).expect("a base URL");
        Endpoint::new(name, dialect, base_url)
    }

    #[test]
    fn base_urls_are_joined_as_the_sdks_spell_them() {
        use Dialect::{AnthropicMessages, GeminiGenerateContent, OpenAiChat, OpenAiResponses};
        for (dialect, base, address) in [
            (
                OpenAiChat,
                "https://api.openai.com/v1",
                "https://api.openai.com/v1/chat/completions",
            ),
            (
                OpenAiResponses,
                "https://openrouter.ai/api/v1",
                "https://openrouter.ai/api/v1/responses",
            ),
            (
                OpenAiChat,
                "http://localhost:8000/",
                "http://localhost:8000/v1/chat/completions",
            ),
            (
                AnthropicMessages,
                "http://127.0.0.1:9/proxy/",
                "http://127.0.0.1:9/proxy/v1/messages",
            ),
            (
                GeminiGenerateContent,
                "https://host/v1beta/",
                "https://host/v1beta/models/m:generateContent",
            ),
        ] {
            let endpoint = endpoint("any", dialect, base);
            assert_eq!(endpoint.address("m", false), address);
        }
    }

    #[test]
    fn a_clients_path_is_found_behind_the_base_url() {
        let openai = endpoint("o", Dialect::OpenAiChat, "https://host/proxy/v1");
        let azure = endpoint("azure", Dialect::OpenAiChat, "https://host/deployments/d")
            .at_path("/chat/completions".to_owned())
            .with_query("api-version=1".to_owned());
        for (endpoint, path, is_call, expected) in [
            (
                &openai,
                "/v1/files?a=b",
                false,
                "https://host/proxy/v1/files?a=b",
            ),
            (
                &openai,
                "/v1/chat/completions",
                true,
                "https://host/proxy/v1/chat/completions",
            ),
            (
                &azure,
                "/v1/chat/completions",
                true,
                "https://host/deployments/d/chat/completions?api-version=1",
            ),
            (
                &azure,
                "/v1/models?a=b",
                false,
                "https://host/deployments/d/v1/models?a=b&api-version=1",
            ),
            (
                &azure,
                "/v1/models?api-version=2&a=b",
                false,
                "https://host/deployments/d/v1/models?api-version=2&a=b",
            ),
        ] {
            let address = endpoint.forwarded(path, is_call).expect("an address");
            assert_eq!(address.to_string(), expected);
        }
        assert!(openai.forwarded("/a b", false).is_err());
    }

    #[test]
    fn azure_has_a_path_and_a_query_of_its_own() {
        let base = "https://my.openai.azure.com/openai/deployments/gpt-4o";
        let azure = endpoint("azure", Dialect::OpenAiChat, base)
            .at_path("/chat/completions".to_owned())
            .with_query("api-version=2024-10-21".to_owned());
        assert_eq!(
            azure.address("gpt-4o", true),
            format!("{base}/chat/completions?api-version=2024-10-21")
        );
        assert_eq!(azure.route(), "azure@my.openai.azure.com");
        let gemini = endpoint("g", Dialect::GeminiGenerateContent, "https://host")
            .with_query("a=b".to_owned());
        assert_eq!(
            gemini.address("m", true),
            "https://host/v1beta/models/m:streamGenerateContent?alt=sse&a=b"
        );
    }
}
