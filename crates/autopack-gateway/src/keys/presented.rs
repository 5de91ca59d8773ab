//! Where clients show their keys.

use http::header::AUTHORIZATION;
use http::{HeaderMap, Uri};

/// The headers that hold nothing but a key: Azure's, Anthropic's, Google's.
const BARE: [&str; 3] = ["api-key", "x-api-key", "x-goog-api-key"];

/// The scheme of a key in `authorization`, with the space behind it.
const BEARER: &[u8] = b"Bearer ";

/// The member of a query that holds a key, as Google's clients write it.
const QUERY: &str = "key=";

/// Every key that a request shows, wherever its SDK puts it.
pub(crate) fn presented<'r>(headers: &'r HeaderMap, address: &'r Uri) -> Vec<&'r [u8]> {
    let bare = BARE.iter().filter_map(|name| headers.get(*name));
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| bearer(value.as_bytes()));
    let query = address.query().unwrap_or_default().split('&');
    let queried = query.filter_map(|pair| pair.strip_prefix(QUERY));
    bare.map(http::HeaderValue::as_bytes)
        .chain(bearer)
        .chain(queried.map(str::as_bytes).take(1))
        .map(<[u8]>::trim_ascii)
        .filter(|key| !key.is_empty())
        .collect()
}

/// The key behind `Bearer`, in any case (RFC 9110, section 11.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, key) = value.split_at_checked(BEARER.len())?;
    scheme.eq_ignore_ascii_case(BEARER).then_some(key)
}
