//! A reply, read from whichever dialect it came in.

use autopack_core::{Stop, Usage};

/// What came back.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The visible text.
    pub text: String,
    /// Usage as reported.
    pub usage: Usage,
    /// Why the output ended.
    pub stop: Stop,
}

impl std::fmt::Debug for Reply {
    /// Without the text, which enters no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply")
            .field("text_bytes", &self.text.len())
            .field("usage", &self.usage)
            .field("stop", &self.stop)
            .finish()
    }
}
