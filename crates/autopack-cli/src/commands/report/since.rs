//! Reads `--since`: a date, a time, or an age.

use anyhow::{Context as _, bail};
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// The time that `text` means at `now`. Dates and times without an offset are UTC, as telemetry is.
pub(crate) fn parse(text: &str, now: Timestamp) -> anyhow::Result<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let utc = |time: DateTime| Offset::UTC.to_timestamp(time);
    // The longer form first: a date and a time would be read as a date alone.
    if text.len() > "2026-01-01".len()
        && let Ok(time) = text.parse::<DateTime>()
    {
        return utc(time).context("that time is out of range");
    }
    if let Ok(date) = text.parse::<Date>() {
        return utc(date.at(0, 0, 0, 0)).context("that date is out of range");
    }
    let Some(age) = age(text) else {
        bail!(
            "`{text}` is no time: allowed are 2026-01-31, 2026-01-31T12:00:00Z, or an age such as 45m, 12h, 7d"
        );
    };
    now.checked_sub(age).context("that age is out of range")
}

fn age(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().last()?;
    let seconds = match unit {
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let n: u32 = text[..text.len() - 1].parse().ok()?;
    Some(SignedDuration::from_secs(i64::from(n) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_ages_are_read() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a time");
        for (text, expected) in [
            ("2026-11-20", "2026-11-20T00:00:00Z"),
            ("2026-11-20 06:30:00", "2026-11-20T06:30:00Z"),
            ("2026-11-20T06:30:00+01:00", "2026-11-20T05:30:00Z"),
            ("7d", "2026-11-16T12:00:00Z"),
            ("90m", "2026-11-23T10:30:00Z"),
        ] {
            assert_eq!(
                parse(text, now).expect(text).to_string(),
                expected,
                "{text}"
            );
        }
        for bad in ["yesterday", "-3d", "d", "2026-13-01", "9999999w", "é"] {
            let error = format!("{:#}", parse(bad, now).expect_err(bad));
            assert!(
                error.contains("allowed are") || error.contains("out of range"),
                "{error}"
            );
        }
    }
}
