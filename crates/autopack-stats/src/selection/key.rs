//! Numbers as whole numbers that sort the same.

/// The bits of a finite double, turned so that they sort as the number does: the sign is flipped,
/// and of negative numbers all other bits too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u64);

const SIGN: u64 = 1 << 63;

impl Key {
    /// How many bits a key has.
    pub(super) const N_BITS: u32 = u64::BITS;

    pub(super) const fn of(number: f64) -> Self {
        let bits = number.to_bits();
        Self(if bits & SIGN == 0 { bits ^ SIGN } else { !bits })
    }

    pub(super) const fn number(self) -> f64 {
        let bits = if self.0 & SIGN == 0 {
            !self.0
        } else {
            self.0 ^ SIGN
        };
        f64::from_bits(bits)
    }

    /// The first `n_bits` bits, as a number.
    pub(super) const fn prefix(self, n_bits: u32) -> u64 {
        if n_bits == 0 {
            return 0;
        }
        self.0 >> (Self::N_BITS - n_bits)
    }

    /// The key all of whose bits are `prefix`.
    pub(super) const fn whole(prefix: u64) -> Self {
        Self(prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_sort_as_their_numbers_and_give_them_back(a: f64, b: f64) {
            prop_assert_eq!(Key::of(a).cmp(&Key::of(b)), a.total_cmp(&b));
            prop_assert_eq!(Key::of(a).number().to_bits(), a.to_bits());
        }
    }
}
