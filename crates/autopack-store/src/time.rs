//! Points in time as the tables keep them: UTC text that sorts as time does.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;

/// `YYYY-MM-DD HH:MM:SS.ffffff`, UTC, cut to microseconds.
pub(crate) fn utc_text(at: Timestamp) -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().separator(b' ').precision(Some(6));
    PRINTER.datetime_to_string(&TimeZone::UTC.to_datetime(at))
}

/// The least text that any way of writing `at` can have: without a fraction where there is none,
/// because a text without one sorts before a text with zeros.
pub(crate) fn lower_bound_text(at: Timestamp) -> String {
    let text = utc_text(at);
    match text.strip_suffix(".000000") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// Reads what [`utc_text`] writes, with any number of digits in the fraction.
pub(crate) fn parse_utc(text: &str) -> Option<Timestamp> {
    let civil: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn text_has_six_digits_and_reads_back() {
        assert_eq!(
            utc_text(at("2025-12-24T00:50:52.7996119Z")),
            "2025-12-24 00:50:52.799611"
        );
        assert_eq!(
            utc_text(at("2026-01-05T08:01:35Z")),
            "2026-01-05 08:01:35.000000"
        );
        assert_eq!(
            parse_utc("2025-12-24 00:50:52.799611"),
            Some(at("2025-12-24T00:50:52.799611Z"))
        );
        assert_eq!(
            parse_utc("2025-12-23 15:33:55"),
            Some(at("2025-12-23T15:33:55Z"))
        );
        assert_eq!(parse_utc("yesterday"), None);
    }

    #[test]
    fn a_bound_takes_in_texts_without_a_fraction() {
        let whole = lower_bound_text(at("2025-12-23T15:33:55Z"));
        assert!(*whole <= *"2025-12-23 15:33:55");
        assert!(*whole <= *"2025-12-23 15:33:55.000000");
        assert_eq!(
            lower_bound_text(at("2025-12-23T15:33:55.5Z")),
            "2025-12-23 15:33:55.500000"
        );
    }
}
