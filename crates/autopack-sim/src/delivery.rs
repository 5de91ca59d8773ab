//! How a reply gets to the client: at once, at a model's pace, or damaged.

use std::convert::Infallible;
use std::io;
use std::iter;
use std::time::Duration;

use autopack_core::Tokens;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until};

use crate::fault::Damage;
use crate::http::{self, JSON};

/// What [`Damage::Garbage`] puts in: an event where events are, of bytes that are no text.
const GARBAGE: &[u8] = b"data: {\"half\": \xff\xfe<html>\n\n";

/// The pieces of [`Damage::Split`], in bytes, over and over: none is a multiple of another, so that
/// every character, line end and event is split at each of its bytes sooner or later.
const SPLIT_BYTES: [usize; 4] = [1, 2, 3, 5];

/// How fast tokens come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Latency {
    /// Before the first byte, whatever the reply.
    pub(crate) first_byte: Duration,
    /// For each output token, reasoning included.
    pub(crate) per_token: Duration,
}

/// How one reply is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) latency: Latency,
    pub(crate) damage: Option<Damage>,
    /// How long [`Damage::Stalled`] lasts.
    pub(crate) stall: Duration,
}

/// A piece of a stream, and the output tokens that have to be generated before it.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) bytes: Bytes,
    pub(crate) so_far: Tokens,
}

/// A reply that is ready to be sent.
#[derive(Debug)]
pub(crate) struct Outgoing {
    response: Response,
    /// How long it is held back before its first byte.
    hold: Duration,
}

/// A piece of a body, and when it is due after the body began. An error drops the connection.
type Step = (Duration, io::Result<Bytes>);

impl Outgoing {
    /// A reply that is not held back.
    pub(crate) fn at_once(status: StatusCode, json: Bytes) -> Self {
        Self {
            response: (status, [(header::CONTENT_TYPE, JSON)], json).into_response(),
            hold: Duration::ZERO,
        }
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.response.headers_mut().insert(name, value.into());
        self
    }

    /// Adds `headers` and waits until it is time.
    pub(crate) async fn with(mut self, headers: HeaderMap) -> Response {
        self.response.headers_mut().extend(headers);
        if self.hold > Duration::ZERO {
            sleep(self.hold).await;
        }
        self.response
    }
}

impl Delivery {
    /// A reply of `n_tokens` output tokens in one piece, which comes when all are there.
    pub(crate) fn whole(self, reply: &impl Serialize, n_tokens: Tokens) -> Outgoing {
        let mut json = http::long_json(reply, n_tokens);
        let hold = self.latency.first_byte.saturating_add(self.pace(n_tokens));
        let Some(damage) = self.damage else {
            return Outgoing {
                hold,
                ..Outgoing::at_once(StatusCode::OK, json)
            };
        };
        let rest = json.split_off(json.len() / 2);
        let halves = vec![(Duration::ZERO, json), (Duration::ZERO, rest)];
        stepped(JSON, hold, damaged(halves, damage, self.stall).into_iter())
    }

    /// A reply whose frames are made as the connection takes them.
    pub(crate) fn stream(
        self,
        media_type: &'static str,
        frames: impl Iterator<Item = Frame> + Send + 'static,
    ) -> Outgoing {
        let hold = self.latency.first_byte;
        let steps = frames.map(move |frame| (self.pace(frame.so_far), frame.bytes));
        match self.damage {
            Some(damage) => {
                let steps = damaged(steps.collect(), damage, self.stall);
                stepped(media_type, hold, steps.into_iter())
            }
            None if self.latency.per_token > Duration::ZERO => {
                let steps = steps.map(|(due, bytes)| (due, Ok(bytes)));
                stepped(media_type, hold, steps)
            }
            None => {
                let bytes = steps.map(|(_, bytes)| Ok::<_, Infallible>(bytes));
                let body = Body::from_stream(stream::iter(bytes));
                outgoing(media_type, body, hold)
            }
        }
    }

    fn pace(self, n_tokens: Tokens) -> Duration {
        // No reply has 2^32 tokens; one that had would take at least this long.
        let n_tokens = u32::try_from(n_tokens.get()).unwrap_or(u32::MAX);
        self.latency.per_token.saturating_mul(n_tokens)
    }
}

/// A reply whose steps wait until they are due, and are written one by one.
fn stepped(
    media_type: &'static str,
    hold: Duration,
    steps: impl Iterator<Item = Step> + Send + 'static,
) -> Outgoing {
    let begins = Instant::now() + hold;
    let body = stream::iter(steps).then(move |(due, bytes)| async move {
        sleep_until(begins + due).await;
        // While this waits, the connection writes what it has: without it, steps that are due at
        // once would leave together.
        yield_now().await;
        bytes
    });
    outgoing(media_type, Body::from_stream(body), hold)
}

fn outgoing(media_type: &'static str, body: Body, hold: Duration) -> Outgoing {
    Outgoing {
        response: ([(header::CONTENT_TYPE, media_type)], body).into_response(),
        hold,
    }
}

/// What is left of `steps`.
fn damaged(steps: Vec<(Duration, Bytes)>, damage: Damage, stall: Duration) -> Vec<Step> {
    let middle = steps.len() / 2;
    let (due, half) = match steps.get(middle) {
        Some((due, bytes)) => (*due, bytes.slice(..bytes.len() / 2)),
        None => (Duration::ZERO, Bytes::new()),
    };
    let sound = steps.into_iter().map(|(due, bytes)| (due, Ok(bytes)));
    match damage {
        Damage::Stalled => {
            let late = |(place, (due, bytes)): (usize, Step)| {
                let wait = if place < middle {
                    Duration::ZERO
                } else {
                    stall
                };
                (due + wait, bytes)
            };
            sound.enumerate().map(late).collect()
        }
        Damage::Truncated => {
            let end = iter::once((due, Ok(half)));
            sound.take(middle).chain(end).collect()
        }
        Damage::Cut => {
            let error = io::Error::new(io::ErrorKind::ConnectionAborted, "cut on demand");
            let end = [(due, Ok(half)), (due, Err(error))];
            sound.take(middle).chain(end).collect()
        }
        Damage::Garbage => {
            let mut steps: Vec<Step> = sound.collect();
            steps.insert(middle, (due, Ok(Bytes::from_static(GARBAGE))));
            steps
        }
        Damage::Split => sound.flat_map(|(due, bytes)| split(due, bytes)).collect(),
    }
}

fn split(due: Duration, bytes: io::Result<Bytes>) -> Vec<Step> {
    let Ok(mut bytes) = bytes else {
        return Vec::new();
    };
    let mut sizes = SPLIT_BYTES.into_iter().cycle();
    iter::from_fn(|| {
        let n_bytes = sizes.next()?.min(bytes.len());
        (n_bytes > 0).then(|| (due, Ok(bytes.split_to(n_bytes))))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(texts: &[&'static str]) -> Vec<(Duration, Bytes)> {
        let second = |place: usize| Duration::from_secs(place as u64);
        let steps = texts.iter().enumerate();
        steps
            .map(|(place, text)| (second(place), Bytes::from_static(text.as_bytes())))
            .collect()
    }

    /// What comes, each with its second; `!` stands for a dropped connection.
    fn comes(damage: Damage) -> Vec<(u64, String)> {
        let stall = Duration::from_mins(1);
        let steps = damaged(steps(&["one", "two", "three", "four"]), damage, stall);
        let text = |bytes: io::Result<Bytes>| match bytes {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(_) => "!".to_owned(),
        };
        let steps = steps.into_iter();
        steps
            .map(|(due, bytes)| (due.as_secs(), text(bytes)))
            .collect()
    }

    #[test]
    fn damage_is_done_in_the_middle() {
        let expect = |damage, expected: &[(u64, &str)]| {
            let comes = comes(damage);
            let comes: Vec<(u64, &str)> = comes.iter().map(|(s, t)| (*s, t.as_str())).collect();
            assert_eq!(comes, expected);
        };
        let (one, two) = ((0, "one"), (1, "two"));
        expect(Damage::Stalled, &[one, two, (62, "three"), (63, "four")]);
        expect(Damage::Truncated, &[one, two, (2, "th")]);
        expect(Damage::Cut, &[one, two, (2, "th"), (2, "!")]);
        let garbage = String::from_utf8_lossy(GARBAGE);
        expect(
            Damage::Garbage,
            &[one, two, (2, &garbage), (2, "three"), (3, "four")],
        );
        expect(
            Damage::Split,
            &[
                (0, "o"),
                (0, "ne"),
                (1, "t"),
                (1, "wo"),
                (2, "t"),
                (2, "hr"),
                (2, "ee"),
                (3, "f"),
                (3, "ou"),
                (3, "r"),
            ],
        );
    }

    #[test]
    fn nothing_can_be_damaged_too() {
        for damage in [
            Damage::Stalled,
            Damage::Truncated,
            Damage::Garbage,
            Damage::Split,
        ] {
            let steps = damaged(Vec::new(), damage, Duration::ZERO);
            assert!(steps.iter().all(|(_, bytes)| bytes.is_ok()));
        }
    }
}
