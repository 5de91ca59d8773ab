//! Learners as they are kept.

use jiff::Timestamp;

/// What a learner knew when it was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnerState {
    /// Whose it is: the name of an upstream.
    pub name: String,
    /// The learner in its own form, which tells by itself whether it is whole and of which version.
    pub state: Vec<u8>,
    /// When it was saved.
    pub saved_at: Timestamp,
}
