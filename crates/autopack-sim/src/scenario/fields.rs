//! The keys of one table of a scenario, taken out one by one; what is left in the end is unknown.

use toml::{Table, Value};

use super::error::ScenarioError;

/// A table on its way to being read.
#[derive(Debug)]
pub(super) struct Fields {
    /// The dotted key of the table, empty for the document.
    key: String,
    table: Table,
}

impl Fields {
    pub(super) fn document(table: Table) -> Self {
        let key = String::new();
        Self { key, table }
    }

    /// The dotted key of `name`.
    pub(super) fn key(&self, name: &str) -> String {
        if self.key.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.key)
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// Takes `name`, if it is there, as whatever `read` makes of it.
    pub(super) fn take<T>(
        &mut self,
        name: &str,
        allowed: &'static str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, ScenarioError> {
        let Some(value) = self.table.remove(name) else {
            return Ok(None);
        };
        match read(&value) {
            Some(read) => Ok(Some(read)),
            None => Err(ScenarioError::NotAllowed {
                key: self.key(name),
                found: value.to_string(),
                allowed,
            }),
        }
    }

    /// Takes the string `name`, if it is there.
    pub(super) fn string(&mut self, name: &str) -> Result<Option<String>, ScenarioError> {
        self.take(name, "a string", |value| value.as_str().map(str::to_owned))
    }

    /// Takes the table `name`, if it is there.
    pub(super) fn table(&mut self, name: &str) -> Result<Option<Self>, ScenarioError> {
        let key = self.key(name);
        let table = self.take(name, "a table of keys", |value| value.as_table().cloned())?;
        Ok(table.map(|table| Self { key, table }))
    }

    /// The names that are left, in their order.
    pub(super) fn names(&self) -> Vec<String> {
        self.table.keys().cloned().collect()
    }

    /// Nothing may be left.
    pub(super) fn finish(self, allowed: &'static str) -> Result<(), ScenarioError> {
        match self.table.keys().next() {
            None => Ok(()),
            Some(name) => Err(ScenarioError::UnknownKey {
                key: self.key(name),
                allowed,
            }),
        }
    }
}
