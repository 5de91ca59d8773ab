//! The cells that calls are learned in.

use std::cmp::Ordering;
use std::fmt;

use autopack_core::{Category, Complexity};

/// Where a call belongs: the kind of work, and how hard it was said to be. Sorted by the name of the
/// category, then from low to high.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    /// The category that the estimate was made for.
    pub category: Category,
    /// The complexity.
    pub complexity: Complexity,
}

impl Cell {
    /// Compares with the cell of these parts.
    pub(crate) fn cmp_parts(&self, category: &Category, complexity: Complexity) -> Ordering {
        let categories = self.category.as_str().cmp(category.as_str());
        categories.then(self.complexity.cmp(&complexity))
    }
}

impl Ord for Cell {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cmp_parts(&other.category, other.complexity)
    }
}

impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.category, self.complexity)
    }
}
