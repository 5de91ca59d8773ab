//! Reads a whole Messages reply.

use serde::Deserialize;

use super::{UsageBody, stop};
use crate::error::WireError;
use crate::lenient;
use crate::reply::Reply;

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    content: Option<Vec<Block>>,
    #[serde(default, deserialize_with = "lenient::text")]
    stop_reason: Option<String>,
    usage: Option<UsageBody>,
}

/// A content block; only text blocks have `text`.
#[derive(Deserialize)]
struct Block {
    #[serde(default, deserialize_with = "lenient::text")]
    text: Option<String>,
}

pub(crate) fn read(body: &[u8]) -> Result<Reply, WireError> {
    let body: Body = serde_json::from_slice(body)?;
    let blocks = body.content.unwrap_or_default();
    Ok(Reply {
        text: blocks.into_iter().filter_map(|block| block.text).collect(),
        usage: body
            .usage
            .as_ref()
            .map(UsageBody::usage)
            .unwrap_or_default(),
        stop: body.stop_reason.map(stop).unwrap_or_default(),
    })
}
