//! Headers: what a client says of its call, what goes on to the provider, what is said of the decision.

use autopack_core::{Category, Complexity, Tokens};
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap,
    HeaderName, HeaderValue,
};

use crate::config::{KeyOf, Upstream};
use crate::decide::Mode;

/// What our own headers begin with. None of them goes on to a provider.
const OWN: &str = "x-autopack-";

/// The longest text of a label, in bytes: nobody names a run or a group with more, and each is kept in
/// every row.
const MAX_LABEL_BYTES: usize = 200;

/// The headers that carry keys.
const KEYS: [HeaderName; 4] = [
    AUTHORIZATION,
    HeaderName::from_static("api-key"),
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-goog-api-key"),
];

/// What the calls of clients that name no run belong to.
const RUN: &str = "serve";

/// What the phase of a call is called where its client does not say.
const NO_PHASE: &str = "call";

/// What a client says of its call in `x-autopack-…` headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Labels {
    pub(crate) run: Option<String>,
    pub(crate) phase: Option<String>,
    pub(crate) category: Option<Category>,
    pub(crate) complexity: Option<Complexity>,
    pub(crate) group: Option<String>,
    pub(crate) mode: Option<Mode>,
}

/// A label that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadLabel {
    #[error(
        "header `{0}` cannot be used: allowed are 1 to {MAX_LABEL_BYTES} printable ASCII characters"
    )]
    Text(&'static str),
    #[error("header `x-autopack-mode`: {0}")]
    Mode(#[from] crate::decide::UnknownMode),
    #[error(
        "header `x-autopack-complexity` is none: allowed are `low`, `medium`, `high` and `maintenance`"
    )]
    Complexity,
}

impl Labels {
    /// Reads them, where there are any.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, BadLabel> {
        if !headers.keys().any(is_own) {
            return Ok(Self::default());
        }
        let text = |name| label(headers, name);
        let complexity = text("x-autopack-complexity")?;
        Ok(Self {
            run: text("x-autopack-run")?,
            phase: text("x-autopack-phase")?,
            category: text("x-autopack-category")?
                .as_deref()
                .and_then(Category::canonical),
            complexity: complexity
                .map(|word| Complexity::canonical(&word).ok_or(BadLabel::Complexity))
                .transpose()?,
            group: text("x-autopack-group")?,
            mode: text("x-autopack-mode")?
                .map(|word| word.parse())
                .transpose()?,
        })
    }

    /// What rows of the call say of run and phase.
    pub(crate) fn run_and_phase(&self) -> (String, String) {
        let own = |text: &Option<String>, default: &str| {
            text.clone().unwrap_or_else(|| default.to_owned())
        };
        (own(&self.run, RUN), own(&self.phase, NO_PHASE))
    }
}

fn label(headers: &HeaderMap, name: &'static str) -> Result<Option<String>, BadLabel> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| BadLabel::Text(name))?.trim();
    if text.is_empty() || text.len() > MAX_LABEL_BYTES {
        return Err(BadLabel::Text(name));
    }
    Ok(Some(text.to_owned()))
}

fn is_own(name: &HeaderName) -> bool {
    name.as_str().starts_with(OWN)
}

/// Makes a client's headers those of a call to `upstream`. `is_read` says that the reply is read on its
/// way, for which it must not be compressed.
pub(crate) fn make_outgoing(headers: &mut HeaderMap, upstream: &Upstream, is_read: bool) {
    drop_hop_by_hop(headers);
    headers.insert(HOST, upstream.endpoint.host_header());
    // The body says these anew.
    headers.remove(EXPECT);
    if is_read {
        headers.remove(CONTENT_LENGTH);
        headers.remove(ACCEPT_ENCODING);
    }
    if !upstream.endpoint.is_labelled() {
        drop_each(headers, is_own);
    }
    if upstream.key_of == KeyOf::Gateway {
        for name in KEYS {
            headers.remove(name);
        }
        headers.extend(
            upstream
                .endpoint
                .key_header()
                .map(|(name, value)| (Some(name), value)),
        );
    }
}

/// Takes out what is of one connection.
pub(crate) fn drop_hop_by_hop(headers: &mut HeaderMap) {
    if let Some(listed) = headers.get(CONNECTION).cloned() {
        let listed = listed.to_str().unwrap_or_default().split(',');
        for name in listed.filter_map(|name| name.trim().parse::<HeaderName>().ok()) {
            headers.remove(name);
        }
    }
    drop_each(headers, is_hop_by_hop);
}

/// Takes out all of a kind.
fn drop_each(headers: &mut HeaderMap, is_dropped: impl Fn(&HeaderName) -> bool) {
    let names = headers.keys().filter(|name| is_dropped(name));
    for name in names.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
}

/// Whether a header is of one connection, and means nothing on the next (RFC 9110, section 7.6.1).
fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// A number as a header.
pub(crate) fn number(number: u64) -> HeaderValue {
    let mut digits = itoa::Buffer::new();
    // Digits can be a header. `From<u64>` fills a buffer first that has room for the largest.
    HeaderValue::try_from(digits.format(number)).unwrap_or(HeaderValue::from_static("0"))
}

/// Tokens as a header; `none` where there are none.
pub(crate) fn tokens(tokens: Option<Tokens>) -> HeaderValue {
    tokens.map_or(HeaderValue::from_static("none"), |tokens| {
        number(tokens.get())
    })
}

#[cfg(test)]
mod tests;
