//! What is written down about one escalation.

use autopack_core::{Escalation, Provider, Spent};
use jiff::Timestamp;

use crate::column::Column;
use crate::time::utc_text;

/// A second attempt at a larger ceiling: what triggered it and where its ceiling comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct EscalationEvent {
    /// The run it belongs to.
    pub run_id: String,
    /// The phase it belongs to.
    pub phase_id: String,
    /// When it was decided.
    pub timestamp: Timestamp,
    /// The attempt that triggered it, from 1.
    pub attempt: u32,
    /// Whom the call went to.
    pub provider: Provider,
    /// The chain: a call and its retries.
    pub chain_id: Option<String>,
    /// What that attempt did with its ceiling.
    pub spent: Spent,
    /// The attempt that follows.
    pub escalation: Escalation,
}

/// The column of the utilization is in percent, the number in core a fraction.
const PERCENT: f64 = 100.0;

impl EscalationEvent {
    pub(crate) const TABLE: &'static str = "token_budget_escalation_events";

    /// Every column but the key.
    pub(crate) fn columns(&self) -> Vec<Column<'_>> {
        let Escalation {
            reason,
            base,
            base_source,
            factor,
            utilization,
            ceiling,
        } = self.escalation;
        let percent = utilization.map(|share| share * PERCENT);
        vec![
            ("run_id", self.run_id.as_str().into()),
            ("phase_id", self.phase_id.as_str().into()),
            ("timestamp", utc_text(self.timestamp).into()),
            ("attempt_index", self.attempt.into()),
            ("reason", reason.as_str().into()),
            ("was_truncated", self.spent.truncated.into()),
            ("output_utilization", percent.into()),
            ("escalation_factor", factor.into()),
            ("base_value", base.into()),
            ("base_source", base_source.as_str().into()),
            ("retry_max_tokens", ceiling.into()),
            ("selected_budget", self.spent.selected_budget.into()),
            ("actual_max_tokens", self.spent.actual_max_tokens.into()),
            ("tokens_used", self.spent.output_tokens.into()),
            ("provider", self.provider.as_str().into()),
            ("chain_id", self.chain_id.as_deref().into()),
        ]
    }
}
