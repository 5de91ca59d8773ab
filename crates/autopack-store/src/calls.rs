//! Calls as the calibration of ceilings reads them: every attempt in order of time, whatever became of it.

use autopack_core::{CallFacts, Category, Complexity, Provider, Tokens};

/// One attempt. What is `None` is NULL in the database, or a column that it does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallRow<'a> {
    /// The category that it was estimated as.
    pub category: &'a Category,
    /// The complexity of the phase.
    pub complexity: Complexity,
    /// Whom it went to.
    pub provider: Option<Provider>,
    /// The name of the server it went to.
    pub upstream: Option<&'a str>,
    /// Upstream and host, such as `openai@api.openai.com`.
    pub route: Option<&'a str>,
    /// What else was known of it before it was made.
    pub facts: CallFacts<'a>,
    /// What joins it with other attempts at the same answer.
    pub chain_id: Option<&'a str>,
    /// Which attempt of its chain it was, from 1.
    pub attempt: Option<u32>,
    /// The cell it is learned in; none where it wrote only the rest of an answer.
    pub group_key: Option<&'a str>,
    /// The prediction.
    pub predicted_output_tokens: Option<Tokens>,
    /// What came out.
    pub actual_output_tokens: Option<Tokens>,
    /// What the estimator wanted.
    pub selected_budget: Option<Tokens>,
    /// The ceiling, as sent. A database from before intent and ceiling were split has none.
    pub actual_max_tokens: Option<Tokens>,
    /// The thinking budget that counted inside the ceiling.
    pub thinking_budget: Option<Tokens>,
    /// The reply could be used.
    pub success: Option<bool>,
    /// The reply was cut off.
    pub truncated: bool,
    /// How it was cut off, in a word such as `at_ceiling`.
    pub truncation: Option<&'a str>,
    /// Why the output ended, in the normalised word.
    pub stop_reason: Option<&'a str>,
    /// The kind of a failed call; `None` where the call came back.
    pub failure: Option<&'a str>,
}
