//! The numbers whose first bits are known, kept or counted.

use std::collections::BTreeMap;

use super::key::Key;

/// How many more bits a count tells apart. Sixteen bits of a double are its sign, its exponent and
/// four bits behind the point: a sixteenth of an octave. Ratios of token counts span some twenty
/// octaves, so a count has a few hundred entries, however many numbers go by.
const STEP_BITS: u32 = 16;

/// All numbers that begin with the same bits.
#[derive(Clone, Debug)]
pub(super) struct Window {
    n_bits: u32,
    prefix: u64,
    seen: Seen,
}

#[derive(Clone, Debug)]
enum Seen {
    Kept(Vec<Key>),
    /// How many numbers there are for each prefix that is [`STEP_BITS`] longer.
    Counted(BTreeMap<u64, u64>),
}

/// What a window says about a rank.
#[derive(Debug)]
pub(super) enum Found {
    /// The element.
    Element(Key),
    /// It is `rank` places behind the beginning of a smaller window.
    Within { window: Window, rank: u64 },
    /// There are not that many numbers.
    Nothing,
}

impl Window {
    /// The window of all numbers.
    pub(super) const fn whole() -> Self {
        Self::of(0, 0)
    }

    const fn of(prefix: u64, n_bits: u32) -> Self {
        Self {
            n_bits,
            prefix,
            seen: Seen::Kept(Vec::new()),
        }
    }

    /// Takes a number in, if it is one of this window.
    pub(super) fn offer(&mut self, key: Key) {
        if key.prefix(self.n_bits) != self.prefix {
            return;
        }
        match &mut self.seen {
            Seen::Kept(keys) => keys.push(key),
            Seen::Counted(counts) => *counts.entry(longer(key, self.n_bits)).or_default() += 1,
        }
    }

    pub(super) const fn n_kept(&self) -> usize {
        match &self.seen {
            Seen::Kept(keys) => keys.len(),
            Seen::Counted(_) => 0,
        }
    }

    /// Counts what is kept, and what comes.
    pub(super) fn shrink(&mut self) {
        if let Seen::Kept(keys) = &self.seen {
            let mut counts = BTreeMap::new();
            for key in keys {
                *counts.entry(longer(*key, self.n_bits)).or_default() += 1;
            }
            self.seen = Seen::Counted(counts);
        }
    }

    /// The elements of these ranks, counted from 0, or where they are.
    pub(super) fn find(self, ranks: &[u64]) -> Vec<Found> {
        match self.seen {
            Seen::Kept(mut keys) => {
                let element = |rank: &u64| element(&mut keys, *rank);
                ranks.iter().map(element).collect()
            }
            Seen::Counted(counts) => {
                let n_bits = self.n_bits + STEP_BITS;
                let bucket = |rank: &u64| bucket(&counts, n_bits, *rank);
                ranks.iter().map(bucket).collect()
            }
        }
    }
}

fn longer(key: Key, n_bits: u32) -> u64 {
    key.prefix(n_bits + STEP_BITS)
}

fn element(keys: &mut [Key], rank: u64) -> Found {
    match usize::try_from(rank) {
        Ok(place) if place < keys.len() => Found::Element(*keys.select_nth_unstable(place).1),
        _ => Found::Nothing,
    }
}

fn bucket(counts: &BTreeMap<u64, u64>, n_bits: u32, mut rank: u64) -> Found {
    for (&prefix, &count) in counts {
        if rank >= count {
            rank -= count;
        } else if n_bits == Key::N_BITS {
            return Found::Element(Key::whole(prefix));
        } else {
            let window = Window::of(prefix, n_bits);
            return Found::Within { window, rank };
        }
    }
    Found::Nothing
}
