//! The reply as a stream of events
//! (platform.claude.com/docs/en/build-with-claude/streaming, "Event types").

use autopack_core::Tokens;
use axum::body::Bytes;
use axum::response::Response;
use serde::Serialize;

use crate::http;
use crate::reply::Reply;

use super::whole::{Block, Message, Usage, stop_reason};

/// An event; its name stands in its `event:` line too.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event<'a> {
    MessageStart {
        message: Message<'a>,
    },
    ContentBlockStart {
        index: u32,
        content_block: Block<'a>,
    },
    Ping,
    ContentBlockDelta {
        index: u32,
        delta: Delta<'a>,
    },
    ContentBlockStop {
        index: u32,
    },
    MessageDelta {
        delta: Ending,
        usage: Usage,
    },
    MessageStop,
}

#[derive(Serialize)]
struct Delta<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct Ending {
    stop_reason: &'static str,
    stop_sequence: Option<&'static str>,
}

/// Streams the reply.
pub(super) fn events(model: &str, reply: Reply) -> Response {
    let Reply {
        id,
        input,
        answer,
        text,
    } = reply;
    let begins = Event::MessageStart {
        message: Message::begun(id, model, Usage::begun(input)),
    };
    let block_begins = Event::ContentBlockStart {
        index: 0,
        content_block: Block::text(""),
    };
    let ends = Event::MessageDelta {
        delta: Ending {
            stop_reason: stop_reason(answer),
            stop_sequence: None,
        },
        usage: Usage::of(input, answer),
    };
    // Nothing visible is no block, not an empty one.
    let has_block = answer.visible > Tokens::new(0);
    let opening = [
        Some(begins.frame()),
        has_block.then(|| block_begins.frame()),
        Some(Event::Ping.frame()),
    ];
    let closing = [
        has_block.then(|| Event::ContentBlockStop { index: 0 }.frame()),
        Some(ends.frame()),
        Some(Event::MessageStop.frame()),
    ];
    let deltas = text.map(|piece| delta(&piece.text));
    let frames = opening.into_iter().flatten().chain(deltas);
    http::streamed(
        http::EVENT_STREAM,
        frames.chain(closing.into_iter().flatten()),
    )
}

fn delta(text: &str) -> Bytes {
    let kind = "text_delta";
    let delta = Delta { kind, text };
    Event::ContentBlockDelta { index: 0, delta }.frame()
}

impl Event<'_> {
    fn frame(&self) -> Bytes {
        let lines = match self {
            Self::MessageStart { .. } => "event: message_start\ndata: ",
            Self::ContentBlockStart { .. } => "event: content_block_start\ndata: ",
            Self::Ping => "event: ping\ndata: ",
            Self::ContentBlockDelta { .. } => "event: content_block_delta\ndata: ",
            Self::ContentBlockStop { .. } => "event: content_block_stop\ndata: ",
            Self::MessageDelta { .. } => "event: message_delta\ndata: ",
            Self::MessageStop => "event: message_stop\ndata: ",
        };
        http::framed(lines, self, "\n\n")
    }
}
