//! The ceiling inside `generationConfig`: Gemini. Both names and both spellings of each are one field
//! to the provider, so all that are there are set alike, and an object without one gets one.

use autopack_core::CeilingParameter;

use super::{Edits, Put};
use crate::error::RequestError;
use crate::json::{Fault, Scanner};

/// How a config is written, and so what is put into it.
#[derive(Clone, Copy)]
enum Spelling {
    Camel,
    Snake,
}

impl Spelling {
    fn of_config(name: &[u8]) -> Option<Self> {
        match name {
            b"generationConfig" => Some(Self::Camel),
            b"generation_config" => Some(Self::Snake),
            _ => None,
        }
    }

    const fn ceiling(self) -> &'static str {
        match self {
            Self::Camel => "\"maxOutputTokens\":",
            Self::Snake => "\"max_output_tokens\":",
        }
    }

    const fn object(self) -> &'static str {
        match self {
            Self::Camel => "{\"maxOutputTokens\":",
            Self::Snake => "{\"max_output_tokens\":",
        }
    }
}

/// What is put where there is no config at all.
const WHOLE: &str = "\"generationConfig\":{\"maxOutputTokens\":";

pub(super) fn find(body: &[u8]) -> Result<Edits, RequestError> {
    let mut edits = Edits::default();
    let (mut open, mut is_empty, mut no_place) = (0, true, None);
    Scanner::document(body, |scanner| {
        open = scanner.place();
        scanner.required_members(|scanner, member| {
            is_empty = false;
            match Spelling::of_config(member.name) {
                Some(spelling) => {
                    let start = scanner.place();
                    if !in_config(scanner, spelling, &mut edits)? {
                        no_place = Some(start);
                    }
                }
                None => _ = scanner.skip()?,
            }
            Ok(())
        })
    })?;
    if let Some(at) = no_place {
        let parameter = CeilingParameter::MaxOutputTokens;
        return Err(RequestError::NoPlace { at, parameter });
    }
    if edits.n == 0 {
        let after = if is_empty { "}" } else { "}," };
        edits.push(open + 1, open + 1, Put::Ceiling(WHOLE, after));
    }
    Ok(edits)
}

/// Notes what changes in a config. Whether it can hold a ceiling is the answer.
fn in_config(
    scanner: &mut Scanner<'_>,
    spelling: Spelling,
    edits: &mut Edits,
) -> Result<bool, Fault> {
    let start = scanner.place();
    let before = edits.n;
    let mut is_empty = true;
    let is_object = scanner.object(|scanner, name| {
        is_empty = false;
        let place = scanner.skip()?;
        if matches!(name, b"maxOutputTokens" | b"max_output_tokens") {
            edits.push(place.start, place.end, Put::Ceiling("", ""));
        }
        Ok(())
    })?;
    if is_object && edits.n == before {
        let after = if is_empty { "" } else { "," };
        edits.push(
            start + 1,
            start + 1,
            Put::Ceiling(spelling.ceiling(), after),
        );
    }
    let written = scanner.since(start);
    if written == b"null" {
        let end = start + written.len();
        edits.push(start, end, Put::Ceiling(spelling.object(), "}"));
        return Ok(true);
    }
    Ok(is_object)
}
