//! Writes a Messages request. `max_tokens` is required there.

use serde::Serialize;

use crate::request::Request;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    system: &'a str,
    messages: [Message<'a>; 1],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

pub(crate) fn write(request: &Request<'_>) -> Vec<u8> {
    let body = Body {
        model: request.model,
        max_tokens: request.ceiling.get(),
        system: request.system,
        messages: [Message {
            role: "user",
            content: request.user,
        }],
        stream: request.stream,
    };
    serde_json::to_vec(&body).expect("texts and numbers always serialise")
}
