//! What the rate-limit headers of a reply say: how much may still be asked, and when there is more.
//!
//! Anthropic: `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`
//! with resets as RFC 3339 (platform.claude.com/docs/en/api/rate-limits). OpenAI and Azure:
//! `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` with resets as durations
//! (developers.openai.com/api/docs/guides/rate-limits). Both: `retry-after` in seconds,
//! `retry-after-ms`. Gemini sends none; what its error body says is in
//! [`ErrorReply::retry_after`](crate::ErrorReply).

pub(crate) mod duration;
mod instant;

use std::time::Duration;

use autopack_core::Tokens;

/// What a reply says about the limits of its route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests.
    pub requests: Allowance<u64>,
    /// Tokens, in and out together.
    pub tokens: Allowance<Tokens>,
    /// Tokens that go in.
    pub input_tokens: Allowance<Tokens>,
    /// Tokens that come out.
    pub output_tokens: Allowance<Tokens>,
    /// How long the provider asks to wait before the next try.
    pub retry_after: Option<Duration>,
}

/// One limit, as far as it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance<T> {
    /// What is allowed in a period.
    pub limit: Option<T>,
    /// What is left of it.
    pub remaining: Option<T>,
    /// How long until all of it is there again.
    pub reset: Option<Duration>,
}

impl<T> Default for Allowance<T> {
    fn default() -> Self {
        Self {
            limit: None,
            remaining: None,
            reset: None,
        }
    }
}

impl RateLimit {
    /// Reads headers, given as names (in any case) and values. `now` is the time since
    /// 1970-01-01 UTC, for resets that are given as an instant. What cannot be read is not said.
    #[must_use]
    pub fn read<'h>(headers: impl IntoIterator<Item = (&'h str, &'h str)>, now: Duration) -> Self {
        let mut read = Self::default();
        for (name, value) in headers {
            read.header(&name.to_ascii_lowercase(), value.trim(), now);
        }
        read
    }

    fn header(&mut self, name: &str, value: &str, now: Duration) {
        if let Some(rest) = name.strip_prefix("anthropic-ratelimit-") {
            if let Some((what, figure)) = rest.rsplit_once('-') {
                self.figure(what, figure, value, instant::until(value, now));
            }
        } else if let Some(rest) = name.strip_prefix("x-ratelimit-") {
            if let Some((figure, what)) = rest.split_once('-') {
                self.figure(what, figure, value, duration::whole(value));
            }
        } else if name == "retry-after-ms" {
            // The finer of the two counts, whichever comes first.
            self.retry_after = milliseconds(value).or(self.retry_after);
        } else if name == "retry-after" {
            self.retry_after = self.retry_after.or_else(|| duration::seconds(value));
        }
    }

    fn figure(&mut self, what: &str, figure: &str, value: &str, reset: Option<Duration>) {
        let count: Option<u64> = value.parse().ok();
        match what {
            "requests" => self.requests.set(figure, count, reset),
            "tokens" => self.tokens.set(figure, count.map(Tokens::new), reset),
            "input-tokens" => self.input_tokens.set(figure, count.map(Tokens::new), reset),
            "output-tokens" => self
                .output_tokens
                .set(figure, count.map(Tokens::new), reset),
            _ => {}
        }
    }
}

impl<T> Allowance<T> {
    fn set(&mut self, figure: &str, count: Option<T>, reset: Option<Duration>) {
        match figure {
            "limit" => self.limit = count,
            "remaining" => self.remaining = count,
            "reset" => self.reset = reset,
            _ => {}
        }
    }
}

fn milliseconds(value: &str) -> Option<Duration> {
    let ms: f64 = value.parse().ok()?;
    Duration::try_from_secs_f64(ms / 1000.0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23 12:00:00 UTC, in seconds since 1970.
    const NOON: Duration = Duration::new(1_795_435_200, 0);

    #[test]
    fn anthropics_headers_are_read() {
        let read = RateLimit::read(
            [
                ("anthropic-ratelimit-requests-limit", "50"),
                ("anthropic-ratelimit-requests-remaining", "0"),
                ("anthropic-ratelimit-requests-reset", "2026-11-23T12:00:06Z"),
                ("Anthropic-RateLimit-Input-Tokens-Limit", "30000"),
                ("anthropic-ratelimit-input-tokens-remaining", " 29000 "),
                (
                    "anthropic-ratelimit-output-tokens-reset",
                    "2026-11-23T14:00:00.5+02:00",
                ),
                ("anthropic-ratelimit-tokens-reset", "2026-11-23T11:59:00Z"),
                ("anthropic-priority-input-tokens-limit", "10000"),
                ("retry-after", "6"),
            ],
            NOON,
        );
        assert_eq!(read.requests.limit, Some(50));
        assert_eq!(read.requests.remaining, Some(0));
        assert_eq!(read.requests.reset, Some(Duration::from_secs(6)));
        assert_eq!(read.input_tokens.limit, Some(Tokens::new(30_000)));
        assert_eq!(read.input_tokens.remaining, Some(Tokens::new(29_000)));
        assert_eq!(read.output_tokens.reset, Some(Duration::from_millis(500)));
        assert_eq!(
            read.tokens.reset,
            Some(Duration::ZERO),
            "that was a minute ago"
        );
        assert_eq!(read.retry_after, Some(Duration::from_secs(6)));
    }

    #[test]
    fn openais_headers_are_read() {
        let read = RateLimit::read(
            [
                ("x-ratelimit-limit-requests", "60"),
                ("x-ratelimit-limit-tokens", "150000"),
                ("x-ratelimit-remaining-requests", "59"),
                ("x-ratelimit-remaining-tokens", "149984"),
                ("x-ratelimit-reset-requests", "1s"),
                ("x-ratelimit-reset-tokens", "6m0s"),
                ("retry-after-ms", "250"),
                ("retry-after", "1"),
            ],
            NOON,
        );
        assert_eq!(read.requests.limit, Some(60));
        assert_eq!(read.requests.reset, Some(Duration::from_secs(1)));
        assert_eq!(read.tokens.remaining, Some(Tokens::new(149_984)));
        assert_eq!(read.tokens.reset, Some(Duration::from_mins(6)));
        assert_eq!(read.retry_after, Some(Duration::from_millis(250)));
    }

    #[test]
    fn what_cannot_be_read_is_not_said() {
        let read = RateLimit::read(
            [
                ("x-ratelimit-limit-requests", "many"),
                ("x-ratelimit-remaining-requests", "-1"),
                ("x-ratelimit-reset-requests", "soon"),
                ("anthropic-ratelimit-requests-reset", "tomorrow"),
                ("anthropic-ratelimit-", ""),
                ("x-ratelimit-", ""),
                ("retry-after", "Mon, 23 Nov 2026 12:00:00 GMT"),
                ("retry-after-ms", "-5"),
                ("date", "x"),
            ],
            NOON,
        );
        assert_eq!(read, RateLimit::default());
    }
}
