//! What can be wrong with a policy document.

use super::schema::Allowed;
use crate::call_facts::InputSize;

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
    #[error("unknown policy key `{key}`{}", hint(near))]
    UnknownKey {
        /// The key, dotted.
        key: String,
        /// The keys that were probably meant, the likest first.
        near: Vec<String>,
    },
    /// A key that what was learned of a group does not have.
    #[error(
        "unknown policy key `{key}`: allowed are `exactly`, `at_least`, `at_estimate`, `exponent`, `down_to` and finer \
         groups, each table inside the one before: `model.NAME`, `effort.NAME`, `template.NAME`, `input.EDGE`"
    )]
    UnknownOfGroup {
        /// The key, dotted.
        key: String,
    },
    /// A ceiling that goes with the estimate, and not all that it takes is there.
    #[error(
        "policy key `{key}` is missing: a ceiling that goes with the estimate takes `exactly` or `at_least`, the \
         `at_estimate` at which it is that, and an `exponent` of 0.5 or 1.0; `down_to` may be beside them"
    )]
    HalfRelative {
        /// The key that is missing, dotted.
        key: String,
    },
    /// A size of what goes in that is none.
    #[error(
        "policy key `{key}` names no input size: allowed are their upper edges in tokens, {}",
        edges()
    )]
    NoInputSize {
        /// The key, dotted.
        key: String,
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
    /// A change that gives a category or kind its first numbers, and not all of them.
    #[error(
        "policy key `{key}` is missing beside the new ones: give it {allowed} too{}",
        hint(near)
    )]
    HalfRow {
        /// The key that is missing, dotted.
        key: String,
        /// What it may hold.
        allowed: Allowed,
        /// The keys that were probably meant instead of the new ones.
        near: Vec<String>,
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
    /// A key of what a policy says of itself, where one that decides is wanted.
    #[error(
        "policy key `{key}` says nothing of calls: allowed are the numbers that decide, such as `base.docs.low`"
    )]
    NoNumber {
        /// The key, dotted.
        key: String,
    },
    /// A change that changes nothing.
    #[error("nothing would change in `{name}`: give a key another value")]
    Unchanged {
        /// The name of the policy.
        name: String,
    },
    /// `extends` names no embedded policy.
    #[error("policy extends `{found}`: allowed are {}", super::embedded_names())]
    UnknownPolicy {
        /// The name that was given.
        found: String,
    },
}

fn edges() -> String {
    InputSize::EDGES.map(|edge| format!("`{edge}`")).join(", ")
}

fn hint(near: &[String]) -> String {
    let quoted: Vec<String> = near.iter().map(|key| format!("`{key}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => format!(": did you mean {one}?"),
        [ahead @ .., last] => {
            let ahead = ahead.join(", ");
            format!(": did you mean {ahead} or {last}?")
        }
    }
}
