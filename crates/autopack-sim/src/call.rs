//! Which call of a run a request is, and what goes wrong with it, said by its headers.
//!
//! Each has two names: ours, and one that begins with `x-sim-`. A gateway of ours takes headers that begin
//! with `x-autopack-` for itself, and the others come through it. Where both are there, `x-sim-` counts.

use std::num::NonZeroUsize;

use axum::http::{HeaderMap, HeaderValue};

use crate::fault::Fault;

/// The request header that names the phase, as it stands in the scenario under `[phases]`. Without
/// it the scenario's top level applies.
pub const PHASE_HEADER: &str = "x-autopack-phase";

/// The request header that counts the attempts at a phase, from 1. Said by the client, so that the
/// simulator needs no memory and calls may overtake each other. Without it lengths are those of the
/// first attempt, and a list of faults is gone through in turn, one for each call of the phase,
/// from the beginning again after the last: a foreign client that retries sends no such header.
pub const ATTEMPT_HEADER: &str = "x-autopack-attempt";

/// The request header that names a fault, which then replaces the scenario's.
pub const FAULT_HEADER: &str = "x-autopack-fault";

/// What [`FAULT_HEADER`] may say.
pub(crate) const ALLOWED_FAULT: &str = "one of `slow_first_byte`, `stalled_stream`, `cut_stream`, \
     `truncated_json`, `garbage`, `split_events`, `server_error`, `overloaded`, `rate_limited`, \
     `missing_usage`, `unknown_stop_reason`, `null_content`, `unsaid_truncation`, `window_full` and \
     `runaway`";

/// What the headers say of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call<'a> {
    pub(crate) phase: Option<&'a str>,
    /// The attempt, where it is said.
    pub(crate) said_attempt: Option<NonZeroUsize>,
    /// The fault, where one is asked for.
    pub(crate) fault: Option<Fault>,
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
        Ok(Self {
            phase: text(headers, PHASE_HEADER, "a phase id in UTF-8")?.map(|(_, phase)| phase),
            said_attempt: parsed(headers, ATTEMPT_HEADER, "a number from 1", |written| {
                written.parse().ok()
            })?,
            fault: parsed(headers, FAULT_HEADER, ALLOWED_FAULT, Fault::named)?,
        })
    }

    /// The attempt that lengths are taken for.
    pub(crate) fn attempt(self) -> NonZeroUsize {
        self.said_attempt.unwrap_or(NonZeroUsize::MIN)
    }
}

fn parsed<T>(
    headers: &HeaderMap,
    name: &'static str,
    allowed: &'static str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, BadHeader> {
    let Some((name, written)) = text(headers, name, allowed)? else {
        return Ok(None);
    };
    match parse(written) {
        Some(value) => Ok(Some(value)),
        None => Err(BadHeader {
            name,
            found: written.to_owned(),
            allowed,
        }),
    }
}

/// The value of a header, and the name that it goes by here.
pub(crate) fn find<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
) -> Option<(&'static str, &'a HeaderValue)> {
    let through = match name {
        PHASE_HEADER => "x-sim-phase",
        ATTEMPT_HEADER => "x-sim-attempt",
        _ => "x-sim-fault",
    };
    let named = |name| headers.get(name).map(|value| (name, value));
    named(through).or_else(|| named(name))
}

fn text<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
    allowed: &'static str,
) -> Result<Option<(&'static str, &'a str)>, BadHeader> {
    let Some((name, value)) = find(headers, name) else {
        return Ok(None);
    };
    match str::from_utf8(value.as_bytes()) {
        Ok(text) => Ok(Some((name, text))),
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
    use crate::fault::Damage;

    fn headers(name: &'static str, value: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.try_into().unwrap());
        headers
    }

    #[test]
    fn the_first_attempt_needs_no_header() {
        for (headers, expected) in [(HeaderMap::new(), 1), (headers(ATTEMPT_HEADER, b"3"), 3)] {
            let call = Call::read(&headers).unwrap();
            assert_eq!((call.phase, call.attempt().get()), (None, expected));
            assert_eq!(call.said_attempt.is_some(), expected == 3);
        }
    }

    #[test]
    fn a_fault_is_asked_for_by_name() {
        let headers = headers(FAULT_HEADER, b"cut_stream");
        let fault = Call::read(&headers).unwrap().fault;
        assert_eq!(fault, Some(Fault::Damage(Damage::Cut)));
    }

    #[test]
    fn what_comes_through_a_gateway_goes_first() {
        let mut headers = headers(PHASE_HEADER, b"ours");
        headers.insert("x-sim-phase", HeaderValue::from_static("through"));
        headers.insert("x-sim-attempt", HeaderValue::from_static("2"));
        let call = Call::read(&headers).unwrap();
        assert_eq!((call.phase, call.attempt().get()), (Some("through"), 2));
    }

    #[test]
    fn a_header_that_says_nothing_usable_is_refused() {
        for (name, written, found, allowed) in [
            (ATTEMPT_HEADER, &b"0"[..], "0", "a number from 1"),
            (ATTEMPT_HEADER, b"two", "two", "a number from 1"),
            (ATTEMPT_HEADER, b"\xff", "\u{fffd}", "a number from 1"),
            (PHASE_HEADER, b"\xff", "\u{fffd}", "a phase id in UTF-8"),
            (FAULT_HEADER, b"fire", "fire", ALLOWED_FAULT),
            ("x-sim-fault", b"fire", "fire", ALLOWED_FAULT),
        ] {
            let error = Call::read(&headers(name, written)).unwrap_err().to_string();
            let expected = format!("header `{name}` is `{found}`: allowed is {allowed}");
            assert_eq!(error, expected);
        }
    }
}
