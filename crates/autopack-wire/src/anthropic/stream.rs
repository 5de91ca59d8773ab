//! Reads one event of a Messages stream: `message_start` has the input and a placeholder for the
//! output, `message_delta` the cumulative usage and the stop reason.

use std::ops::Range;

use autopack_core::{Count, Usage};

use super::reply::is_tool_call;
use super::{stop_reason, usage};
use crate::dialect::Dialect;
use crate::error::WireError;
use crate::json::{Fault, Scanner, Text};
use crate::reply::Draft;

/// What an event may carry. Its type may stand behind what it is about, so that is read when the type
/// is known.
#[derive(Default)]
struct Event<'a> {
    kind: Option<Text<'a>>,
    /// The block's number.
    index: Option<u64>,
    /// `message`, `content_block`, `delta` and `usage`, of which an event has those of its type.
    message: Option<Range<usize>>,
    block: Option<Range<usize>>,
    delta: Option<Range<usize>>,
    usage: Option<Range<usize>>,
}

/// The type of the events that carry text and arguments.
const GROWTH: &[u8] = b"content_block_delta";

pub(crate) fn apply(data: &[u8], draft: &mut Draft) -> Result<(), WireError> {
    match take(data, draft) {
        Ok(true) => Ok(()),
        Ok(false) => Err(WireError::InStream(
            Dialect::AnthropicMessages.read_error(data),
        )),
        Err(fault) => Err(WireError::of(fault, data)),
    }
}

/// Takes an event. Whether it is none that ends the stream with an error is the answer.
fn take(data: &[u8], draft: &mut Draft) -> Result<bool, Fault> {
    Scanner::document(data, |scanner| {
        let event = Event::read(scanner, draft)?;
        let part = |place: &Option<Range<usize>>| place.as_ref().map(|place| scanner.again(place));
        match event.kind.map_or(&b""[..], Text::raw) {
            GROWTH => {
                if let Some(mut delta) = part(&event.delta) {
                    grow(&mut delta, event.index.unwrap_or(0), draft)?;
                }
            }
            b"content_block_start" => {
                if let Some(mut block) = part(&event.block) {
                    begin(&mut block, event.index.unwrap_or(0), draft)?;
                }
            }
            b"message_start" => {
                if let Some(mut message) = part(&event.message) {
                    start(&mut message, draft)?;
                }
            }
            b"message_delta" => {
                if let Some(mut delta) = part(&event.delta) {
                    draft.stop(delta.text_in(b"stop_reason")?, stop_reason)?;
                }
                if let Some(mut used) = part(&event.usage) {
                    draft.count(usage(&mut used)?);
                }
            }
            b"error" => return Ok(false),
            _ => {}
        }
        Ok(true)
    })
}

impl<'a> Event<'a> {
    /// Reads what an event carries. In the usual order the delta of a block, of which a stream is made,
    /// is applied on the way.
    fn read(scanner: &mut Scanner<'a>, draft: &mut Draft) -> Result<Self, Fault> {
        let mut event = Self::default();
        scanner.required_object(|scanner, name| {
            match name {
                b"type" => event.kind = scanner.text()?,
                b"index" => event.index = scanner.count()?,
                b"message" => event.message = Some(scanner.skip()?),
                b"content_block" => event.block = Some(scanner.skip()?),
                b"delta" => match event.index.filter(|_| event.is_growth()) {
                    Some(index) => grow(scanner, index, draft)?,
                    None => event.delta = Some(scanner.skip()?),
                },
                b"usage" => event.usage = Some(scanner.skip()?),
                _ => _ = scanner.skip()?,
            }
            Ok(())
        })?;
        Ok(event)
    }

    fn is_growth(&self) -> bool {
        self.kind.is_some_and(|kind| kind.is(GROWTH))
    }
}

/// The message begins. Its output count is a placeholder: a stream that breaks off here has reported
/// none.
fn start(message: &mut Scanner<'_>, draft: &mut Draft) -> Result<(), Fault> {
    message.object(|scanner, name| {
        match name {
            b"usage" => draft.count(Usage {
                output: Count::Unreported,
                reasoning: Count::Unreported,
                ..usage(scanner)?
            }),
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    Ok(())
}

/// A block begins.
fn begin(block: &mut Scanner<'_>, index: u64, draft: &mut Draft) -> Result<(), Fault> {
    let (mut kind, mut tool) = (None, None);
    block.object(|scanner, name| {
        match name {
            b"type" => kind = scanner.text()?,
            b"name" => tool = scanner.text()?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    if kind.is_some_and(is_tool_call) {
        draft.name_call(index, tool)?;
    }
    Ok(())
}

/// A block goes on: text, or more of a call's arguments.
fn grow(delta: &mut Scanner<'_>, index: u64, draft: &mut Draft) -> Result<(), Fault> {
    delta.object(|scanner, name| match name {
        b"text" => draft.say(scanner.text()?),
        b"partial_json" => draft.argue(index, scanner.text()?),
        _ => scanner.skip().map(drop),
    })?;
    Ok(())
}
