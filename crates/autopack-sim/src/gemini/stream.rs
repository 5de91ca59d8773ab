//! The reply as a stream of responses, each with the usage so far
//! (ai.google.dev/api/generate-content, "models.streamGenerateContent").

use autopack_core::Tokens;
use axum::body::Bytes;
use axum::response::Response;

use crate::answer::Answer;
use crate::http;
use crate::reply::Reply;
use crate::text::Piece;

use super::whole::{GenerateContentResponse, response_id};

/// What stands around the chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// Server-sent events, for `alt=sse`; their lines end in CR LF here.
    Events,
    /// One JSON array, which is the default.
    Array,
}

/// Streams the reply.
pub(super) fn chunks(model: &str, reply: Reply, framing: Framing) -> Response {
    let Reply {
        id,
        input,
        answer,
        text,
    } = reply;
    let (model, id) = (model.to_owned(), response_id(id));
    // Even a reply without a word has a chunk, for its usage and its end.
    let silent = (answer.visible == Tokens::new(0)).then(|| Piece {
        text: String::new(),
        so_far: answer.visible,
    });
    let frames = text.chain(silent).enumerate().map(move |(place, piece)| {
        let said = (piece.so_far > Tokens::new(0)).then_some(piece.text.as_str());
        let so_far = Answer {
            visible: piece.so_far,
            ..answer
        };
        let chunk = GenerateContentResponse::new(&model, &id, said, input, so_far);
        let is_last = piece.so_far == answer.visible;
        let chunk = if is_last {
            chunk.finished(answer)
        } else {
            chunk
        };
        framing.frame(&chunk, place == 0, is_last)
    });
    http::streamed(framing.media_type(), frames)
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
