//! What tells an imported row from all others.

use sha2::{Digest, Sha256};

use super::SourceFormat;

/// How many bytes of the hash are kept: at 128 bits, a billion rows have one chance in 10^20 that two of
/// them share a key.
const KEY_BYTES: usize = 16;

/// Makes a key from what a source says about a row, part by part. The same parts in the same order give
/// the same key in every version of this program: databases keep them.
///
/// A key begins with the time, so that rows in order of time have keys in order: an index that grows at
/// its end is several times quicker than one that grows everywhere.
#[derive(Debug)]
pub(super) struct KeyMaker {
    time: String,
    hash: Sha256,
}

impl KeyMaker {
    /// For a row of a kind of source, with its time as the source has it.
    pub(super) fn new(source: SourceFormat, time: impl Into<String>) -> Self {
        let mut maker = Self {
            time: time.into(),
            hash: Sha256::new(),
        };
        maker.part(source.as_str());
        maker
    }

    /// Takes a part in, with its length, so that no two lists of parts look alike.
    pub(super) fn part(&mut self, part: impl AsRef<[u8]>) -> &mut Self {
        let part = part.as_ref();
        self.hash.update((part.len() as u64).to_le_bytes());
        self.hash.update(part);
        self
    }

    /// Takes a number in.
    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.part(number.to_le_bytes())
    }

    /// The key: the time and, in hexadecimal, the hash.
    pub(super) fn key(self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut key = self.time;
        let hash = self.hash.finalize();
        let digits = hash[..KEY_BYTES].iter().flat_map(|byte| {
            [byte >> 4, byte & 0xf].map(|half| char::from(DIGITS[usize::from(half)]))
        });
        key.push('/');
        key.extend(digits);
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_same_for_ever_and_for_nothing_else() {
        let key = |parts: &[&str]| {
            let mut maker = KeyMaker::new(SourceFormat::Log, "2025-12-29T19:40:01");
            for part in parts {
                maker.part(part);
            }
            maker.key()
        };
        assert_eq!(
            key(&["a", "bc"]),
            "2025-12-29T19:40:01/31cac88a3dc34b71bc70e8d31726ef9a"
        );
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        let other = KeyMaker::new(SourceFormat::Csv, "2025-12-29T19:40:01");
        assert_ne!(other.key(), key(&[]));
    }
}
