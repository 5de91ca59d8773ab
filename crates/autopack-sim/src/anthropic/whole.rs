//! The reply in one piece (`types/message.py` and `types/usage.py` of the SDK).

use autopack_core::Tokens;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::answer::{Answer, End};
use crate::http;
use crate::reply::Reply;

/// A message; a stream begins with one that has nothing to say yet.
#[derive(Serialize)]
pub(super) struct Message<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    role: &'static str,
    model: &'a str,
    content: &'a [Block<'a>],
    stop_reason: Option<&'static str>,
    stop_sequence: Option<&'static str>,
    usage: Usage,
}

/// A block of content; only text is written.
#[derive(Serialize)]
pub(super) struct Block<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
}

/// Tokens used. Thinking is part of the output tokens.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Usage {
    input_tokens: Tokens,
    cache_creation_input_tokens: Tokens,
    cache_read_input_tokens: Tokens,
    output_tokens: Tokens,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Clone, Copy, Serialize)]
struct OutputDetails {
    thinking_tokens: Tokens,
}

/// Writes the reply.
pub(super) fn message(model: &str, reply: Reply) -> Response {
    let Reply {
        id,
        input,
        answer,
        text,
    } = reply;
    let text = text.whole();
    let block = [Block::text(&text)];
    // Nothing visible is no block, not an empty one.
    let content = if answer.visible == Tokens::new(0) {
        &[]
    } else {
        &block[..]
    };
    let message = Message {
        content,
        stop_reason: Some(stop_reason(answer)),
        ..Message::begun(id, model, Usage::of(input, answer))
    };
    http::json(StatusCode::OK, &message)
}

/// Why the reply ends, in this API's words (`types/stop_reason.py`).
pub(super) fn stop_reason(answer: Answer) -> &'static str {
    match answer.end {
        End::Natural => "end_turn",
        End::Ceiling => "max_tokens",
    }
}

impl<'a> Message<'a> {
    /// A message without content.
    pub(super) fn begun(id: u64, model: &'a str, usage: Usage) -> Self {
        Self {
            id: format!("msg_{id:016x}"),
            kind: "message",
            role: "assistant",
            model,
            content: &[],
            stop_reason: None,
            stop_sequence: None,
            usage,
        }
    }
}

impl<'a> Block<'a> {
    pub(super) fn text(text: &'a str) -> Self {
        Self { kind: "text", text }
    }
}

impl Usage {
    /// The usage of a finished reply.
    pub(super) fn of(input: Tokens, answer: Answer) -> Self {
        let thinking_tokens = answer.reasoning;
        Self {
            output_tokens: answer.output(),
            output_tokens_details: (thinking_tokens > Tokens::new(0))
                .then_some(OutputDetails { thinking_tokens }),
            ..Self::begun(input)
        }
    }

    /// The usage at the beginning of a stream, where the output is a placeholder of 1 token.
    pub(super) fn begun(input: Tokens) -> Self {
        Self {
            input_tokens: input,
            cache_creation_input_tokens: Tokens::new(0),
            cache_read_input_tokens: Tokens::new(0),
            output_tokens: Tokens::new(1),
            output_tokens_details: None,
        }
    }
}
