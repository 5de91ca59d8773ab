//! Instants in RFC 3339, as far as a rate limit needs them: how long it is until then.

use std::time::Duration;

/// How long it is from `now` (since 1970-01-01 UTC) to `text`; nothing where that is past.
pub(super) fn until(text: &str, now: Duration) -> Option<Duration> {
    Some(since_1970(text)?.saturating_sub(now))
}

/// `2026-11-23T12:00:06.5Z` or with an offset, as the time since 1970-01-01 UTC.
fn since_1970(text: &str) -> Option<Duration> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let [year, month, day] = numbers(date, '-')?;
    let offset_at = time.find(['Z', 'z', '+', '-'])?;
    let (time, offset) = time.split_at(offset_at);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(time, ':')?;
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day) && year <= 9999;
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let whole = u64::try_from(seconds - offset_seconds(offset)?).ok()?;
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let fraction: f64 = is_fraction.then(|| format!("0.{fraction}").parse().ok())??;
    Some(Duration::from_secs(whole).saturating_add(Duration::try_from_secs_f64(fraction).ok()?))
}

/// `Z`, `+02:00` or `-05:30`, in seconds east of UTC.
fn offset_seconds(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let [hours, minutes] = numbers(text.get(1..)?, ':')?;
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Exactly `N` numbers of digits alone.
fn numbers<const N: usize>(text: &str, between: char) -> Option<[i64; N]> {
    let mut numbers = [0; N];
    let mut parts = text.split(between);
    for number in &mut numbers {
        let part = parts.next()?;
        let is_short = (1..=4).contains(&part.len());
        if !is_short || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

/// Days from 1970-01-01 in the Gregorian calendar, counted in eras of 400 years from a March
/// (Hinnant, chrono-compatible low-level date algorithms, `days_from_civil`).
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", Some(0.0)),
            ("2000-02-29T12:30:15Z", Some(951_827_415.0)),
            ("2026-11-23T12:00:00Z", Some(1_795_435_200.0)),
            ("2026-11-23T12:00:00.25z", Some(1_795_435_200.25)),
            ("2026-11-23T14:00:00+02:00", Some(1_795_435_200.0)),
            ("2026-11-23 06:30:00-05:30", Some(1_795_435_200.0)),
            ("1969-12-31T23:59:59Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-11-23T24:00:00Z", None),
            ("2026-11-23T12:00:00", None),
            ("2026-11-23T12:00:00.Z", None),
            ("2026-11-23T12:00:00+2", None),
            ("2026-11-23", None),
            ("99999-01-01T00:00:00Z", None),
            ("", None),
        ] {
            let expected = seconds.map(Duration::from_secs_f64);
            assert_eq!(since_1970(text), expected, "{text}");
        }
    }
}
