//! A request before any dialect looks at it.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::AsHeaderName;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};

use crate::call::{self, ATTEMPT_HEADER, PHASE_HEADER};
use crate::fingerprint::Fingerprint;

/// A request.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) headers: HeaderMap,
    pub(crate) uri: Uri,
    pub(crate) body: Result<Bytes, BadBody>,
}

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadBody {
    /// It is beyond [`crate::MAX_BODY_BYTES`].
    TooLarge,
    /// The connection gave up on it, or its chunks are none.
    Broken,
}

impl<S: Send + Sync> FromRequest<S> for Incoming {
    type Rejection = Infallible;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, Infallible> {
        let headers = std::mem::take(request.headers_mut());
        let uri = std::mem::take(request.uri_mut());
        let body = Bytes::from_request(request, state).await;
        Ok(Self {
            headers,
            uri,
            body: body.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => BadBody::TooLarge,
                _ => BadBody::Broken,
            }),
        })
    }
}

impl Incoming {
    /// The value of a header.
    pub(crate) fn header(&self, name: impl AsHeaderName) -> Option<&[u8]> {
        self.headers.get(name).map(HeaderValue::as_bytes)
    }

    /// The value of `name` in the query. Not decoded: keys, ids and numbers need no escapes.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let pairs = self.uri.query()?.split('&');
        pairs
            .filter_map(|pair| pair.split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    /// What the id of the request is made from: all there is, since it may not even parse.
    pub(crate) fn id(&self, seed: u64) -> u64 {
        let said = |name| call::find(&self.headers, name).map(|(_, value)| value.as_bytes());
        Fingerprint::new(seed)
            .optional(said(PHASE_HEADER))
            .optional(said(ATTEMPT_HEADER))
            .optional(self.body.as_deref().ok())
            .finish()
    }
}
