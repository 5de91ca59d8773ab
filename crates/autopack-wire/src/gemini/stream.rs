//! Reads one chunk of a generateContent stream: a reply of its own, with cumulative usage.

use super::reply;
use crate::dialect::Dialect;
use crate::error::WireError;
use crate::reply::Draft;

pub(crate) fn apply(data: &[u8], draft: &mut Draft) -> Result<(), WireError> {
    match reply::merge(data, draft) {
        Ok(false) => Ok(()),
        Ok(true) => Err(WireError::InStream(
            Dialect::GeminiGenerateContent.read_error(data),
        )),
        Err(fault) => Err(WireError::of(fault, data)),
    }
}
