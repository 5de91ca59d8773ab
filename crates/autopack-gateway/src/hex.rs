//! Numbers in hexadecimal digits, of which every call writes several.

/// All sixteen digits of a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digits([u8; 16]);

impl Digits {
    pub(crate) fn of(number: u64) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |byte: u8| DIGITS[usize::from(byte & 0xf)];
        let bytes = number.to_be_bytes();
        Self(std::array::from_fn(|place| {
            let byte = bytes[place / 2];
            digit(if place % 2 == 0 { byte >> 4 } else { byte })
        }))
    }

    pub(crate) fn as_str(&self) -> &str {
        // Digits are ASCII.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_are_those_of_the_standard_library(number: u64) {
            let digits = Digits::of(number);
            prop_assert_eq!(digits.as_str(), format!("{number:016x}"));
        }
    }
}
