//! A call as it was made, and why one is not replayed.

use autopack_core::{LoggedDecision, Redecision, Tokens, Undecidable};

use super::{MAX_CALLS, MAX_CELLS};
use crate::quantile::Extent;

/// A call as it was made, as far as a replay looks at it.
#[derive(Clone, Copy, Debug)]
pub struct LoggedCall<'a> {
    /// The run that it belongs to.
    pub run: &'a str,
    /// What joins it with other attempts at the same answer; `None` where it stands alone.
    pub chain: Option<&'a str>,
    /// Whether it is the first attempt of its chain.
    pub is_first: bool,
    /// How much of the answer was asked for.
    pub extent: Extent,
    /// The model, as named in the request.
    pub model: &'a str,
    /// The thinking budget that went along.
    pub thinking_budget: Option<Tokens>,
    /// What is kept of the decision; `None` where that is too little to take it again.
    pub decision: Option<LoggedDecision<'a>>,
    /// Takes decisions of the policy that decided again; `None` where nobody has that policy any more.
    pub redecision: Option<&'a Redecision<'a>>,
    /// The ceiling, as sent.
    pub actual_max_tokens: Option<Tokens>,
    /// What came out.
    pub output: Option<Tokens>,
    /// What ended it.
    pub end: End,
}

/// What ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The model.
    Itself,
    /// Its ceiling.
    Ceiling,
    /// A full window or a model that went round in circles: no ceiling helps.
    Elsewhere,
    /// A failure on the way; no answer came.
    Failure,
}

/// Why a call is not replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Retries and rests of answers follow from a first attempt that may not have failed.
    #[error("a retry, or the rest of an answer: it follows from the attempt before it")]
    NotFirst,
    /// No answer came.
    #[error("failed: no answer came")]
    Failed,
    /// No ceiling would have helped.
    #[error("cut off by a full window, or in circles: no ceiling would have helped")]
    CutElsewhere,
    /// Nobody said how long the answer was.
    #[error("no usage was reported, so nobody knows how long the answer was")]
    NoUsage,
    /// Nobody wrote down what was sent.
    #[error("the ceiling that was sent is not written down")]
    NoCeiling,
    /// Calls that were imported have no steps.
    #[error("the facts and steps of the decision are not written down")]
    NoDecision,
    /// The policy is neither embedded nor in the database.
    #[error("decided by a policy that neither the program nor the database holds")]
    UnknownPolicy,
    /// The decision cannot be taken again.
    #[error(transparent)]
    Undecidable(#[from] Undecidable),
    /// There is no room for its cell.
    #[error("of a cell beyond the {MAX_CELLS} that are kept apart")]
    TooManyCells,
    /// There is no room for it.
    #[error("older than the newest {MAX_CALLS} at the most that are kept: see them with --since")]
    TooOld,
}
