//! Bodies of HTTP replies: JSON at once, or chunks one after the other.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Serialize;

/// The media type of server-sent events (HTML standard, section 9.2).
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

/// The media type of JSON (RFC 8259).
pub(crate) const JSON: &str = "application/json";

/// Room for a frame before it grows, in bytes: what one event of a stream takes, about 300.
const FRAME_BYTES: usize = 512;

/// `value` as a whole reply.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let body = framed("", value, "");
    (status, [(header::CONTENT_TYPE, JSON)], body).into_response()
}

/// A reply whose chunks are made as the connection takes them.
pub(crate) fn streamed(
    media_type: &'static str,
    chunks: impl Iterator<Item = Bytes> + Send + 'static,
) -> Response {
    let body = Body::from_stream(stream::iter(chunks.map(Ok::<_, Infallible>)));
    ([(header::CONTENT_TYPE, media_type)], body).into_response()
}

/// `value` as JSON on one line, between `before` and `after`.
///
/// # Panics
/// Never: the dialects' types have no map keys but strings, which is all that JSON refuses.
pub(crate) fn framed(before: &str, value: &impl Serialize, after: &str) -> Bytes {
    let mut frame = Vec::with_capacity(FRAME_BYTES);
    frame.extend_from_slice(before.as_bytes());
    serde_json::to_writer(&mut frame, value).expect("the dialects' types are JSON");
    frame.extend_from_slice(after.as_bytes());
    frame.into()
}
