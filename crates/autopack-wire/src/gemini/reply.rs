//! Reads a generateContent reply, whole or one chunk of a stream, which have one form: the first
//! candidate. A blocked prompt has none, and says why in its feedback.

use autopack_core::StopReason;

use super::{stop_reason, usage};
use crate::dialect::Dialect;
use crate::error::WireError;
use crate::json::{Fault, Scanner};
use crate::reply::{Draft, Reply};

pub(crate) fn read(body: &[u8]) -> Result<Reply, WireError> {
    let mut draft = Draft::default();
    let failed = merge(body, &mut draft).map_err(|fault| WireError::of(fault, body))?;
    if failed {
        return Err(WireError::Failed(
            Dialect::GeminiGenerateContent.read_error(body),
        ));
    }
    Ok(draft.reply)
}

/// Adds what a body or a chunk says to what is known: text goes behind the text so far, usage is
/// cumulative. Whether it is an error instead is the answer.
pub(super) fn merge(body: &[u8], draft: &mut Draft) -> Result<bool, Fault> {
    let mut failed = false;
    let mut blocked = None;
    Scanner::body(body, |scanner, name| {
        match name {
            b"candidates" => {
                let mut is_first = true;
                scanner.array(|scanner| {
                    if std::mem::take(&mut is_first) {
                        return candidate(scanner, draft);
                    }
                    scanner.skip().map(drop)
                })?;
            }
            b"usageMetadata" => draft.count(usage(scanner)?),
            b"promptFeedback" => {
                scanner.object(|scanner, name| {
                    match name {
                        b"blockReason" => blocked = scanner.text()?,
                        _ => _ = scanner.skip()?,
                    }
                    Ok(())
                })?;
            }
            b"error" => failed = scanner.is_there()?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    draft.stop(blocked, |_| StopReason::Refusal)?;
    Ok(failed)
}

fn candidate(scanner: &mut Scanner<'_>, draft: &mut Draft) -> Result<(), Fault> {
    scanner.object(|scanner, name| {
        match name {
            b"content" => content(scanner, draft)?,
            b"finishReason" => draft.stop(scanner.text()?, stop_reason)?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    Ok(())
}

fn content(scanner: &mut Scanner<'_>, draft: &mut Draft) -> Result<(), Fault> {
    scanner.object(|scanner, name| {
        match name {
            b"parts" => _ = scanner.array(|scanner| part(scanner, draft))?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    Ok(())
}

/// A part: text, unless it is of the model's thoughts, which are not the answer; or a call.
fn part(scanner: &mut Scanner<'_>, draft: &mut Draft) -> Result<(), Fault> {
    let (mut text, mut is_thought, mut call) = (None, false, None);
    scanner.object(|scanner, name| {
        match name {
            b"text" => text = scanner.text()?,
            b"thought" => is_thought = scanner.flag()?,
            b"functionCall" => call = Some(scanner.skip()?),
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    if let Some(place) = call {
        let index = draft.next_call();
        function(&mut scanner.again(&place), index, draft)?;
    }
    draft.say(text.filter(|_| !is_thought))
}

fn function(scanner: &mut Scanner<'_>, index: u64, draft: &mut Draft) -> Result<(), Fault> {
    scanner.object(|scanner, name| match name {
        b"name" => draft.name_call(index, scanner.text()?),
        b"args" => {
            let place = scanner.skip()?;
            draft.argue_json(index, scanner.slice(place))
        }
        _ => scanner.skip().map(drop),
    })?;
    Ok(())
}
