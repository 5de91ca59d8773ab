//! Durations as providers write them: `6m0s`, `20ms`, `1.5s`, `34.07s`.

use std::time::Duration;

/// The duration that `text` is, from its first byte to its last.
pub(crate) fn whole(text: &str) -> Option<Duration> {
    let (duration, rest) = split(text)?;
    rest.is_empty().then_some(duration)
}

/// The duration that `text` begins with; a bare number with a word behind it is in that word.
pub(crate) fn leading(text: &str) -> Option<Duration> {
    if let Some((duration, _)) = split(text) {
        return Some(duration);
    }
    let (number, unit) = text.split_once(' ')?;
    let unit = unit.trim_end_matches(['.', ',']);
    let unit = unit.split([' ', '.', ',']).next()?;
    match unit {
        "second" | "seconds" => seconds(number),
        "millisecond" | "milliseconds" => part(number, "ms"),
        "minute" | "minutes" => part(number, "m"),
        _ => None,
    }
}

/// Seconds, whole or with a fraction.
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.parse().ok()?).ok()
}

/// The duration at the beginning of `text`, and what follows it.
fn split(text: &str) -> Option<(Duration, &str)> {
    let mut sum: Option<Duration> = None;
    let mut rest = text;
    loop {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let number_end = rest.find(|c| !is_number(c)).unwrap_or(rest.len());
        let (number, behind) = rest.split_at(number_end);
        let unit_end = behind
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(unit_end);
        let Some(part) = part(number, unit) else {
            return sum.map(|sum| (sum, rest));
        };
        sum = Some(sum.unwrap_or_default().saturating_add(part));
        rest = behind;
    }
}

/// `number` of `unit`.
fn part(number: &str, unit: &str) -> Option<Duration> {
    let seconds_each = match unit {
        "d" => 86_400.0,
        "h" => 3600.0,
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 1e-3,
        "us" | "µs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    };
    let number: f64 = number.parse().ok()?;
    Duration::try_from_secs_f64(number * seconds_each).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_providers_write_them() {
        for (text, ms) in [
            ("6m0s", Some(360_000)),
            ("20ms", Some(20)),
            ("1s", Some(1000)),
            ("1h2m3.5s", Some(3_723_500)),
            ("34.25s", Some(34_250)),
            ("0s", Some(0)),
            ("", None),
            ("5", None),
            ("s", None),
            ("1s later", None),
            ("-1s", None),
            ("1.2.3s", None),
            ("1e400s", None),
            ("99999999999999999999999d", None),
        ] {
            assert_eq!(whole(text), ms.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn a_duration_inside_a_sentence_is_read() {
        for (text, ms) in [
            ("6s. visit https://x", Some(6000)),
            ("1m26.5s. visit", Some(86_500)),
            ("6 seconds.", Some(6000)),
            ("1 second", Some(1000)),
            ("a while", None),
            ("3 apples", None),
        ] {
            assert_eq!(leading(text), ms.map(Duration::from_millis), "{text}");
        }
    }
}
