//! Bodies and headers: JSON as bytes, waits as numbers.

use std::time::Duration;

use autopack_core::Tokens;
use axum::body::Bytes;
use axum::http::HeaderName;
use serde::Serialize;

/// The media type of server-sent events (HTML standard, section 9.2).
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

/// The media type of JSON (RFC 8259).
pub(crate) const JSON: &str = "application/json";

/// How long to wait, in seconds (RFC 9110, section 10.2.3).
pub(crate) const RETRY_AFTER: HeaderName = HeaderName::from_static("retry-after");

/// Room for a frame before it grows, in bytes: what one event of a stream takes, about 300.
const FRAME_BYTES: usize = 512;

/// Room for a token of a long reply, in bytes: what a made-up word takes, and a bit.
const TOKEN_BYTES: u64 = 6;

/// The most room that is made before it is needed, in bytes: 1 MiB.
const MAX_ROOM_BYTES: u64 = 1 << 20;

/// `value` as JSON.
pub(crate) fn json(value: &impl Serialize) -> Bytes {
    framed("", value, "")
}

/// `value` as JSON, which has about `n_tokens` of text in it.
pub(crate) fn long_json(value: &impl Serialize, n_tokens: Tokens) -> Bytes {
    let room = n_tokens.times(TOKEN_BYTES).get().min(MAX_ROOM_BYTES);
    let room = usize::try_from(room).unwrap_or_default();
    written(Vec::with_capacity(FRAME_BYTES + room), "", value, "")
}

/// `value` as JSON on one line, between `before` and `after`.
pub(crate) fn framed(before: &str, value: &impl Serialize, after: &str) -> Bytes {
    written(Vec::with_capacity(FRAME_BYTES), before, value, after)
}

fn written(mut frame: Vec<u8>, before: &str, value: &impl Serialize, after: &str) -> Bytes {
    frame.extend_from_slice(before.as_bytes());
    // The dialects' types have no map keys but strings, which is all that JSON refuses.
    serde_json::to_writer(&mut frame, value).expect("the dialects' types are JSON");
    frame.extend_from_slice(after.as_bytes());
    frame.into()
}

/// A wait in milliseconds, rounded up: who waits that long has waited long enough.
pub(crate) fn whole_ms(wait: Duration) -> u64 {
    u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// A wait in seconds, rounded up.
pub(crate) fn whole_s(wait: Duration) -> u64 {
    wait.as_secs()
        .saturating_add(u64::from(wait.subsec_nanos() > 0))
}
