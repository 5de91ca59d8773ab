//! Where a text ends: the hot spot of every reading, because most of a body is text.

use memchr::memchr;

/// How many words of eight bytes are looked at before `memchr` is called: most names and words are
/// shorter, and a call costs more than they do.
const N_WORDS: usize = 4;

/// Where the closing quote of the text that begins at `start` stands, and whether there is certainly no
/// backslash before it. `None` where there is none.
pub(super) fn close(bytes: &[u8], start: usize) -> Option<(usize, bool)> {
    let mut at = start;
    for _ in 0..N_WORDS {
        let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk()) else {
            break;
        };
        let word = u64::from_le_bytes(*word);
        let quotes = marks(word, b'"');
        let either = quotes | marks(word, b'\\');
        if either != 0 {
            let first = either.trailing_zeros();
            if quotes >> first & 1 == 1 {
                return Some((at + first as usize / 8, true));
            }
            break;
        }
        at += 8;
    }
    close_of_long(bytes, start, at).map(|end| (end, false))
}

/// The highest bit of each of the eight bytes of `word` that is `byte`; above the first the bits may
/// lie (Warren, Hacker's Delight, section 6-1).
const fn marks(word: u64, byte: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zeros = word ^ (ONES * byte as u64);
    zeros.wrapping_sub(ONES) & !zeros & HIGH
}

/// The first quote from `from` on behind an even number of backslashes.
fn close_of_long(bytes: &[u8], start: usize, mut from: usize) -> Option<usize> {
    loop {
        let end = from + memchr(b'"', bytes.get(from..)?)?;
        let backslashes = bytes[start..end]
            .iter()
            .rev()
            .take_while(|byte| **byte == b'\\');
        if backslashes.count() % 2 == 0 {
            return Some(end);
        }
        from = end + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The plain way.
    fn slow(bytes: &[u8], start: usize) -> Option<usize> {
        let mut at = start;
        while at < bytes.len() {
            match bytes[at] {
                b'"' => return Some(at),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        None
    }

    proptest! {
        #[test]
        fn the_quick_way_is_the_plain_way(
            bytes in prop::collection::vec(prop::sample::select(&b"\"\\a\x80\xff\"!"[..]), 0..80),
            blank in 0..60_usize,
        ) {
            let bytes = [vec![b' '; blank], bytes].concat();
            let found = close(&bytes, 0);
            prop_assert_eq!(found.map(|(end, _)| end), slow(&bytes, 0));
            if let Some((end, true)) = found {
                prop_assert!(!bytes[..end].contains(&b'\\'));
            }
        }
    }
}
