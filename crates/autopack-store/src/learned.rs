//! What a server taught by refusing a call.

use autopack_core::{CeilingParameter, Tokens};
use jiff::{SignedDuration, Timestamp};

/// How long it counts: providers raise limits with new versions of a model, every few months; a month later
/// one more refusal costs little.
const COUNTS_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What is known of a model on one route, from a refusal of its ceiling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnedLimit {
    /// Upstream and host, such as `openai@api.openai.com`.
    pub route: String,
    /// The model, as named in the request.
    pub model: String,
    /// The most it writes, where the server said so.
    pub max_output_tokens: Option<Tokens>,
    /// What it calls its ceiling, where the server said so.
    pub ceiling_parameter: Option<CeilingParameter>,
    /// When the server said so last.
    pub learned_at: Timestamp,
}

impl LearnedLimit {
    /// Whether it still counts at `now`.
    #[must_use]
    pub fn counts_at(&self, now: Timestamp) -> bool {
        now.duration_since(self.learned_at) <= COUNTS_FOR
    }
}
