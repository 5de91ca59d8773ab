//! What stands in a document without quotes and brackets: numbers, `true`, `false` and `null`.

use super::{Expected, Fault, Wrong};

/// A value as a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
    /// `null`: the same as not there.
    Null,
    /// A whole number from 0, written in digits.
    Count(u64),
    /// A whole number below 0.
    Negative(i64),
    /// A fraction, an exponent, a text, too many digits, or no number at all.
    Other,
}

impl Whole {
    pub(crate) fn read(value: &[u8]) -> Self {
        if value == b"null" {
            return Self::Null;
        }
        let digits = value.strip_prefix(b"-").unwrap_or(value);
        let number = digits.iter().try_fold(0_u64, |number, digit| {
            let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
            number.checked_mul(10)?.checked_add(digit)
        });
        match number.filter(|_| !digits.is_empty()) {
            Some(count) if digits.len() == value.len() || count == 0 => Self::Count(count),
            Some(count) => match 0_i64.checked_sub_unsigned(count) {
                Some(negative) => Self::Negative(negative),
                None => Self::Other,
            },
            None => Self::Other,
        }
    }
}

/// Where the word or number that begins at `start` ends.
pub(super) fn scalar_end(bytes: &[u8], start: usize) -> Result<usize, Fault> {
    let word = match bytes[start] {
        b't' => &b"true"[..],
        b'f' => b"false",
        b'n' => b"null",
        _ => b"",
    };
    if !word.is_empty() && bytes[start..].starts_with(word) {
        return Ok(start + word.len());
    }
    let mut at = start + usize::from(bytes[start] == b'-');
    // No leading zeros: `01` is read as `0`, and the `1` behind it refused.
    at = match bytes.get(at) {
        Some(b'0') => at + 1,
        _ => digits(bytes, at, start)?,
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits(bytes, at + 1, start)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
        at = digits(bytes, at, start)?;
    }
    Ok(at)
}

/// The end of the digits that have to stand at `at`.
fn digits(bytes: &[u8], at: usize, start: usize) -> Result<usize, Fault> {
    let n_digits = bytes[at.min(bytes.len())..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    match bytes.get(at) {
        None => Err(Fault {
            at: bytes.len(),
            wrong: Wrong::CutShort,
        }),
        Some(_) if n_digits == 0 => Err(Fault::expected(Expected::Value, start)),
        Some(_) => Ok(at + n_digits),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Scanner;
    use super::*;

    fn whole(json: &str) -> Result<Whole, Fault> {
        Scanner::document(json.as_bytes(), Scanner::whole)
    }

    #[test]
    fn only_digits_are_whole_numbers() {
        for (json, expected) in [
            ("0", Whole::Count(0)),
            ("-0", Whole::Count(0)),
            (" 12 ", Whole::Count(12)),
            ("18446744073709551615", Whole::Count(u64::MAX)),
            ("-1", Whole::Negative(-1)),
            ("null", Whole::Null),
            ("18446744073709551616", Whole::Other),
            ("-99999999999999999999", Whole::Other),
            ("1.5", Whole::Other),
            ("1.0", Whole::Other),
            ("1e3", Whole::Other),
            ("1E+3", Whole::Other),
            ("\"12\"", Whole::Other),
            ("true", Whole::Other),
            ("[1, {}]", Whole::Other),
            ("{\"a\": [1]}", Whole::Other),
        ] {
            assert_eq!(whole(json), Ok(expected), "{json}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        for json in [
            "01", "+1", "1.", ".5", "1e", "-", "nul", "True", "nulll", "1x", "'a'", "", " ", "NaN",
        ] {
            assert!(whole(json).is_err(), "{json}");
        }
    }
}
