//! The members of an error reply, wherever a provider or a server like it puts them.

use std::time::Duration;

use super::phrase;
use crate::json::{Fault, Scanner, Whole};
use crate::rate_limit::duration;

/// The longest text that is looked through for what it names, in bytes. Routers wrap the error of
/// the provider behind them into theirs, which makes a kilobyte or two.
const MAX_TEXT_BYTES: usize = 4096;

/// What an error reply says.
#[derive(Default)]
pub(super) struct Body {
    /// The provider's word for the error.
    pub(super) word: Option<String>,
    /// Another word for it: `OpenAI` gives a code and a type, Gemini a reason among its details.
    pub(super) second_word: Option<String>,
    pub(super) message: Option<String>,
    /// The parameter it is about.
    pub(super) parameter: Option<String>,
    /// Message and what is wrapped in it, in lower case, for whoever looks for phrases.
    pub(super) text: String,
    retry_delay: Option<String>,
}

/// The members that name the error, before it is decided which counts.
#[derive(Default)]
struct Words {
    status: Option<String>,
    code: Option<String>,
    kind: Option<String>,
    /// A code that is a number, as a word.
    number: Option<String>,
    reason: Option<String>,
    /// The error of a provider behind a router.
    wrapped: Option<String>,
}

impl Body {
    /// Reads the error object that the dialects keep under `error`, Gemini sometimes in an array of
    /// one, and some servers at the top.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut body = Self::default();
        let mut words = Words::default();
        Scanner::document(bytes, |scanner| {
            if scanner.peek()? == b'[' {
                return scanner
                    .array(|scanner| body.top(scanner, &mut words))
                    .map(drop);
            }
            body.top(scanner, &mut words)
        })
        .ok()?;
        let mut text: String = body.message.clone().unwrap_or_default();
        if let Some(wrapped) = words.wrapped {
            text.push(' ');
            text.push_str(&wrapped);
        }
        text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
        body.text = text.to_lowercase();
        let mut known = [words.status, words.code, words.kind, words.number]
            .into_iter()
            .flatten();
        body.word = known.next();
        body.second_word = words.reason.or_else(|| known.next());
        Some(body)
    }

    /// The document's top: the error object below it counts more than what stands beside it.
    fn top(&mut self, scanner: &mut Scanner<'_>, words: &mut Words) -> Result<(), Fault> {
        let mut detail = None;
        let place = scanner.skip()?;
        let mut top = scanner.again(&place);
        top.object(|scanner, name| {
            match name {
                b"error" => detail = Some(scanner.skip()?),
                _ => _ = scanner.skip()?,
            }
            Ok(())
        })?;
        match detail {
            Some(place) if scanner.slice(place.clone()) != b"null" => {
                let mut detail = scanner.again(&place);
                if detail.peek()? == b'"' {
                    self.message = owned(&mut detail)?;
                    return Ok(());
                }
                self.object(&mut detail, words)
            }
            _ => self.object(&mut scanner.again(&place), words),
        }
    }

    fn object(&mut self, scanner: &mut Scanner<'_>, words: &mut Words) -> Result<(), Fault> {
        scanner.object(|scanner, name| {
            match name {
                // `error` is the type of the object, not of the error.
                b"type" | b"__type" => words.kind = owned(scanner)?.filter(|kind| kind != "error"),
                b"code" => {
                    let place = scanner.skip()?;
                    let written = scanner.slice(place.clone());
                    if let Whole::Count(number) = Whole::read(written) {
                        words.number = Some(number.to_string());
                    } else {
                        words.code = owned(&mut scanner.again(&place))?;
                    }
                }
                b"status" => words.status = owned(scanner)?,
                b"message" | b"detail" => self.message = owned(scanner)?,
                b"param" => self.parameter = owned(scanner)?,
                b"details" => _ = scanner.array(|scanner| self.google_detail(scanner, words))?,
                b"metadata" => words.wrapped = owned_in(scanner, b"raw")?,
                _ => _ = scanner.skip()?,
            }
            Ok(())
        })?;
        Ok(())
    }

    /// One of the `details` of a `google.rpc.Status`: why, and when to come again.
    fn google_detail(&mut self, scanner: &mut Scanner<'_>, words: &mut Words) -> Result<(), Fault> {
        scanner.object(|scanner, name| {
            match name {
                b"reason" => words.reason = owned(scanner)?,
                b"retryDelay" => self.retry_delay = owned(scanner)?,
                _ => _ = scanner.skip()?,
            }
            Ok(())
        })?;
        Ok(())
    }

    /// How long to wait: `retryDelay`, or what the message says.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let in_message = || {
            let said = phrase::after(&self.text, "try again in ")
                .or_else(|| phrase::after(&self.text, "retry after "))
                .or_else(|| phrase::after(&self.text, "retry in "))?;
            duration::leading(said)
        };
        self.retry_delay
            .as_deref()
            .and_then(duration::whole)
            .or_else(in_message)
    }
}

fn owned(scanner: &mut Scanner<'_>) -> Result<Option<String>, Fault> {
    let text = scanner.text()?.filter(|text| !text.is_empty());
    text.map(|text| text.decode().map(std::borrow::Cow::into_owned))
        .transpose()
}

fn owned_in(scanner: &mut Scanner<'_>, name: &[u8]) -> Result<Option<String>, Fault> {
    let text = scanner.text_in(name)?;
    text.map(|text| text.decode().map(std::borrow::Cow::into_owned))
        .transpose()
}
