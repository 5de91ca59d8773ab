//! How the limits stand, in headers (platform.openai.com/docs/guides/rate-limits, "Rate limits in
//! headers").

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::http::whole_ms;
use crate::quota::{Level, Levels};

/// The headers of one limit.
struct Names {
    limit: HeaderName,
    remaining: HeaderName,
    reset: HeaderName,
}

/// Adds the headers of the limits that there are.
pub(super) fn write(levels: &Levels, headers: &mut HeaderMap) {
    let requests = Names {
        limit: HeaderName::from_static("x-ratelimit-limit-requests"),
        remaining: HeaderName::from_static("x-ratelimit-remaining-requests"),
        reset: HeaderName::from_static("x-ratelimit-reset-requests"),
    };
    let tokens = Names {
        limit: HeaderName::from_static("x-ratelimit-limit-tokens"),
        remaining: HeaderName::from_static("x-ratelimit-remaining-tokens"),
        reset: HeaderName::from_static("x-ratelimit-reset-tokens"),
    };
    for (names, level) in [(requests, levels.requests), (tokens, levels.arriving)] {
        let Some(Level {
            limit,
            remaining,
            reset,
        }) = level
        else {
            continue;
        };
        headers.insert(names.limit, limit.into());
        headers.insert(names.remaining, remaining.into());
        if let Ok(reset) = HeaderValue::try_from(words(reset)) {
            headers.insert(names.reset, reset);
        }
    }
}

/// A duration as this API writes it, in whole milliseconds: `12ms`, `1.5s`, `6m0s`.
pub(super) fn words(duration: Duration) -> String {
    let ms = whole_ms(duration);
    let (minutes, ms) = (ms / 60_000, ms % 60_000);
    let seconds = match (ms / 1000, ms % 1000) {
        (seconds, 0) => format!("{seconds}s"),
        (0, ms) if minutes == 0 => return format!("{ms}ms"),
        (seconds, ms) => {
            let fraction = format!("{ms:03}");
            format!("{seconds}.{}s", fraction.trim_end_matches('0'))
        }
    };
    match minutes {
        0 => seconds,
        minutes => format!("{minutes}m{seconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_with_their_units() {
        for (micros, expected) in [
            (0, "0s"),
            (1, "1ms"),
            (12_000, "12ms"),
            (1_000_000, "1s"),
            (1_500_000, "1.5s"),
            (8_640_000, "8.64s"),
            (60_000_000, "1m0s"),
            (360_001_000, "6m0.001s"),
        ] {
            assert_eq!(words(Duration::from_micros(micros)), expected);
        }
    }
}
