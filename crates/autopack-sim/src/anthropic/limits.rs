//! How the limits stand, in headers (platform.claude.com/docs/en/api/rate-limits, "Response
//! headers").

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use crate::http::whole_s;
use crate::quota::{Level, Levels};

/// The headers of one limit: its size, what is left, when it is full again.
type Names = [HeaderName; 3];

const REQUESTS: Names = [
    HeaderName::from_static("anthropic-ratelimit-requests-limit"),
    HeaderName::from_static("anthropic-ratelimit-requests-remaining"),
    HeaderName::from_static("anthropic-ratelimit-requests-reset"),
];

/// Of input and output tokens, the limit that is nearer.
const TOKENS: Names = [
    HeaderName::from_static("anthropic-ratelimit-tokens-limit"),
    HeaderName::from_static("anthropic-ratelimit-tokens-remaining"),
    HeaderName::from_static("anthropic-ratelimit-tokens-reset"),
];

const INPUT_TOKENS: Names = [
    HeaderName::from_static("anthropic-ratelimit-input-tokens-limit"),
    HeaderName::from_static("anthropic-ratelimit-input-tokens-remaining"),
    HeaderName::from_static("anthropic-ratelimit-input-tokens-reset"),
];

const OUTPUT_TOKENS: Names = [
    HeaderName::from_static("anthropic-ratelimit-output-tokens-limit"),
    HeaderName::from_static("anthropic-ratelimit-output-tokens-remaining"),
    HeaderName::from_static("anthropic-ratelimit-output-tokens-reset"),
];

/// Adds the headers of the limits that there are. `now` is the time since 1970.
pub(super) fn write(now: Duration, levels: &Levels, headers: &mut HeaderMap) {
    let both = [levels.arriving, levels.generated];
    let nearer = both
        .into_iter()
        .flatten()
        .min_by_key(|level| level.remaining);
    for (names, level) in [
        (REQUESTS, levels.requests),
        (TOKENS, nearer),
        (INPUT_TOKENS, levels.arriving),
        (OUTPUT_TOKENS, levels.generated),
    ] {
        let Some(Level {
            limit,
            remaining,
            reset,
        }) = level
        else {
            continue;
        };
        let [limit_name, remaining_name, reset_name] = names;
        headers.insert(limit_name, limit.into());
        headers.insert(remaining_name, remaining.into());
        if let Some(reset) = moment(now.saturating_add(reset)) {
            headers.insert(reset_name, reset);
        }
    }
}

/// A time since 1970 as RFC 3339 has it, in whole seconds, rounded up.
fn moment(since_1970: Duration) -> Option<HeaderValue> {
    let seconds = i64::try_from(whole_s(since_1970)).ok()?;
    let moment = Timestamp::from_second(seconds).ok()?;
    HeaderValue::try_from(moment.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_limit_of_tokens_is_told_too() {
        let level = |remaining, ms| Level {
            limit: 100,
            remaining,
            reset: Duration::from_millis(ms),
        };
        let levels = Levels {
            requests: None,
            arriving: Some(level(40, 36_000)),
            generated: Some(level(30, 42_500)),
        };
        let mut headers = HeaderMap::new();
        write(Duration::from_secs(1_767_225_600), &levels, &mut headers);
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
        let name = |rest: &str| format!("anthropic-ratelimit-{rest}");
        for (rest, expected) in [
            ("requests-limit", None),
            ("tokens-limit", Some("100")),
            ("tokens-remaining", Some("30")),
            ("tokens-reset", Some("2026-01-01T00:00:43Z")),
            ("input-tokens-remaining", Some("40")),
            ("input-tokens-reset", Some("2026-01-01T00:00:36Z")),
            ("output-tokens-remaining", Some("30")),
        ] {
            assert_eq!(header(&name(rest)), expected, "{rest}");
        }
    }
}
