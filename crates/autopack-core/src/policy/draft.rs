//! Another policy on the way: a copy of one, with keys set and with the evidence for them.

use serde::Serialize;
use toml::{Table, Value};

use super::keys::{dotted, near};
use super::{EVIDENCE, Policy, PolicyError, schema};

/// A policy that is not one yet. Made by [`Policy::draft`].
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct PolicyDraft(Table);

impl PolicyDraft {
    pub(super) fn new(mut document: Table, name: &str) -> Self {
        document.insert("name".to_owned(), name.into());
        // What spoke for the numbers before does not speak for those to come.
        document.remove(EVIDENCE);
        Self(document)
    }

    /// Sets the key whose names, from the outermost table to the value, are `path`.
    ///
    /// # Errors
    /// [`PolicyError::UnknownKey`] or [`PolicyError::UnknownOfGroup`] where no policy has such a key. Whether the key may hold `value`
    /// is found out in the end.
    pub fn set(mut self, path: &[&str], value: impl Into<Value>) -> Result<Self, PolicyError> {
        if schema::allowed(path).is_none() {
            let key = dotted(path);
            if schema::is_of_a_group(path) {
                return Err(PolicyError::UnknownOfGroup { key });
            }
            let near = near(&key, &self.0);
            return Err(PolicyError::UnknownKey { key, near });
        }
        set(&mut self.0, path, value.into());
        Ok(self)
    }

    /// Takes the key at `path` out, where it is there.
    pub fn without(mut self, path: &[&str]) -> Self {
        let Some((name, tables)) = path.split_last() else {
            return self;
        };
        let mut table = Some(&mut self.0);
        for name in tables {
            table = table.and_then(|table| table.get_mut(*name)?.as_table_mut());
        }
        if let Some(table) = table {
            table.remove(*name);
        }
        self
    }

    /// Puts in what speaks for this policy. Nobody but people reads it.
    ///
    /// # Errors
    /// [`PolicyError::Evidence`] where TOML has no form for it.
    pub fn with_evidence(mut self, evidence: &impl Serialize) -> Result<Self, PolicyError> {
        let facts = Table::try_from(evidence).map_err(|error| PolicyError::Evidence {
            message: error.to_string(),
        })?;
        self.0.insert(EVIDENCE.to_owned(), Value::Table(facts));
        Ok(self)
    }

    /// The policy.
    ///
    /// # Errors
    /// [`PolicyError`] names the first key that is not allowed to be what it is.
    pub fn finish(self) -> Result<Policy, PolicyError> {
        Policy::from_document(self.0)
    }
}

fn set(table: &mut Table, path: &[&str], value: Value) {
    match path {
        [] => {}
        [name] => {
            table.insert((*name).to_owned(), value);
        }
        [first, rest @ ..] => {
            let inner = table
                .entry(*first)
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}
