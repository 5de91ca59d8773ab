//! The reply as a stream of events
//! (platform.claude.com/docs/en/build-with-claude/streaming, "Event types").

use std::iter;

use autopack_core::Tokens;
use axum::body::Bytes;
use serde::Serialize;

use crate::delivery::{Frame, Outgoing};
use crate::fault::Flaw;
use crate::http;
use crate::reply::{Choice, Reply, Said};
use crate::text::VisibleText;

use super::thinking::Thinking;
use super::whole::{Block, Message, Usage, call_id, no_input, signature, stop_reason};

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
        #[serde(skip_serializing_if = "Option::is_none")]
        usage: Option<Usage>,
    },
    MessageStop,
}

/// A piece of a block, of the block's own kind.
#[derive(Clone, Copy, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Delta<'a> {
    #[serde(rename = "text_delta")]
    Text { text: &'a str },
    #[serde(rename = "thinking_delta")]
    Thinking { thinking: &'a str },
    #[serde(rename = "signature_delta")]
    Signature { signature: &'a str },
    #[serde(rename = "input_json_delta")]
    InputJson { partial_json: &'a str },
}

#[derive(Serialize)]
struct Ending {
    stop_reason: &'static str,
    stop_sequence: Option<&'static str>,
}

/// A block on its way: its first event, its pieces, its last events.
struct OpenBlock {
    index: u32,
    kind: Kind,
    begins: Bytes,
    pieces: VisibleText,
    ends: Vec<Bytes>,
    /// The output tokens before its first piece.
    before: Tokens,
}

/// What the pieces of a block are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Input,
}

/// Streams the reply.
pub(super) fn events(model: &str, reply: &Reply, thinking: Thinking) -> Outgoing {
    let choice = reply.choice(0);
    let answer = choice.answer;
    let begins = Event::MessageStart {
        message: Message::begun(model, reply),
    };
    let ends = Event::MessageDelta {
        delta: Ending {
            stop_reason: stop_reason(reply, &choice),
            stop_sequence: None,
        },
        usage: Usage::of(reply, answer),
    };
    let thoughts = OpenBlock::thoughts(&choice, thinking);
    let words = OpenBlock::words(&choice, u32::from(thoughts.is_some()));
    let has_blocks = !reply.has(Flaw::NullContent);
    let blocks = [thoughts, words].into_iter().flatten();
    let mut blocks = blocks
        .take_while(move |_| has_blocks)
        .flat_map(OpenBlock::frames);
    let at = |so_far: Tokens, event: &Event<'_>| Frame {
        bytes: event.frame(),
        so_far,
    };
    let begins = at(Tokens::new(0), &begins);
    let ping = at(Tokens::new(0), &Event::Ping);
    let ends = [&ends, &Event::MessageStop].map(|event| at(answer.output(), event));
    // The ping comes when the first block has begun.
    let opening = [Some(begins), blocks.next(), Some(ping)];
    let frames = opening.into_iter().flatten().chain(blocks).chain(ends);
    reply.delivery.stream(http::EVENT_STREAM, frames)
}

impl OpenBlock {
    fn new(index: u32, kind: Kind, block: Block<'_>, pieces: VisibleText) -> Self {
        let begins = Event::ContentBlockStart {
            index,
            content_block: block,
        };
        Self {
            index,
            kind,
            begins: begins.frame(),
            pieces,
            ends: vec![Event::ContentBlockStop { index }.frame()],
            before: Tokens::new(0),
        }
    }

    /// The block of thoughts, if they are told of: it is the first, and ends with a signature.
    fn thoughts(choice: &Choice, thinking: Thinking) -> Option<Self> {
        let thoughts = thinking.thoughts(choice)?;
        let block = Block::Thinking {
            thinking: "",
            signature: "",
        };
        let signature = Event::ContentBlockDelta {
            index: 0,
            delta: Delta::Signature {
                signature: &signature(choice),
            },
        };
        let mut block = Self::new(0, Kind::Thinking, block, thoughts);
        block.ends.insert(0, signature.frame());
        Some(block)
    }

    /// The block of what is said. Nothing visible is no block, not an empty one.
    fn words(choice: &Choice, index: u32) -> Option<Self> {
        if choice.answer.visible == Tokens::new(0) {
            return None;
        }
        let block = match &choice.said {
            Said::Text(text) => {
                Self::new(index, Kind::Text, Block::Text { text: "" }, text.clone())
            }
            Said::ToolCall { name, arguments } => {
                let block = Block::ToolUse {
                    id: &call_id(choice),
                    name,
                    input: no_input(),
                };
                Self::new(index, Kind::Input, block, arguments.clone())
            }
        };
        Some(Self {
            before: choice.answer.reasoning,
            ..block
        })
    }

    fn frames(self) -> impl Iterator<Item = Frame> {
        let Self {
            index,
            kind,
            begins,
            pieces,
            ends,
            before,
        } = self;
        let frame = |bytes, so_far| Frame { bytes, so_far };
        let end = before.plus(pieces.n_tokens());
        let deltas = pieces.map(move |piece| {
            let delta = kind.delta(&piece.text);
            let event = Event::ContentBlockDelta { index, delta };
            frame(event.frame(), before.plus(piece.so_far))
        });
        let ends = ends.into_iter().map(move |bytes| frame(bytes, end));
        iter::once(frame(begins, before)).chain(deltas).chain(ends)
    }
}

impl Kind {
    fn delta(self, piece: &str) -> Delta<'_> {
        match self {
            Self::Text => Delta::Text { text: piece },
            Self::Thinking => Delta::Thinking { thinking: piece },
            Self::Input => Delta::InputJson {
                partial_json: piece,
            },
        }
    }
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
