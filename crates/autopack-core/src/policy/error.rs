//! What can be wrong with a policy document.

use super::schema::Allowed;

/// A policy document that cannot be used: which key, what was found, what is allowed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The text is not TOML.
    #[error("policy is not valid TOML: {message}")]
    Syntax {
        /// What the parser said, with the place.
        message: String,
    },
    /// A key that no policy has.
    #[error("unknown policy key `{key}`{}", hint(near.as_deref()))]
    UnknownKey {
        /// The key, dotted.
        key: String,
        /// The key that was probably meant.
        near: Option<String>,
    },
    /// A value where a table of keys belongs.
    #[error("policy key `{key}` is `{found}`: allowed is a table of keys")]
    NotASection {
        /// The key, dotted.
        key: String,
        /// The value as written.
        found: String,
    },
    /// A key that every policy needs.
    #[error(
        "policy key `{key}` is missing: give it {allowed}, or start the file with `extends = \"build-142\"`"
    )]
    Missing {
        /// The key, dotted.
        key: String,
        /// What it may hold.
        allowed: Allowed,
    },
    /// A value of the wrong type or out of range.
    #[error("policy key `{key}` is `{found}`: allowed is {allowed}")]
    NotAllowed {
        /// The key, dotted.
        key: String,
        /// The value as written.
        found: String,
        /// What it may hold.
        allowed: Allowed,
    },
    /// The evidence for a policy has no form in TOML.
    #[error("the evidence for the policy cannot be written as TOML: {message}")]
    Evidence {
        /// What the writer said.
        message: String,
    },
    /// `extends` names no embedded policy.
    #[error("policy extends `{found}`: allowed are {}", super::embedded_names())]
    UnknownPolicy {
        /// The name that was given.
        found: String,
    },
}

fn hint(near: Option<&str>) -> String {
    near.map(|near| format!(": did you mean `{near}`?"))
        .unwrap_or_default()
}
