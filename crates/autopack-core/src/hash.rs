//! A small hash that is the same on every machine and in every version.
//!
//! Not for secrets and not against enemies: it tells policies apart by their content, and phases
//! into shares by their names. Bytes go in one by one as in FNV-1a; the end is stirred as in
//! `MurmurHash3`, because FNV-1a alone leaves the upper bits of names that differ in the last letter
//! almost the same, and the phases of a run would fall on one side together.

/// Where FNV-1a of 64 bits begins (draft-eastlake-fnv, section 5).
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
/// What FNV-1a of 64 bits multiplies by.
const PRIME: u64 = 0x0000_0100_0000_01b3;
/// Ends a text: no text in UTF-8 has this byte, so that `ab`, `c` and `a`, `bc` differ.
const END: u8 = 0xff;

/// A hash on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StableHash(u64);

impl StableHash {
    pub(crate) const fn new() -> Self {
        Self(OFFSET)
    }

    const fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ byte as u64).wrapping_mul(PRIME))
    }

    /// Takes a text in.
    #[must_use]
    pub(crate) fn text(self, text: &str) -> Self {
        text.bytes().fold(self, Self::byte).byte(END)
    }

    /// Takes a number in.
    #[must_use]
    pub(crate) fn number(self, number: u64) -> Self {
        number.to_le_bytes().into_iter().fold(self, Self::byte)
    }

    /// The finished hash; every bit of it depends on every bit that went in.
    pub(crate) const fn finish(self) -> u64 {
        let mut hash = self.0;
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        hash ^ (hash >> 33)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_fnv_1a() {
        // From the test vectors of the draft.
        for (text, hash) in [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ] {
            let unstirred = text.bytes().fold(StableHash::new(), StableHash::byte);
            assert_eq!(unstirred.0, hash, "{text}");
        }
    }

    #[test]
    fn the_end_is_stirred_as_in_murmur_hash_3() {
        // fmix64 of 0 is 0, and of 1 what the reference code gives.
        assert_eq!(StableHash(0).finish(), 0);
        assert_eq!(StableHash(1).finish(), 0xb456_bcfc_34c2_cb2c);
    }

    #[test]
    fn texts_do_not_run_into_each_other() {
        let hash = |texts: [&str; 2]| {
            let texts = texts.into_iter();
            texts.fold(StableHash::new(), StableHash::text).finish()
        };
        assert_ne!(hash(["ab", "c"]), hash(["a", "bc"]));
        assert_ne!(hash(["", "a"]), hash(["a", ""]));
    }
}
