//! Who may use the API: whoever shows the token; without one, whoever is on this machine, where nobody
//! else can reach it.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use http::header::{HOST, HeaderMap, ORIGIN};
use http::uri::Authority;
use http::{Request, Response, StatusCode};

use super::problem::Problem;
use crate::gateway::Gateway;
use crate::keys::presented;

/// Lets a request through to the API, or says what is missing.
pub(super) async fn check(
    State(gateway): State<Arc<Gateway>>,
    request: Request<Body>,
    next: Next,
) -> Response<Body> {
    match may(&gateway, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into(),
    }
}

fn may(gateway: &Gateway, request: &Request<Body>) -> Result<(), Problem> {
    let Some(token) = &gateway.config().admin_token else {
        if gateway.is_on_loopback() && is_from_here(request.headers()) {
            return Ok(());
        }
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "without a token the API is open on loopback alone: set `[serve] admin_token_hash` to what `autopack serve --new-key` prints".to_owned(),
        ));
    };
    if token.is_one_of(&presented(request.headers(), request.uri())) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNAUTHORIZED,
        "send the admin token as `authorization: Bearer …`".to_owned(),
    ))
}

/// Whether a request names this machine in all it says of where it goes and where it comes from. A page
/// of somebody else's in a browser here does not: neither by another name for this address, nor by a form.
fn is_from_here(headers: &HeaderMap) -> bool {
    let says_here = |name, scheme: &str| {
        headers.get_all(name).iter().all(|value| {
            let text = value.to_str().unwrap_or_default();
            text.strip_prefix(scheme).is_some_and(is_here)
        })
    };
    headers.contains_key(HOST) && says_here(HOST, "") && says_here(ORIGIN, "http://")
}

fn is_here(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<Authority>() else {
        return false;
    };
    let host = authority.host().trim_matches(['[', ']']);
    let address = host.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn pages_of_others_are_not_from_here() {
        for (host, origin, expected) in [
            ("127.0.0.1:8484", None, true),
            ("localhost", None, true),
            ("[::1]:8484", None, true),
            ("127.0.0.1:8484", Some("http://localhost:8484"), true),
            ("rebound.example:8484", None, false),
            ("127.0.0.1.example", None, false),
            ("", None, false),
            ("127.0.0.1:8484", Some("https://page.example"), false),
            ("127.0.0.1:8484", Some("null"), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            headers.extend(origin.map(|origin| (ORIGIN, HeaderValue::from_static(origin))));
            assert_eq!(is_from_here(&headers), expected, "{host} {origin:?}");
        }
        assert!(!is_from_here(&HeaderMap::new()));
    }
}
