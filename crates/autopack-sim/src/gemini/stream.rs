//! The reply as a stream of responses, each with the usage so far
//! (ai.google.dev/api/generate-content, "models.streamGenerateContent"). Candidates come one after
//! the other.

use std::iter;

use autopack_core::Tokens;
use axum::body::Bytes;

use crate::answer::Answer;
use crate::delivery::{Frame, Outgoing};
use crate::http;
use crate::reply::{Choice, Reply, Said};

use super::whole::{Common, GenerateContentResponse, Generated, Part, finish_reason};

/// What stands around the chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// Server-sent events, for `alt=sse`; their lines end in CR LF here.
    Events,
    /// One JSON array, which is the default.
    Array,
}

/// A part on its way.
#[derive(Debug)]
struct Piece {
    /// Nothing, where a candidate has nothing to say.
    part: Option<Part>,
    /// The candidate's tokens up to its end.
    so_far: Answer,
}

/// Streams the reply.
pub(super) fn chunks(
    model: &str,
    reply: Reply,
    shows_thoughts: bool,
    framing: Framing,
) -> Outgoing {
    let common = Common::new(model, &reply);
    let delivery = reply.delivery;
    let mut before = Generated::default();
    let pieces = (0..reply.n_choices).flat_map(move |index| {
        let choice = reply.choice(index);
        let finish_reason = finish_reason(&choice);
        let answer = choice.answer;
        let earlier = before;
        before = before.plus(answer);
        let pieces = marked(pieces(choice, shows_thoughts));
        pieces.map(move |(piece, is_last)| {
            // Of a reply whose thoughts are not shown the usage has them from the beginning.
            let so_far = earlier.plus(piece.so_far);
            let reason = is_last.then_some(finish_reason);
            (index, piece, reason, so_far)
        })
    });
    let mut is_first = true;
    let frames = marked(pieces).map(move |((index, piece, reason, generated), is_last)| {
        let parts = piece.part.into_iter().collect();
        let candidate = common.candidate(index, parts, reason);
        let chunk = common.response(vec![candidate], generated);
        let bytes = framing.frame(&chunk, is_first, is_last);
        is_first = false;
        Frame {
            bytes,
            so_far: piece.so_far.output(),
        }
    });
    delivery.stream(framing.media_type(), frames)
}

/// What a candidate says, piece by piece; at least one.
fn pieces(choice: Choice, shows_thoughts: bool) -> impl Iterator<Item = Piece> {
    let answer = choice.answer;
    let thoughts = shows_thoughts.then(|| choice.thoughts.clone());
    let thoughts = thoughts.into_iter().flatten().map(move |piece| Piece {
        part: Some(Part::thought(piece.text)),
        so_far: Answer {
            reasoning: piece.so_far,
            visible: Tokens::new(0),
            ..answer
        },
    });
    let call = Part::call(&choice);
    // A call comes in one piece.
    let text = match choice.said {
        Said::Text(text) => Some(text),
        Said::ToolCall { .. } => None,
    };
    let is_silent = text.is_none() || answer.visible == Tokens::new(0);
    let text = text.into_iter().flatten().map(move |piece| Piece {
        part: Some(Part::Text { text: piece.text }),
        so_far: Answer {
            visible: piece.so_far,
            ..answer
        },
    });
    // Even a candidate without a word has a chunk, for its usage and its end.
    let last = is_silent.then_some(Piece {
        part: call,
        so_far: answer,
    });
    thoughts.chain(text).chain(last)
}

/// Each entry, and whether it is the last.
fn marked<T>(entries: impl Iterator<Item = T>) -> impl Iterator<Item = (T, bool)> {
    let mut entries = entries.peekable();
    iter::from_fn(move || {
        let entry = entries.next()?;
        Some((entry, entries.peek().is_none()))
    })
}

impl Framing {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Events => http::EVENT_STREAM,
            Self::Array => http::JSON,
        }
    }

    fn frame(self, chunk: &GenerateContentResponse<'_>, is_first: bool, is_last: bool) -> Bytes {
        let (before, after) = match self {
            Self::Events => ("data: ", "\r\n\r\n"),
            Self::Array => (
                if is_first { "[" } else { ",\r\n" },
                if is_last { "]" } else { "" },
            ),
        };
        http::framed(before, chunk, after)
    }
}
