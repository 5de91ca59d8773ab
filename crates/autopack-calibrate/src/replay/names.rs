//! Names by number.

use std::borrow::Borrow;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// Names, and the number of each, in order of their coming up.
#[derive(Clone, Debug)]
pub(super) struct Names<T> {
    numbers: HashMap<T, u32>,
    next: u32,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            next: 0,
        }
    }
}

impl<T: Hash + Ord> Names<T> {
    /// The number of a name; `None` where it would be one more than `most`.
    pub(super) fn number<Q>(&mut self, name: &Q, most: usize) -> Option<u32>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = T> + ?Sized,
    {
        if let Some(number) = self.numbers.get(name) {
            return Some(*number);
        }
        if self.numbers.len() >= most {
            return None;
        }
        let number = self.next;
        self.next = number.checked_add(1)?;
        self.numbers.insert(name.to_owned(), number);
        Some(number)
    }

    /// Forgets all names but those of these numbers.
    pub(super) fn keep(&mut self, numbers: &BTreeSet<u32>) {
        self.numbers.retain(|_, number| numbers.contains(number));
    }

    /// The names and their numbers, in order of the names.
    pub(super) fn in_order(&self) -> Vec<(&T, u32)> {
        let names = self.numbers.iter();
        let mut names: Vec<_> = names.map(|(name, number)| (name, *number)).collect();
        names.sort_unstable();
        names
    }
}
