//! The reply as a stream of events
//! (platform.openai.com/docs/api-reference/responses-streaming).

use autopack_core::Tokens;
use axum::body::Bytes;
use serde::Serialize;

use crate::delivery::{Frame, Outgoing};
use crate::http;
use crate::reply::{Reply, Said};

use super::body::{Body, Ending, Item, Main, Part, ResponseBody};

/// An event: its type and number, and of the rest what its type has.
#[derive(Default, Serialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    sequence_number: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<ResponseBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Item<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<Part<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arguments: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<[(); 0]>,
}

/// Events in a row, numbered.
struct Events {
    next_number: u64,
    frames: Vec<Bytes>,
}

/// Where visible tokens go.
#[derive(Clone)]
struct Place {
    item_id: String,
    output_index: u32,
    is_call: bool,
}

/// Streams the reply.
pub(super) fn events(body: &Body<'_>, reply: &Reply) -> Outgoing {
    let choice = reply.choice(0);
    let answer = choice.answer;
    let mut opening = Events::from(0);
    opening.push(Event::of_response("response.created", body.begun()));
    opening.push(Event::of_response("response.in_progress", body.begun()));
    let n_before = opening.frames.len();
    let mut output_index = 0;
    if let Some(id) = &body.output.reasoning_id {
        for kind in ["response.output_item.added", "response.output_item.done"] {
            opening.push(Event::of_item(kind, output_index, Item::reasoning(id)));
        }
        output_index += 1;
    }
    let main = body.output.main.as_ref();
    let place = main.map(|main| Place::of(main, output_index));
    let parts = main.zip(place.as_ref());
    if let Some((main, place)) = parts {
        place.open(main, &mut opening);
    }
    let text = match choice.said {
        Said::Text(text) => text,
        Said::ToolCall { arguments, .. } => arguments,
    };
    let first_delta = opening.next_number;
    let n_deltas = if place.is_some() { text.n_pieces() } else { 0 };
    let mut closing = Events::from(first_delta + n_deltas);
    if let Some((main, place)) = parts {
        place.close(main, body.ending(), &mut closing);
    }
    let kind = match body.ending() {
        Ending::Incomplete(_) => "response.incomplete",
        Ending::Complete | Ending::Pending => "response.completed",
    };
    closing.push(Event::of_response(kind, body.ended()));

    let deltas = place.into_iter().flat_map(move |place| {
        let numbered = text.clone().zip(first_delta..);
        numbered.map(move |(piece, number)| Frame {
            bytes: place.delta(&piece.text).frame(number),
            so_far: answer.reasoning.plus(piece.so_far),
        })
    });
    let frames = opening.frames.into_iter().enumerate();
    let opening = frames.map(move |(place, bytes)| Frame {
        bytes,
        // The response is there at once, its items when the reasoning is over.
        so_far: if place < n_before {
            Tokens::new(0)
        } else {
            answer.reasoning
        },
    });
    let closing = closing.frames.into_iter().map(move |bytes| Frame {
        bytes,
        so_far: answer.output(),
    });
    let frames = opening.chain(deltas).chain(closing);
    reply.delivery.stream(http::EVENT_STREAM, frames)
}

impl Events {
    fn from(next_number: u64) -> Self {
        Self {
            next_number,
            frames: Vec::new(),
        }
    }

    fn push(&mut self, event: Event<'_>) {
        self.frames.push(event.frame(self.next_number));
        self.next_number += 1;
    }
}

impl Place {
    fn of(main: &Main, output_index: u32) -> Self {
        let (Main::Message { id, .. } | Main::Call { id, .. }) = main;
        Self {
            item_id: id.clone(),
            output_index,
            is_call: matches!(main, Main::Call { .. }),
        }
    }

    fn open(&self, main: &Main, events: &mut Events) {
        let kind = "response.output_item.added";
        events.push(Event::of_item(kind, self.output_index, main.begun()));
        if let Main::Message { .. } = main {
            events.push(Event {
                part: Some(Part::text("")),
                ..self.event("response.content_part.added")
            });
        }
    }

    fn delta<'a>(&'a self, delta: &'a str) -> Event<'a> {
        if self.is_call {
            Event {
                delta: Some(delta),
                ..self.event("response.function_call_arguments.delta")
            }
        } else {
            Event {
                delta: Some(delta),
                logprobs: Some([]),
                ..self.event("response.output_text.delta")
            }
        }
    }

    fn close(&self, main: &Main, ending: Ending, events: &mut Events) {
        match main {
            Main::Message { text, .. } => {
                events.push(Event {
                    text: Some(text),
                    logprobs: Some([]),
                    ..self.event("response.output_text.done")
                });
                events.push(Event {
                    part: Some(Part::text(text)),
                    ..self.event("response.content_part.done")
                });
            }
            Main::Call { arguments, .. } => events.push(Event {
                arguments: Some(arguments),
                ..self.event("response.function_call_arguments.done")
            }),
        }
        let kind = "response.output_item.done";
        events.push(Event::of_item(kind, self.output_index, main.item(ending)));
    }

    /// An event of this place.
    fn event(&self, kind: &'static str) -> Event<'_> {
        Event {
            kind,
            item_id: Some(&self.item_id),
            output_index: Some(self.output_index),
            content_index: (!self.is_call).then_some(0),
            ..Event::default()
        }
    }
}

impl<'a> Event<'a> {
    fn of_response(kind: &'static str, response: ResponseBody<'a>) -> Self {
        Self {
            kind,
            response: Some(response),
            ..Self::default()
        }
    }

    fn of_item(kind: &'static str, output_index: u32, item: Item<'a>) -> Self {
        Self {
            kind,
            output_index: Some(output_index),
            item: Some(item),
            ..Self::default()
        }
    }

    /// The event as it is sent; its name stands in its `event:` line too.
    fn frame(mut self, sequence_number: u64) -> Bytes {
        self.sequence_number = sequence_number;
        let lines = format!("event: {}\ndata: ", self.kind);
        http::framed(&lines, &self, "\n\n")
    }
}
