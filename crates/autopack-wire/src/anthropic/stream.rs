//! Reads one event of a Messages stream: `message_start` has the input and a placeholder for the
//! output, `message_delta` the cumulative usage and the stop reason.

use autopack_core::Count;
use serde::Deserialize;

use super::{UsageBody, stop};
use crate::error::{ErrorReply, WireError};
use crate::lenient;
use crate::reply::Reply;

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    MessageStart {
        message: Started,
    },
    ContentBlockDelta {
        delta: Delta,
    },
    MessageDelta {
        delta: Ended,
        usage: Option<UsageBody>,
    },
    Error,
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Started {
    usage: Option<UsageBody>,
}

#[derive(Deserialize)]
struct Delta {
    #[serde(default, deserialize_with = "lenient::text")]
    text: Option<String>,
}

#[derive(Deserialize)]
struct Ended {
    #[serde(default, deserialize_with = "lenient::text")]
    stop_reason: Option<String>,
}

pub(crate) fn apply(data: &[u8], reply: &mut Reply) -> Result<(), WireError> {
    match serde_json::from_slice(data)? {
        Event::MessageStart { message } => {
            // The output count of this event is a placeholder: a stream that breaks off here has
            // reported none.
            let started = message.usage.unwrap_or_default().usage();
            reply.usage.input = started.input;
        }
        Event::ContentBlockDelta { delta } => {
            reply
                .text
                .push_str(delta.text.as_deref().unwrap_or_default());
        }
        Event::MessageDelta { delta, usage } => {
            if let Some(native) = delta.stop_reason {
                reply.stop = stop(native);
            }
            let ended = usage.unwrap_or_default().usage();
            let merge = |new: Count, old: Count| new.or(old);
            reply.usage.input = merge(ended.input, reply.usage.input);
            reply.usage.output = merge(ended.output, reply.usage.output);
            reply.usage.reasoning = merge(ended.reasoning, reply.usage.reasoning);
        }
        Event::Error => return Err(WireError::InStream(ErrorReply::read(data))),
        Event::Other => {}
    }
    Ok(())
}
