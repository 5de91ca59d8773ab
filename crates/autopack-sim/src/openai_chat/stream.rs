//! The reply as a stream of chunks (schema `CreateChatCompletionStreamResponse`).

use axum::body::Bytes;
use axum::response::Response;
use serde::Serialize;

use crate::http;
use crate::reply::{CREATED_S, Reply};

use super::whole::{Usage, completion_id, finish_reason};

/// The end of the stream.
const DONE: &[u8] = b"data: [DONE]\n\n";

#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: &'a [Choice<'a>],
    #[serde(skip_serializing_if = "ChunkUsage::is_unasked")]
    usage: ChunkUsage,
}

/// Usage in a chunk: not there at all unless asked for, and then null in all chunks but the last.
#[derive(Serialize)]
#[serde(untagged)]
enum ChunkUsage {
    Unasked,
    Later,
    Now(Usage),
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    delta: Delta<'a>,
    logprobs: Option<()>,
    finish_reason: Option<&'static str>,
}

#[derive(Default, Serialize)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
}

/// What all chunks of a stream have in common.
struct Frame {
    id: String,
    model: String,
    wants_usage: bool,
}

/// Streams the reply; with `wants_usage` the last chunk has no choices and the usage.
pub(super) fn chunks(model: &str, reply: Reply, wants_usage: bool) -> Response {
    let Reply {
        id,
        input,
        answer,
        text,
    } = reply;
    let frame = Frame {
        id: completion_id(id),
        model: model.to_owned(),
        wants_usage,
    };
    let role = Delta {
        role: Some("assistant"),
        content: Some(""),
    };
    let opening = frame.delta(role, None);
    let closing = [
        Some(frame.delta(Delta::default(), Some(finish_reason(answer)))),
        wants_usage.then(|| frame.chunk(&[], ChunkUsage::Now(Usage::of(input, answer)))),
        Some(Bytes::from_static(DONE)),
    ];
    let deltas = text.map(move |piece| {
        let content = Delta {
            role: None,
            content: Some(&piece.text),
        };
        frame.delta(content, None)
    });
    http::streamed(
        http::EVENT_STREAM,
        std::iter::once(opening)
            .chain(deltas)
            .chain(closing.into_iter().flatten()),
    )
}

impl Frame {
    fn delta(&self, delta: Delta<'_>, finish_reason: Option<&'static str>) -> Bytes {
        let choice = Choice {
            index: 0,
            delta,
            logprobs: None,
            finish_reason,
        };
        let usage = if self.wants_usage {
            ChunkUsage::Later
        } else {
            ChunkUsage::Unasked
        };
        self.chunk(&[choice], usage)
    }

    fn chunk(&self, choices: &[Choice<'_>], usage: ChunkUsage) -> Bytes {
        let chunk = Chunk {
            id: &self.id,
            object: "chat.completion.chunk",
            created: CREATED_S,
            model: &self.model,
            choices,
            usage,
        };
        http::framed("data: ", &chunk, "\n\n")
    }
}

impl ChunkUsage {
    fn is_unasked(&self) -> bool {
        matches!(self, Self::Unasked)
    }
}
