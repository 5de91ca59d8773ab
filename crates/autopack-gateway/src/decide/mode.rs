//! What may be done to a ceiling.

use std::fmt;
use std::str::FromStr;

/// What may be done to a ceiling, once its group has shown how long its replies are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Nothing; what would have been sent is recorded.
    Observe,
    /// One is set where the client sets none.
    #[default]
    Fill,
    /// The client's own is lowered too.
    Tighten,
}

impl Mode {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Observe, Self::Fill, Self::Tighten];

    /// The word in settings and headers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Fill => "fill",
            Self::Tighten => "tighten",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown mode `{0}`: allowed are `observe`, `fill` and `tighten`")]
pub struct UnknownMode(String);

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .ok_or_else(|| UnknownMode(text.to_owned()))
    }
}
