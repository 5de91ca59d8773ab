//! Headers: those of a call, and what a reply's say.

use std::time::Duration;

use autopack_core::Provider;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

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

/// `retry-after` in whole seconds, which is how all three providers send it.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}
