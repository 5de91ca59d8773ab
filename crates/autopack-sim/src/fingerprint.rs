//! A small hash, so that ids and texts follow from the request alone.
//!
//! Not for secrets and not against enemies: it only has to tell calls apart, quickly, and give the
//! same number on every machine and in every version. Eight bytes are mixed at a time by rotation,
//! exclusive or and multiplication (the scheme of `FxHash`), and the end is stirred as in
//! `MurmurHash3`.

/// The golden ratio in 64 bits, odd: the usual multiplier of Fibonacci hashing (Knuth, volume 3,
/// section 6.4).
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The bits that each step turns by, as `FxHash` does.
const TURN: u32 = 5;

/// The bytes of one word.
const WORD_BYTES: usize = 8;

/// A hash on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    /// Begins with the simulator's seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(0).number(seed)
    }

    /// Takes a number in.
    #[must_use]
    pub(crate) const fn number(self, number: u64) -> Self {
        Self((self.0.rotate_left(TURN) ^ number).wrapping_mul(MULTIPLIER))
    }

    /// Takes bytes in, with their length, so that `ab`, `c` and `a`, `bc` differ.
    #[must_use]
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks::<WORD_BYTES>();
        for word in words {
            self = self.number(u64::from_le_bytes(*word));
        }
        let mut last = [0; WORD_BYTES];
        last[..rest.len()].copy_from_slice(rest);
        self.number(u64::from_le_bytes(last))
            .number(bytes.len() as u64)
    }

    /// Takes in what may not be there; nothing and the empty string differ.
    #[must_use]
    pub(crate) fn optional(self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            None => self.number(0),
            Some(bytes) => self.number(1).bytes(bytes),
        }
    }

    /// The finished hash.
    pub(crate) const fn finish(self) -> u64 {
        let mut hash = self.0;
        hash ^= hash >> 33;
        hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash ^= hash >> 33;
        hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        hash ^ (hash >> 33)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn neighbours_differ() {
        let start = Fingerprint::new(1);
        let hashes = [
            start,
            Fingerprint::new(2),
            start.bytes(b""),
            start.bytes(b"\0"),
            start.bytes(b"ab").bytes(b"c"),
            start.bytes(b"a").bytes(b"bc"),
            start.bytes(b"abcdefgh"),
            start.bytes(b"abcdefghi"),
            start.optional(None),
            start.optional(Some(b"")),
        ]
        .map(Fingerprint::finish);
        assert_eq!(hashes.iter().collect::<BTreeSet<_>>().len(), hashes.len());
    }

    #[test]
    fn the_hash_is_the_same_everywhere() {
        let hash = Fingerprint::new(7).bytes("prompt, größer als acht".as_bytes());
        assert_eq!(hash.finish(), 5_320_643_577_187_374_855);
    }
}
