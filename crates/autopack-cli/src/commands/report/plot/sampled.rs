//! A sample of a stream, drawn by lot: fair, of bounded size, and the same for the same stream.

use fastrand::Rng;

/// Any fixed seed makes the same picture of the same calls.
const SEED: u64 = 142;

/// A reservoir (Vitter, ACM Transactions on Mathematical Software 11, 1985, algorithm R): whatever
/// the length of the stream, each of its items is kept with the same probability. Every second or
/// third of them would not do, because providers take turns.
pub(in crate::commands) struct Sampled<T> {
    kept: Vec<T>,
    n: u64,
    random: Rng,
}

impl<T> Default for Sampled<T> {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            n: 0,
            random: Rng::with_seed(SEED),
        }
    }
}

impl<T> Sampled<T> {
    /// Takes the next item of the stream, to keep at most `limit` of them.
    pub(in crate::commands) fn add(&mut self, item: T, limit: usize) {
        let place = self.random.u64(0..=self.n);
        self.n += 1;
        if self.kept.len() < limit {
            self.kept.push(item);
        } else if let Some(place) = usize::try_from(place)
            .ok()
            .and_then(|place| self.kept.get_mut(place))
        {
            *place = item;
        }
    }

    /// How many items there were.
    pub(in crate::commands) fn n(&self) -> u64 {
        self.n
    }

    /// How many items are kept.
    pub(in crate::commands) fn n_kept(&self) -> u64 {
        self.kept.len() as u64
    }

    /// The items that were kept.
    pub(in crate::commands) fn into_items(self) -> Vec<T> {
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sampled(n: u64, limit: usize) -> Sampled<u64> {
        let mut sampled = Sampled::default();
        for item in 0..n {
            sampled.add(item, limit);
        }
        sampled
    }

    #[test]
    fn the_sample_is_spread_over_the_stream() {
        let items = sampled(10_000, 1000).into_items();
        let n_early = items.iter().filter(|item| **item < 5000).count();
        assert!((450..550).contains(&n_early), "{n_early}");
    }

    proptest! {
        #[test]
        fn it_is_no_larger_than_wanted_holds_no_item_twice_and_comes_again(
            n in 0_u64..500,
            limit in 1_usize..100,
        ) {
            let items = sampled(n, limit).into_items();
            prop_assert_eq!(items.len() as u64, n.min(limit as u64));
            prop_assert_eq!(&items, &sampled(n, limit).into_items());
            let mut sorted = items;
            sorted.sort_unstable();
            sorted.dedup();
            prop_assert_eq!(sorted.len() as u64, n.min(limit as u64));
        }
    }
}
