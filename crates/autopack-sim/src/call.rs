//! Which call of a run a request is, said by its headers.

use std::num::NonZeroUsize;

use axum::http::HeaderMap;

/// The request header that names the phase, as it stands in the scenario under `[phases]`. Without
/// it the scenario's top level applies.
pub const PHASE_HEADER: &str = "x-autopack-phase";

/// The request header that counts the attempts at a phase, from 1. Without it the attempt is the
/// first. Said by the client, so that the simulator needs no memory and calls may overtake each
/// other.
pub const ATTEMPT_HEADER: &str = "x-autopack-attempt";

/// The phase and attempt of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call<'a> {
    pub(crate) phase: Option<&'a str>,
    pub(crate) attempt: NonZeroUsize,
}

/// A header that is there and says nothing usable.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("header `{name}` is `{found}`: allowed is {allowed}")]
pub(crate) struct BadHeader {
    name: &'static str,
    found: String,
    allowed: &'static str,
}

impl<'a> Call<'a> {
    /// Reads the headers; a header that is missing leaves its default.
    pub(crate) fn read(headers: &'a HeaderMap) -> Result<Self, BadHeader> {
        let phase = text(headers, PHASE_HEADER, "a phase id in UTF-8")?;
        let allowed = "a number from 1";
        let attempt = match text(headers, ATTEMPT_HEADER, allowed)? {
            None => NonZeroUsize::MIN,
            Some(written) => written.parse().map_err(|_| BadHeader {
                name: ATTEMPT_HEADER,
                found: written.to_owned(),
                allowed,
            })?,
        };
        Ok(Self { phase, attempt })
    }
}

fn text<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
    allowed: &'static str,
) -> Result<Option<&'a str>, BadHeader> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    match str::from_utf8(value.as_bytes()) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(BadHeader {
            name,
            found: String::from_utf8_lossy(value.as_bytes()).into_owned(),
            allowed,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(attempt: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ATTEMPT_HEADER, attempt.try_into().unwrap());
        headers
    }

    #[test]
    fn the_first_attempt_needs_no_header() {
        for (headers, expected) in [(HeaderMap::new(), 1), (headers(b"3"), 3)] {
            let call = Call::read(&headers).unwrap();
            assert_eq!((call.phase, call.attempt.get()), (None, expected));
        }
    }

    #[test]
    fn an_attempt_that_is_no_number_is_refused() {
        for (written, found) in [(&b"0"[..], "0"), (b"two", "two"), (b"\xff", "\u{fffd}")] {
            let error = Call::read(&headers(written)).unwrap_err().to_string();
            let expected =
                format!("header `x-autopack-attempt` is `{found}`: allowed is a number from 1");
            assert_eq!(error, expected);
        }
    }
}
