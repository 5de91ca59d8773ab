//! Policies: immutable, versioned documents that hold every number of the budget engine.
//!
//! A policy is TOML. `build-142` is embedded and the default; a file may give all keys, or
//! `extends = "build-142"` and only those that differ. A document that breaks the schema is refused
//! with the key, the value and the allowed range. A policy never changes: a [`PolicyDraft`] makes
//! another one out of it.

mod assignment;
mod ceilings;
mod choice;
mod draft;
mod error;
mod keys;
mod numbers;
mod relative;
mod schema;
mod version;

use toml::{Table, Value};

pub use assignment::{Assignment, BadAssignment};
pub use ceilings::{ANY_PROVIDER, CeilingRule, LearnedCeilings, LearnedFrom, LearnedRule};
pub use choice::{BadShare, PolicyChoice, PolicyStage, Side, StageShare};
pub use draft::PolicyDraft;
pub use error::PolicyError;
pub use keys::Difference;
pub use numbers::{
    BaseNumbers, BudgetNumbers, BufferNumbers, ByComplexity, ByKind, ConfidenceNumbers,
    DocSynthesisNumbers, EscalationNumbers, EstimateNumbers, FallbackNumbers,
    FileComplexityNumbers, FloorNumbers, MultiplierNumbers, PolicyNumbers, SizingNumbers,
    SotUpdateNumbers, Steps,
};
pub use relative::{Exponent, Relative};
pub use schema::Allowed;

/// The policies that come with the crate: name and document.
const EMBEDDED: [(&str, &str); 2] = [
    ("build-142", include_str!("policy/build-142.toml")),
    ("pre-142", include_str!("policy/pre-142.toml")),
];

/// The key of the table with what speaks for a policy.
const EVIDENCE: &str = "evidence";

/// A policy: its name and its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    name: String,
    numbers: PolicyNumbers,
    document: Table,
}

impl Policy {
    /// The default policy, `build-142`.
    ///
    /// # Panics
    /// Never: the embedded document is read by a test.
    #[must_use]
    pub fn build_142() -> Self {
        Self::parse(EMBEDDED[0].1).expect("the embedded policy fits its own schema")
    }

    /// The names of the policies that come with the crate; the first is the default.
    pub fn embedded_names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    /// The embedded policy of this name.
    #[must_use]
    pub fn embedded(name: &str) -> Option<Self> {
        let (_, text) = EMBEDDED.iter().find(|(embedded, _)| *embedded == name)?;
        Self::parse(text).ok()
    }

    /// Reads a policy document.
    ///
    /// # Errors
    /// [`PolicyError`] names the first key that is unknown, missing or not allowed.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        Self::from_document(resolved(text)?)
    }

    /// The policy with one key set to another value, named for what was changed:
    /// `build-142+base.docs.low=3584`.
    ///
    /// # Errors
    /// [`PolicyError`] when there is no such key or it may not hold `value`.
    pub fn with(&self, key: &str, value: impl Into<Value>) -> Result<Self, PolicyError> {
        let value = value.into();
        let name = format!("{}+{key}={value}", self.name);
        let path: Vec<&str> = key.split('.').collect();
        self.draft(&name).set(&path, value)?.finish()
    }

    /// The beginning of another policy: a copy of this one under another name.
    pub fn draft(&self, name: &str) -> PolicyDraft {
        PolicyDraft::new(self.document.clone(), name)
    }

    /// The whole document, with everything it extended filled in. [`Policy::parse`] reads it back.
    #[must_use]
    pub fn to_toml(&self) -> String {
        self.document.to_string()
    }

    /// The whole document, as a table.
    #[must_use]
    pub const fn document(&self) -> &Table {
        &self.document
    }

    /// What speaks for this policy, where a calibration made it.
    #[must_use]
    pub fn evidence(&self) -> Option<&Table> {
        self.document.get(EVIDENCE)?.as_table()
    }

    /// The name and version of the policy, as telemetry records it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its numbers.
    #[must_use]
    pub const fn numbers(&self) -> &PolicyNumbers {
        &self.numbers
    }

    fn from_document(document: Table) -> Result<Self, PolicyError> {
        schema::check(&document).map_err(|error| match error {
            PolicyError::UnknownKey { key, .. } => PolicyError::UnknownKey {
                near: keys::near(&key, &document),
                key,
            },
            other => other,
        })?;
        let numbers = PolicyNumbers::deserialize_from(document.clone())?;
        let name = document
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        Ok(Self {
            name,
            numbers,
            document,
        })
    }
}

impl PolicyNumbers {
    fn deserialize_from(document: Table) -> Result<Self, PolicyError> {
        document
            .try_into()
            .map_err(|error: toml::de::Error| PolicyError::Syntax {
                message: error.to_string(),
            })
    }
}

/// The document with what it extends filled in.
fn resolved(text: &str) -> Result<Table, PolicyError> {
    let syntax = |error: toml::de::Error| PolicyError::Syntax {
        message: error.to_string(),
    };
    let mut document: Table = text.parse().map_err(syntax)?;
    let Some(extends) = document.remove("extends") else {
        return Ok(document);
    };
    let parent = EMBEDDED
        .iter()
        .find(|(name, _)| extends.as_str() == Some(name));
    let Some((_, parent)) = parent else {
        return Err(PolicyError::UnknownPolicy {
            found: extends.to_string(),
        });
    };
    let mut whole = resolved(parent)?;
    merge(&mut whole, document);
    Ok(whole)
}

fn merge(into: &mut Table, from: Table) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Value::Table(inner)), Value::Table(value)) => merge(inner, value),
            (_, value) => {
                into.insert(name, value);
            }
        }
    }
}

/// The names of the embedded policies, for messages.
pub(crate) fn embedded_names() -> String {
    EMBEDDED.map(|(name, _)| format!("`{name}`")).join(" and ")
}

#[cfg(test)]
mod tests;
