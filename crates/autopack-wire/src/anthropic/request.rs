//! Writes a Messages request. `max_tokens` is required there.

use serde::Serialize;

use crate::request::{Request, Speaker};

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    system: &'a str,
    messages: Vec<Message<'a>>,
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
        messages: request.turns().map(message).collect(),
        stream: request.stream,
    };
    serde_json::to_vec(&body).expect("texts and numbers always serialise")
}

fn message((speaker, content): (Speaker, &str)) -> Message<'_> {
    let role = match speaker {
        Speaker::User => "user",
        Speaker::Model => "assistant",
    };
    Message { role, content }
}
