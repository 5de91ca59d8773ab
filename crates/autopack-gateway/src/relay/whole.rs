//! Replies that come in one piece: read to their end before the client sees a byte of them.

use autopack_provider::{MAX_REPLY_BYTES, ProviderError, RawBody};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{StatusCode, response};
use http_body_util::BodyExt;

use super::is_plain;
use crate::call::{Ending, OpenRow, REJECTED};
use crate::ladder::Cut;

/// A reply and what it says.
pub(super) struct Whole {
    pub(super) body: Body,
    pub(super) ending: Ending,
}

impl Whole {
    /// How it was cut off, if a larger ceiling may mend it.
    pub(super) fn cut(&self) -> Option<Cut> {
        let truncation = self.ending.truncation?;
        Some(if truncation.wants_room() {
            Cut::WantsRoom
        } else {
            Cut::WantsAll
        })
    }

    /// Whether it says nothing that can be read, though the provider calls it a success.
    pub(super) fn is_unreadable(&self, status: StatusCode) -> bool {
        status.is_success() && self.ending.failure.is_some()
    }

    /// Whether the provider did not take the request as it was: that may be our doing.
    pub(super) fn is_refused(&self, status: StatusCode) -> bool {
        let is_refusal =
            status == StatusCode::BAD_REQUEST || status == StatusCode::UNPROCESSABLE_ENTITY;
        is_refusal && self.ending.truncation.is_none()
    }
}

/// Reads a reply to its end.
pub(super) async fn read(
    row: &OpenRow,
    head: &response::Parts,
    body: RawBody,
) -> Result<Whole, ProviderError> {
    let body = match collect(body).await? {
        Collected::Whole(body) => body,
        // Larger than any reply: nothing is known of it, and it goes on as it comes.
        Collected::TooLarge(body) => {
            return Ok(Whole {
                body,
                ending: Ending::failed("unreadable"),
            });
        }
    };
    let ending = if is_plain(head) {
        ending(row, head.status, &body)
    } else {
        Ending::failed("unreadable")
    };
    Ok(Whole {
        body: Body::from(body),
        ending,
    })
}

fn ending(row: &OpenRow, status: StatusCode, body: &[u8]) -> Ending {
    let call = row.call();
    if status.is_success() {
        return match call.dialect.read(body) {
            Ok(reply) => Ending::of(&reply, row.sent(), call.asked.is_single),
            Err(_) => Ending::failed("unreadable"),
        };
    }
    let error = call.dialect.read_error(body);
    call.learn_limit(&error, row.sent());
    let is_passing = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    Ending {
        truncation: error.truncation(),
        retry_after: error.retry_after.filter(|_| is_passing),
        ..Ending::failed(failure(status))
    }
}

/// The word for a status that is no success, as the provider crate has it.
fn failure(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 | 403 => "unauthorized",
        402 => "out_of_credit",
        429 => "rate_limited",
        408 | 409 | 500.. => "unavailable",
        _ => REJECTED,
    }
}

enum Collected {
    Whole(Bytes),
    TooLarge(Body),
}

/// All of a body, up to what a reply can be.
async fn collect(mut body: RawBody) -> Result<Collected, ProviderError> {
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame?.into_data() else {
            continue;
        };
        if first.is_empty() && all.is_empty() {
            first = piece;
            continue;
        }
        if all.is_empty() {
            all.extend_from_slice(&first);
        }
        all.extend_from_slice(&piece);
        if all.len() > MAX_REPLY_BYTES {
            let rest = super::stream::Resumed::new(all.freeze(), body);
            return Ok(Collected::TooLarge(Body::new(rest)));
        }
    }
    Ok(Collected::Whole(if all.is_empty() {
        first
    } else {
        all.freeze()
    }))
}
