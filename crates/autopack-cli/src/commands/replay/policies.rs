//! The policies that may have decided, and their decisions taken again.

use std::collections::{BTreeMap, BTreeSet};

use autopack_core::{Policy, Redecision};
use autopack_store::Store;

use crate::exit::{Failure, Fault};
use crate::output;

/// All policies that are embedded or in the database.
pub(super) struct Known(Vec<Policy>);

impl Known {
    pub(super) async fn read(store: &Store) -> Result<Self, Failure> {
        let embedded = Policy::embedded_names().filter_map(Policy::embedded);
        let mut policies: Vec<Policy> = embedded.collect();
        for version in store.policy_versions().await.outside()? {
            match Policy::parse(&version.document) {
                Ok(policy) => policies.push(policy),
                Err(error) => output::warn(format_args!(
                    "the version `{}` of the database cannot be used: {error}",
                    version.version
                )),
            }
        }
        Ok(Self(policies))
    }

    /// The decisions of each, taken again under `policy`.
    pub(super) fn redecisions<'a>(&'a self, policy: &'a Policy) -> Redecisions<'a> {
        let redecision = |known: &'a Policy| (known.name(), Redecision::new(known, policy));
        Redecisions {
            by_name: self.0.iter().map(redecision).collect(),
            missed: BTreeSet::new(),
            keys: BTreeSet::new(),
        }
    }
}

/// Decisions taken again, by the name of the policy that took them, and what stood in the way.
pub(super) struct Redecisions<'a> {
    by_name: BTreeMap<&'a str, Redecision<'a>>,
    /// Policies that decided and are not known.
    pub(super) missed: BTreeSet<String>,
    /// Keys that need the whole phase, of the policies that decided.
    pub(super) keys: BTreeSet<String>,
}

impl<'a> Redecisions<'a> {
    /// Those of the policy of this name. The reference is as long as the policies, not as `self`.
    pub(super) fn of(&self, name: Option<&str>) -> Option<&Redecision<'a>> {
        self.by_name.get(name?)
    }

    pub(super) fn miss(&mut self, name: Option<&str>) {
        self.missed.insert(name.unwrap_or("unknown").to_owned());
    }

    pub(super) fn need_phase(&mut self, name: Option<&str>) {
        let keys = name.and_then(|name| self.by_name.get(name));
        let keys = keys.map(Redecision::keys_that_need_the_phase);
        self.keys.extend(keys.unwrap_or_default().iter().cloned());
    }
}
