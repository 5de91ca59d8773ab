//! Reads a Chat Completions reply: the first choice, whole or a delta of it.

use super::{stop_reason, usage};
use crate::dialect::Dialect;
use crate::error::WireError;
use crate::json::{Fault, Scanner};
use crate::reply::{Draft, Reply};

pub(crate) fn read(body: &[u8]) -> Result<Reply, WireError> {
    let mut draft = Draft::default();
    let failed = merge(body, &mut draft).map_err(|fault| WireError::of(fault, body))?;
    if failed {
        return Err(WireError::Failed(Dialect::OpenAiChat.read_error(body)));
    }
    Ok(draft.reply)
}

/// Adds what a body or a chunk says to what is known. Whether it is an error instead is the answer.
pub(super) fn merge(body: &[u8], draft: &mut Draft) -> Result<bool, Fault> {
    let mut failed = false;
    Scanner::body(body, |scanner, name| {
        match name {
            b"choices" => _ = scanner.array(|scanner| choice(scanner, draft))?,
            b"usage" => draft.count(usage(scanner)?),
            b"error" => failed = scanner.is_there()?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    Ok(failed)
}

/// A choice; all but the first are passed over. Its number may stand behind its message, so the
/// message is read when the number is known.
fn choice(scanner: &mut Scanner<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let (mut index, mut said, mut finish) = (0, None, None);
    scanner.object(|scanner, name| {
        match name {
            b"index" => index = scanner.count()?.unwrap_or(0),
            b"message" | b"delta" => said = Some(scanner.skip()?),
            b"finish_reason" => finish = scanner.text()?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    if index > 0 {
        return Ok(());
    }
    if let Some(place) = said {
        message(&mut scanner.again(&place), draft)?;
    }
    draft.stop(finish, stop_reason)
}

/// A message or a delta of one.
fn message(scanner: &mut Scanner<'_>, draft: &mut Draft) -> Result<(), Fault> {
    scanner.object(|scanner, name| {
        match name {
            b"content" => content(scanner, draft)?,
            b"tool_calls" => {
                scanner.array(|scanner| tool_call(scanner, draft))?;
            }
            // What calls of tools were before there were several.
            b"function_call" => function(scanner, 0, draft)?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    Ok(())
}

/// A text, or with some servers a list of parts with texts.
fn content(scanner: &mut Scanner<'_>, draft: &mut Draft) -> Result<(), Fault> {
    if scanner.peek()? != b'[' {
        return draft.say(scanner.text()?);
    }
    scanner.array(|scanner| {
        scanner.object(|scanner, name| match name {
            b"text" => draft.say(scanner.text()?),
            _ => scanner.skip().map(drop),
        })?;
        Ok(())
    })?;
    Ok(())
}

/// A call of a tool, or more of its arguments. Only streams number them.
fn tool_call(scanner: &mut Scanner<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let (mut index, mut called) = (draft.next_call(), None);
    scanner.object(|scanner, name| {
        match name {
            b"index" => index = scanner.count()?.unwrap_or(index),
            b"function" => called = Some(scanner.skip()?),
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    match called {
        Some(place) => function(&mut scanner.again(&place), index, draft),
        None => Ok(()),
    }
}

fn function(scanner: &mut Scanner<'_>, index: u64, draft: &mut Draft) -> Result<(), Fault> {
    scanner.object(|scanner, name| match name {
        b"name" => draft.name_call(index, scanner.text()?),
        b"arguments" => draft.argue(index, scanner.text()?),
        _ => scanner.skip().map(drop),
    })?;
    Ok(())
}
