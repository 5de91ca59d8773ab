//! What a row says, in the words of the report.

use autopack_core::{OutputObserved, StopReason, Tokens};
use autopack_store::EstimationRow;
use autopack_wire::Truncation;

/// What is known of the length of the answer.
pub(in crate::commands) fn length(row: &EstimationRow) -> OutputObserved {
    match row.actual_output_tokens {
        None => OutputObserved::Unreported,
        Some(tokens) if row.truncated => OutputObserved::AtLeast(tokens),
        Some(tokens) => OutputObserved::Exactly(tokens),
    }
}

/// The ceiling. Rows from before the split have their final value in the selected budget.
pub(in crate::commands) fn ceiling(row: &EstimationRow) -> Option<Tokens> {
    row.actual_max_tokens.or(row.selected_budget)
}

/// Whether anything came back: output, or an end without a count of it. Cut off without usage is
/// still an answer that came back.
pub(in crate::commands) fn came_back(row: &EstimationRow) -> bool {
    row.actual_output_tokens.is_some() || row.truncated || row.success == Some(true)
}

/// Whether this is the first attempt of its chain; rows that do not say were before there were chains.
pub(in crate::commands) fn is_first_attempt(row: &EstimationRow) -> bool {
    row.attempt.is_none_or(|attempt| attempt <= 1)
}

/// Whether an answer was cut off for a reason that no ceiling mends: that says nothing of the policy.
pub(in crate::commands) fn is_cut_elsewhere(row: &EstimationRow) -> bool {
    let elsewhere = [Truncation::WindowFull, Truncation::Runaway].map(Truncation::as_str);
    let is_named = row
        .truncation
        .as_deref()
        .is_some_and(|kind| elsewhere.contains(&kind));
    // Rows from before the kinds were told say it by their stop reason.
    is_named || row.stop_reason.as_deref() == Some(StopReason::ContextWindow.as_str())
}
