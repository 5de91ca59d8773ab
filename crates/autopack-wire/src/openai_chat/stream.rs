//! Reads one event of a Chat Completions stream: deltas of the choices, then a chunk with usage and no
//! choices, then `[DONE]`.

use super::reply;
use crate::dialect::Dialect;
use crate::error::WireError;
use crate::reply::Draft;

pub(crate) fn apply(data: &[u8], draft: &mut Draft) -> Result<(), WireError> {
    if data == b"[DONE]" {
        return Ok(());
    }
    match reply::merge(data, draft) {
        Ok(false) => Ok(()),
        Ok(true) => Err(WireError::InStream(Dialect::OpenAiChat.read_error(data))),
        Err(fault) => Err(WireError::of(fault, data)),
    }
}
