//! Reads `--utc-offset`.

use anyhow::bail;
use jiff::tz::Offset;

/// The furthest that clocks are from UTC, in hours: 14 ahead, on the Line Islands.
const MAX_HOURS: i32 = 14;

/// Reads `+11:00`, `-0330`, `+11` or `Z`.
pub(super) fn parse(text: &str) -> anyhow::Result<Offset> {
    const HOUR_S: i32 = 3600;
    const MINUTE_S: i32 = 60;
    let offset = || {
        let (sign, digits) = match text.split_at_checked(1)? {
            ("+", digits) => (1, digits),
            ("-", digits) => (-1, digits),
            ("Z" | "z", "") => return Some(Offset::UTC),
            _ => return None,
        };
        let digits = digits.replace(':', "");
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let (hours, minutes): (i32, i32) = match digits.len() {
            2 => (digits.parse().ok()?, 0),
            4 => (digits[..2].parse().ok()?, digits[2..].parse().ok()?),
            _ => return None,
        };
        let is_one =
            minutes < MINUTE_S && hours * HOUR_S + minutes * MINUTE_S <= MAX_HOURS * HOUR_S;
        let seconds = sign * (hours * HOUR_S + minutes * MINUTE_S);
        is_one.then(|| Offset::from_seconds(seconds).ok())?
    };
    match offset() {
        Some(offset) => Ok(offset),
        None => bail!("`{text}` is no offset from UTC: write one such as +11:00 or -03:30"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read() {
        for (text, seconds) in [
            ("+00:00", 0),
            ("Z", 0),
            ("+11:00", 39_600),
            ("+11", 39_600),
            ("-0330", -12_600),
            ("+14:00", 50_400),
        ] {
            assert_eq!(parse(text).expect(text).seconds(), seconds, "{text}");
        }
        for text in [
            "", "+", "11:00", "+1", "+14:01", "+11:60", "+eleven", "UTC+11", "é1", "+é1",
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains("is no offset from UTC"), "{error}");
        }
    }
}
