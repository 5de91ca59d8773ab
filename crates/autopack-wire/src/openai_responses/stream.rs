//! Reads one event of a Responses stream: text and arguments come in deltas, usage and status with
//! the whole response in the last event.

use super::reply::{Item, Response};
use crate::dialect::Dialect;
use crate::error::WireError;
use crate::json::{Fault, Scanner, Text};
use crate::reply::Draft;

/// What an event may carry; its type stands in any place.
#[derive(Default)]
struct Event<'a> {
    kind: Option<Text<'a>>,
    /// The number of the output item.
    index: u64,
    delta: Option<Text<'a>>,
    item: Item<'a>,
    response: Option<std::ops::Range<usize>>,
}

/// How an event is taken.
enum Taken<'a> {
    Well,
    /// It says that the stream failed, in this object.
    Failed(&'a [u8]),
}

pub(crate) fn apply(data: &[u8], draft: &mut Draft) -> Result<(), WireError> {
    match take(data, draft) {
        Ok(Taken::Well) => Ok(()),
        Ok(Taken::Failed(object)) => Err(WireError::InStream(
            Dialect::OpenAiResponses.read_error(object),
        )),
        Err(fault) => Err(WireError::of(fault, data)),
    }
}

fn take<'a>(data: &'a [u8], draft: &mut Draft) -> Result<Taken<'a>, Fault> {
    Scanner::document(data, |scanner| {
        let event = Event::read(scanner)?;
        let kind = event.kind.map_or(&b""[..], Text::raw);
        match kind {
            b"response.output_text.delta" => draft.say(event.delta)?,
            b"response.function_call_arguments.delta" => draft.argue(event.index, event.delta)?,
            b"response.output_item.added" if event.item.is_call() => {
                draft.name_call(event.index, event.item.name)?;
            }
            b"response.completed" | b"response.incomplete" | b"response.failed" => {
                let Some(place) = event.response else {
                    return Ok(Taken::Well);
                };
                let mut again = scanner.again(&place);
                let response = Response::read(&mut again)?;
                if response.failed {
                    return Ok(Taken::Failed(scanner.slice(place)));
                }
                response.apply(&again, draft)?;
            }
            b"error" => return Ok(Taken::Failed(data)),
            _ => {}
        }
        Ok(Taken::Well)
    })
}

impl<'a> Event<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Fault> {
        let mut event = Self::default();
        scanner.required_object(|scanner, name| {
            match name {
                b"type" => event.kind = scanner.text()?,
                b"output_index" => event.index = scanner.count()?.unwrap_or(0),
                b"delta" => event.delta = scanner.text()?,
                b"item" => event.item = Item::read(scanner)?,
                b"response" => event.response = Some(scanner.skip()?),
                _ => _ = scanner.skip()?,
            }
            Ok(())
        })?;
        Ok(event)
    }
}
