//! What can be wrong with a scenario.

/// A scenario that cannot be played: which key, what was found, what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The text is not TOML.
    #[error("scenario is not valid TOML: {message}")]
    Syntax {
        /// What the parser said, with the place.
        message: String,
    },
    /// A key that no scenario has.
    #[error("unknown scenario key `{key}`: allowed are {allowed}")]
    UnknownKey {
        /// The key, dotted.
        key: String,
        /// The keys that may stand there.
        allowed: &'static str,
    },
    /// A value of the wrong type or out of range.
    #[error("scenario key `{key}` is `{found}`: allowed is {allowed}")]
    NotAllowed {
        /// The key, dotted.
        key: String,
        /// The value as written.
        found: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// A key that has to be there.
    #[error("scenario key `{key}` is missing: it has to be {allowed}")]
    Missing {
        /// The key, dotted.
        key: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// Two keys that say the same thing differently.
    #[error("scenario keys `{key}` and `{other}` stand side by side: leave one of them out")]
    Both {
        /// One of them, dotted.
        key: String,
        /// The other.
        other: String,
    },
    /// A file that cannot be read or used.
    #[error("scenario key `{key}` names the file `{path}`: {message}")]
    File {
        /// The key, dotted.
        key: String,
        /// The path as written.
        path: String,
        /// What is wrong with it.
        message: String,
    },
}
