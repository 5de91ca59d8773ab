//! The reply in one piece (`GenerateContentResponse` and its `UsageMetadata`).

use autopack_core::Tokens;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::answer::{Answer, End};
use crate::http;
use crate::reply::Reply;

/// A response; each chunk of a stream is one too.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GenerateContentResponse<'a> {
    candidates: [Candidate<'a>; 1],
    usage_metadata: UsageMetadata,
    model_version: &'a str,
    response_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_reason: Option<&'static str>,
    index: u32,
}

/// What is said. Where that is nothing, there are no parts: protocol buffers leave out what is
/// empty.
#[derive(Serialize)]
struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<[Part<'a>; 1]>,
    role: &'static str,
}

#[derive(Serialize)]
struct Part<'a> {
    text: &'a str,
}

/// Tokens used. Thoughts stand beside the candidates' tokens, not inside; a count of zero is left
/// out.
#[derive(Clone, Copy, Serialize)]
struct UsageMetadata {
    #[serde(rename = "promptTokenCount")]
    prompt: Tokens,
    #[serde(rename = "candidatesTokenCount", skip_serializing_if = "is_zero")]
    candidates: Tokens,
    #[serde(rename = "thoughtsTokenCount", skip_serializing_if = "is_zero")]
    thoughts: Tokens,
    #[serde(rename = "totalTokenCount")]
    total: Tokens,
}

/// Writes the reply.
pub(super) fn response(model: &str, reply: Reply) -> Response {
    let Reply {
        id,
        input,
        answer,
        text,
    } = reply;
    let text = text.whole();
    let said = (answer.visible > Tokens::new(0)).then_some(text.as_str());
    let id = response_id(id);
    let response = GenerateContentResponse::new(model, &id, said, input, answer);
    http::json(StatusCode::OK, &response.finished(answer))
}

/// An id without a prefix, as this API has them.
pub(super) fn response_id(id: u64) -> String {
    format!("{id:016x}")
}

impl<'a> GenerateContentResponse<'a> {
    /// A response that says `text` and goes on, with what `so_far` has used.
    pub(super) fn new(
        model: &'a str,
        id: &'a str,
        text: Option<&'a str>,
        input: Tokens,
        so_far: Answer,
    ) -> Self {
        let content = Content {
            parts: text.map(|text| [Part { text }]),
            role: "model",
        };
        Self {
            candidates: [Candidate {
                content,
                finish_reason: None,
                index: 0,
            }],
            usage_metadata: UsageMetadata {
                prompt: input,
                candidates: so_far.visible,
                thoughts: so_far.reasoning,
                total: input.plus(so_far.output()),
            },
            model_version: model,
            response_id: id,
        }
    }

    /// The response as the end of `answer`, with its reason.
    pub(super) fn finished(mut self, answer: Answer) -> Self {
        let [candidate] = &mut self.candidates;
        candidate.finish_reason = Some(match answer.end {
            End::Natural => "STOP",
            End::Ceiling => "MAX_TOKENS",
        });
        self
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &Tokens) -> bool {
    *count == Tokens::new(0)
}
