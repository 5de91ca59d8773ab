//! Reads one chunk of a generateContent stream: a reply of its own, with cumulative usage.

use super::{Body, reply};
use crate::error::{ErrorReply, WireError};
use crate::reply::Reply;

pub(crate) fn apply(data: &[u8], reply: &mut Reply) -> Result<(), WireError> {
    let body: Body = serde_json::from_slice(data)?;
    if body.error.is_some() {
        return Err(WireError::InStream(ErrorReply::read(data)));
    }
    reply::merge(body, reply);
    Ok(())
}
