//! Where calls are learned.

use std::cmp::Ordering;
use std::fmt;

use autopack_core::{CallFacts, Level, Provider};

use crate::cell::Cell;

/// Where calls are learned: their cell, whom they went to, and what else they have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey {
    /// Category and complexity.
    pub cell: Cell,
    /// The provider; `None` of calls that do not say.
    pub provider: Option<Provider>,
    /// What else its calls have in common; nothing for all calls of the cell to the provider.
    pub within: Within,
}

impl GroupKey {
    /// The group around this one; `None` of one that is all calls of its cell to the provider.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let within = self.within.parent()?;
        Some(Self {
            within,
            ..self.clone()
        })
    }
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cell.fmt(f)?;
        if let Some(provider) = self.provider {
            write!(f, "/{provider}")?;
        }
        self.within.fmt(f)
    }
}

/// What calls of a group have in common beyond the provider, from the model on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Within(Vec<Box<str>>);

impl Within {
    /// All that is known of a call.
    #[must_use]
    pub fn of(facts: CallFacts<'_>) -> Self {
        Self(facts.names().map(|(_, name)| name.into()).collect())
    }

    /// Whether nothing is in common.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, each on its level, from the model on.
    pub fn names(&self) -> impl Iterator<Item = (Level, &str)> + Clone {
        Level::ALL
            .into_iter()
            .zip(self.0.iter().map(|name| &**name))
    }

    /// The name on a level.
    #[must_use]
    pub fn name(&self, level: Level) -> Option<&str> {
        self.0.get(level as usize).map(|name| &**name)
    }

    /// One level less; `None` where there is none.
    fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// One level more.
    pub(super) fn with(&self, name: &str) -> Self {
        Self(self.0.iter().cloned().chain([name.into()]).collect())
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|name| write!(f, "/{name}"))
    }
}

impl Ord for Within {
    /// Names in alphabetical order, and sizes by size.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_size = |name: &str| (name.len(), name.to_owned());
        let pairs = self.names().zip(other.names());
        let mut differences = pairs.map(|((level, own), (_, other))| match level {
            Level::Input => by_size(own).cmp(&by_size(other)),
            Level::Model | Level::Effort | Level::Template => own.cmp(other),
        });
        let first = differences.find(|order| order.is_ne());
        first.unwrap_or_else(|| self.0.len().cmp(&other.0.len()))
    }
}

impl PartialOrd for Within {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
