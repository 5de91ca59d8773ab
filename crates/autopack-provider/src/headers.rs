//! Headers: those of a call, and what a reply's say.

use std::time::SystemTime;

use autopack_core::Provider;
use autopack_wire::RateLimit;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::client::Labels;
use crate::endpoint::Endpoint;

/// The API version of Anthropic's Messages that this client speaks.
const ANTHROPIC_VERSION: &str = "2023-06-01";

/// The headers of a call.
pub(crate) fn of(endpoint: &Endpoint, labels: Labels<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if endpoint.provider() == Provider::Anthropic {
        let version = HeaderValue::from_static(ANTHROPIC_VERSION);
        headers.insert("anthropic-version", version);
    }
    if let Some((scheme, key)) = endpoint.auth() {
        let (name, value) = scheme.header(key);
        headers.insert(name, value);
    }
    if endpoint.is_labelled() {
        let attempt = labels.attempt.to_string();
        for (name, value) in [
            ("x-autopack-run", labels.run_id),
            ("x-autopack-phase", labels.phase_id),
            ("x-autopack-attempt", &attempt),
        ] {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
    headers
}

/// What a reply's headers say of the limits.
pub(crate) fn rate_limit(headers: &HeaderMap) -> RateLimit {
    let texts = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    // A clock before 1970 makes resets that are given as an instant too long, and no call waits longer
    // than its patience.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    RateLimit::read(texts, now.unwrap_or_default())
}
