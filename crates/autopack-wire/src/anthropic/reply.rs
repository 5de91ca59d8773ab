//! Reads a whole Messages reply.

use super::{stop_reason, usage};
use crate::dialect::Dialect;
use crate::error::WireError;
use crate::json::{Fault, Scanner, Text};
use crate::reply::{Draft, Reply};

pub(crate) fn read(body: &[u8]) -> Result<Reply, WireError> {
    let mut draft = Draft::default();
    let mut failed = false;
    let read = Scanner::body(body, |scanner, name| {
        match name {
            b"content" => _ = scanner.array(|scanner| block(scanner, &mut draft))?,
            b"stop_reason" => draft.stop(scanner.text()?, stop_reason)?,
            b"usage" => draft.count(usage(scanner)?),
            b"error" => failed = scanner.is_there()?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    });
    read.map_err(|fault| WireError::of(fault, body))?;
    if failed {
        return Err(WireError::Failed(
            Dialect::AnthropicMessages.read_error(body),
        ));
    }
    Ok(draft.reply)
}

/// A content block: only text blocks have `text`, only calls of tools have `input`.
fn block(scanner: &mut Scanner<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let (mut kind, mut text, mut tool, mut input) = (None, None, None, None);
    scanner.object(|scanner, name| {
        match name {
            b"type" => kind = scanner.text()?,
            b"text" => text = scanner.text()?,
            b"name" => tool = scanner.text()?,
            b"input" => input = Some(scanner.skip()?),
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    if !kind.is_some_and(is_tool_call) {
        return draft.say(text);
    }
    let index = draft.next_call();
    draft.name_call(index, tool)?;
    let input = input.map(|place| scanner.slice(place));
    draft.argue_json(index, input.unwrap_or_default())
}

/// Whether a block of this type calls a tool: the caller's (`tool_use`), or the provider's own
/// (`server_tool_use`, `mcp_tool_use`).
pub(super) fn is_tool_call(kind: Text<'_>) -> bool {
    kind.raw().ends_with(b"tool_use")
}
