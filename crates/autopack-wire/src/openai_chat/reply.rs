//! Reads a whole Chat Completions reply: the first choice.

use serde::Deserialize;

use super::{UsageBody, stop};
use crate::error::WireError;
use crate::lenient;
use crate::reply::Reply;

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    usage: Option<UsageBody>,
}

#[derive(Deserialize)]
struct Choice {
    message: Option<Message>,
    #[serde(default, deserialize_with = "lenient::text")]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default, deserialize_with = "lenient::text")]
    content: Option<String>,
}

pub(crate) fn read(body: &[u8]) -> Result<Reply, WireError> {
    let body: Body = serde_json::from_slice(body)?;
    let usage = body
        .usage
        .as_ref()
        .map(UsageBody::usage)
        .unwrap_or_default();
    let Some(choice) = body.choices.unwrap_or_default().into_iter().next() else {
        return Ok(Reply {
            usage,
            ..Reply::default()
        });
    };
    Ok(Reply {
        text: choice
            .message
            .and_then(|message| message.content)
            .unwrap_or_default(),
        usage,
        stop: choice.finish_reason.map(stop).unwrap_or_default(),
    })
}
