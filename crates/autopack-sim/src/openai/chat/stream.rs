//! The reply as a stream of chunks (schema `CreateChatCompletionStreamResponse`). Choices come one
//! after the other; the real ones come mixed.

use std::iter;
use std::sync::Arc;

use axum::body::Bytes;
use serde::Serialize;

use crate::delivery::{Frame, Outgoing};
use crate::fault::Flaw;
use crate::http;
use crate::reply::{CREATED_S, Choice, Reply, Said};

use super::whole::{Usage, call_id, completion_id, finish_reason};

/// The end of the stream.
const DONE: &[u8] = b"data: [DONE]\n\n";

#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: &'a [ChoiceDelta<'a>],
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
struct ChoiceDelta<'a> {
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
    content: Option<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[ToolCall<'a>; 1]>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(&'a str),
    Null,
}

/// A piece of a tool call; the first has the name and the id.
#[derive(Serialize)]
struct ToolCall<'a> {
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    arguments: &'a str,
}

/// What all chunks of a stream have in common.
struct Common {
    id: String,
    model: String,
    wants_usage: bool,
}

/// Streams the reply; with `wants_usage` the last chunk has no choices and the usage.
pub(super) fn chunks(model: &str, reply: Reply, wants_usage: bool) -> Outgoing {
    let wants_usage = wants_usage && !reply.has(Flaw::MissingUsage);
    let common = Arc::new(Common {
        id: completion_id(&reply),
        model: model.to_owned(),
        wants_usage,
    });
    let usage = wants_usage.then(|| common.chunk(&[], ChunkUsage::Now(Usage::of(&reply))));
    let longest = reply.longest();
    let closing = [usage, Some(Bytes::from_static(DONE))];
    let closing = closing.into_iter().flatten().map(move |bytes| Frame {
        bytes,
        so_far: longest,
    });
    let delivery = reply.delivery;
    let n_choices = reply.n_choices;
    let choices = (0..n_choices).flat_map(move |index| common.choice(&reply, reply.choice(index)));
    delivery.stream(http::EVENT_STREAM, choices.chain(closing))
}

impl Common {
    /// The chunks of one choice: who speaks, what is said, why it ends.
    fn choice(
        self: &Arc<Self>,
        reply: &Reply,
        choice: Choice,
    ) -> impl Iterator<Item = Frame> + use<> {
        let reason = finish_reason(reply, &choice);
        let Choice {
            index,
            id,
            answer,
            said,
            ..
        } = choice;
        let (opening, pieces, is_call) = match said {
            _ if reply.has(Flaw::NullContent) => (Delta::speaks(Content::Null), None, false),
            Said::Text(text) => (Delta::speaks(Content::Text("")), Some(text), false),
            Said::ToolCall {
                ref name,
                arguments,
            } => {
                let opening = Delta {
                    tool_calls: Some([ToolCall::first(call_id(id), name)]),
                    ..Delta::speaks(Content::Null)
                };
                (opening, Some(arguments), true)
            }
        };
        let opening = Frame {
            bytes: self.delta(index, opening, None),
            so_far: answer.reasoning,
        };
        let closing = Frame {
            bytes: self.delta(index, Delta::default(), Some(reason)),
            so_far: answer.output(),
        };
        let common = Arc::clone(self);
        let deltas = pieces.into_iter().flatten().map(move |piece| {
            let delta = if is_call {
                Delta::arguments(&piece.text)
            } else {
                Delta::text(&piece.text)
            };
            Frame {
                bytes: common.delta(index, delta, None),
                so_far: answer.reasoning.plus(piece.so_far),
            }
        });
        iter::once(opening).chain(deltas).chain(iter::once(closing))
    }

    fn delta(&self, index: u32, delta: Delta<'_>, finish_reason: Option<&'static str>) -> Bytes {
        let choice = ChoiceDelta {
            index,
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

    fn chunk(&self, choices: &[ChoiceDelta<'_>], usage: ChunkUsage) -> Bytes {
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

impl<'a> Delta<'a> {
    /// The first one, which says who speaks.
    fn speaks(content: Content<'a>) -> Self {
        Self {
            role: Some("assistant"),
            content: Some(content),
            tool_calls: None,
        }
    }

    fn text(text: &'a str) -> Self {
        Self {
            content: Some(Content::Text(text)),
            ..Self::default()
        }
    }

    fn arguments(arguments: &'a str) -> Self {
        let call = ToolCall {
            index: 0,
            id: None,
            kind: None,
            function: Function {
                name: None,
                arguments,
            },
        };
        Self {
            tool_calls: Some([call]),
            ..Self::default()
        }
    }
}

impl<'a> ToolCall<'a> {
    fn first(id: String, name: &'a str) -> Self {
        Self {
            index: 0,
            id: Some(id),
            kind: Some("function"),
            function: Function {
                name: Some(name),
                arguments: "",
            },
        }
    }
}

impl ChunkUsage {
    fn is_unasked(&self) -> bool {
        matches!(self, Self::Unasked)
    }
}
