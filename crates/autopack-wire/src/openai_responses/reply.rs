//! Reads a response object: the body of a whole reply, and what the last event of a stream carries.

use std::ops::Range;

use autopack_core::{StopReason, Usage};

use super::{stop_reason, usage};
use crate::dialect::Dialect;
use crate::error::WireError;
use crate::json::{Fault, Scanner, Text};
use crate::reply::{Draft, Reply};

pub(crate) fn read(body: &[u8]) -> Result<Reply, WireError> {
    let mut draft = Draft::default();
    let response = Scanner::document(body, |scanner| {
        let response = Response::read(scanner)?;
        response.apply(scanner, &mut draft)?;
        Ok(response)
    });
    let response = response.map_err(|fault| WireError::of(fault, body))?;
    if response.failed {
        return Err(WireError::Failed(Dialect::OpenAiResponses.read_error(body)));
    }
    Ok(draft.reply)
}

/// What matters of a response object; its members stand in any order.
#[derive(Default)]
pub(super) struct Response<'a> {
    status: Option<Text<'a>>,
    /// Why it is incomplete.
    reason: Option<Text<'a>>,
    usage: Usage,
    output: Option<Range<usize>>,
    /// Whether there is an error in it.
    pub(super) failed: bool,
}

impl<'a> Response<'a> {
    pub(super) fn read(scanner: &mut Scanner<'a>) -> Result<Self, Fault> {
        let mut response = Self::default();
        scanner.required_object(|scanner, name| {
            match name {
                b"status" => response.status = scanner.text()?,
                b"incomplete_details" => response.reason = scanner.text_in(b"reason")?,
                b"usage" => response.usage = usage(scanner)?,
                b"output" => response.output = Some(scanner.skip()?),
                b"error" => response.failed = scanner.is_there()?,
                _ => _ = scanner.skip()?,
            }
            Ok(())
        })?;
        Ok(response)
    }

    /// Adds the response to what is known. Output that came already, event by event, is not read
    /// again.
    pub(super) fn apply(&self, scanner: &Scanner<'a>, draft: &mut Draft) -> Result<(), Fault> {
        let mut known = Draft::outcome();
        let came_already = draft.reply.text_bytes > 0 || draft.reply.ends_in_tool_call;
        if let Some(place) = &self.output {
            let into = if came_already {
                &mut known
            } else {
                &mut *draft
            };
            scanner.again(place).array(|scanner| item(scanner, into))?;
        }
        let calls_tool = draft.reply.ends_in_tool_call || known.reply.ends_in_tool_call;
        draft.count(self.usage);
        draft.stop(self.reason.or(self.status), |native| {
            match stop_reason(native) {
                StopReason::EndTurn if calls_tool => StopReason::ToolUse,
                reason => reason,
            }
        })
    }
}

/// An item of the output: a message with its parts, or a call of a tool.
fn item(scanner: &mut Scanner<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let item = Item::read(scanner)?;
    if item.is_call() {
        let index = draft.next_call();
        draft.name_call(index, item.name)?;
        return draft.argue(index, item.arguments);
    }
    let Some(place) = item.content else {
        return Ok(());
    };
    scanner
        .again(&place)
        .array(|scanner| {
            let (mut kind, mut text) = (None, None);
            scanner.object(|scanner, name| {
                match name {
                    b"type" => kind = scanner.text()?,
                    b"text" => text = scanner.text()?,
                    _ => _ = scanner.skip()?,
                }
                Ok(())
            })?;
            // A reasoning item has parts too, which are not the answer.
            draft.say(text.filter(|_| kind.is_some_and(|kind| kind.is(b"output_text"))))
        })
        .map(drop)
}

/// What matters of an item.
#[derive(Default)]
pub(super) struct Item<'a> {
    kind: Option<Text<'a>>,
    pub(super) name: Option<Text<'a>>,
    arguments: Option<Text<'a>>,
    content: Option<Range<usize>>,
}

impl<'a> Item<'a> {
    pub(super) fn read(scanner: &mut Scanner<'a>) -> Result<Self, Fault> {
        let mut item = Self::default();
        scanner.object(|scanner, name| {
            match name {
                b"type" => item.kind = scanner.text()?,
                b"name" => item.name = scanner.text()?,
                b"arguments" => item.arguments = scanner.text()?,
                b"content" => item.content = Some(scanner.skip()?),
                _ => _ = scanner.skip()?,
            }
            Ok(())
        })?;
        Ok(item)
    }

    /// Whether it calls one of the caller's tools. The provider calls its own by itself.
    pub(super) fn is_call(&self) -> bool {
        self.kind.is_some_and(|kind| kind.is(b"function_call"))
    }
}
