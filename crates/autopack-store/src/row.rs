//! What is read back.

use autopack_core::{Category, Complexity, Provider, Tokens};
use jiff::Timestamp;

/// One call as reports see it. What is `None` was not known or not written down.
#[derive(Clone, Debug, PartialEq)]
pub struct EstimationRow {
    /// When the call was made.
    pub timestamp: Timestamp,
    /// The run it belongs to.
    pub run_id: String,
    /// The phase it belongs to.
    pub phase_id: String,
    /// Whom it went to.
    pub provider: Option<Provider>,
    /// The name of the server it went to; `None` in rows from before servers had names.
    pub upstream: Option<String>,
    /// The model, as named in the request.
    pub model: String,
    /// The category of the phase, in its one spelling.
    pub category: Category,
    /// The complexity of the phase.
    pub complexity: Complexity,
    /// The policy that decided.
    pub policy_version: Option<String>,
    /// The prediction.
    pub predicted_output_tokens: Option<Tokens>,
    /// What the estimator wanted.
    pub selected_budget: Option<Tokens>,
    /// The ceiling, as sent.
    pub actual_max_tokens: Option<Tokens>,
    /// What came out; a lower bound where `truncated`.
    pub actual_output_tokens: Option<Tokens>,
    /// The reply could be used; a log that was imported does not always say so.
    pub success: Option<bool>,
    /// The reply was cut off.
    pub truncated: bool,
    /// How it was cut off, in a word such as `at_ceiling`.
    pub truncation: Option<String>,
    /// Why the output ended, in the normalised word.
    pub stop_reason: Option<String>,
    /// Which attempt of its chain it was, from 1.
    pub attempt: Option<u32>,
}

/// One escalation as reports see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EscalationRow {
    /// When it was decided.
    pub timestamp: Timestamp,
    /// The run it belongs to.
    pub run_id: String,
    /// The phase it belongs to.
    pub phase_id: String,
    /// The attempt that triggered it, from 1.
    pub attempt: u32,
    /// Whom the call went to.
    pub provider: Option<Provider>,
    /// Why: a word of [`autopack_core::EscalationReason`], or what another program wrote.
    pub reason: String,
    /// Where its number comes from: a word of [`autopack_core::BaseSource`], or what another
    /// program wrote, such as `complexity_default`.
    pub base_source: String,
    /// The ceiling of the attempt that was to follow.
    pub retry_max_tokens: Tokens,
    /// The attempt that followed, where its chain tells.
    pub next: Option<NextAttempt>,
}

/// What became of the attempt after an escalation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextAttempt {
    /// It came back and was not cut off.
    Whole,
    /// It was cut off again.
    Truncated,
    /// Nothing of it is known but that it did not succeed: a call that failed on the way.
    Failed,
}

/// What came of one attempt, as those see it who learn from calls in their groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeRow {
    /// The key of the row; later rows have larger ones.
    pub event_id: i64,
    /// The cell it is learned in.
    pub group_key: String,
    /// Whom it went to.
    pub provider: Option<Provider>,
    /// The model, as named in the request.
    pub model: String,
    /// What joins the attempts at one call.
    pub chain_id: Option<String>,
    /// Which attempt it was, from 1.
    pub attempt: Option<u32>,
    /// The ceiling, as sent.
    pub actual_max_tokens: Option<Tokens>,
    /// What came out; a lower bound where it was cut off.
    pub actual_output_tokens: Option<Tokens>,
    /// How it was cut off, in a word such as `at_ceiling`.
    pub truncation: Option<String>,
    /// The reply came whole and could be used.
    pub success: Option<bool>,
}

/// Which calls, or which escalations, to read. The default is all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only what happened at this time or later.
    pub since: Option<Timestamp>,
    /// Only what belongs to this run.
    pub run_id: Option<String>,
}

/// How many rows a read came across.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ReadCount {
    /// Rows that were handed over.
    pub n_rows: u64,
    /// Rows that were passed over, because a value in them is not what its column says, such as a
    /// negative number of tokens.
    pub n_unreadable: u64,
}

/// What a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The path of the file, or `:memory:`.
    pub path: String,
    /// Its size in bytes, with what is still in the write-ahead log.
    pub size_bytes: u64,
    /// The version of its schema, from 1.
    pub schema_version: i64,
    /// Its tables of telemetry.
    pub tables: Vec<TableSize>,
    /// When the newest call was made, UTC, as the table has it.
    pub newest_event: Option<String>,
}

/// A table and its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// The name of the table.
    pub name: &'static str,
    /// Its number of rows.
    pub n_rows: u64,
}
