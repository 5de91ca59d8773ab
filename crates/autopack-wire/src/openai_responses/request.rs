//! Writes a Responses request.

use serde::Serialize;

use crate::request::Request;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    instructions: &'a str,
    input: &'a str,
    max_output_tokens: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
}

pub(crate) fn write(request: &Request<'_>) -> Vec<u8> {
    let body = Body {
        model: request.model,
        instructions: request.system,
        input: request.user,
        max_output_tokens: request.ceiling.get(),
        stream: request.stream,
    };
    serde_json::to_vec(&body).expect("texts and numbers always serialise")
}
