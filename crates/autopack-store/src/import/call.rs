//! A call as other sources tell of it: of much, nothing.

use autopack_core::{Category, Complexity, DocFeatures, Provider, Stop, StopReason, Tokens};
use autopack_core::{smape_percent, waste};
use jiff::Timestamp;

use crate::column::Column;
use crate::time::utc_text;

/// What the tables say where a source names no phase, category or model: the reference's own word.
pub(crate) const UNKNOWN: &str = "unknown";

/// A call that was made elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) import_key: String,
    pub(super) run_id: String,
    pub(super) phase_id: Option<String>,
    pub(super) timestamp: Timestamp,
    pub(super) provider: Option<Provider>,
    pub(super) model: Option<String>,
    pub(super) category: Option<Category>,
    pub(super) complexity: Complexity,
    pub(super) n_deliverables: Option<u64>,
    /// From 1.
    pub(super) attempt: Option<u32>,
    pub(super) input: Option<Tokens>,
    pub(super) predicted: Option<Tokens>,
    pub(super) selected_budget: Option<Tokens>,
    pub(super) actual_max_tokens: Option<Tokens>,
    pub(super) output: Option<Tokens>,
    /// Whether it was cut off; where nothing is known of its end, it is not known to be.
    pub(super) is_truncated: bool,
    pub(super) stop: Option<Stop>,
    pub(super) success: Option<bool>,
    pub(super) doc_features: Option<DocFeatures>,
    pub(super) context_quality: Option<String>,
}

impl Call {
    /// Every column that a source may tell of. The others are NULL, or what the table has for them.
    pub(super) fn columns(self, created_at: &str) -> Vec<Column<'static>> {
        let both = self.predicted.zip(self.output);
        let (stop_reason, native) = match self.stop {
            Some(stop) => (Some(stop.reason.as_str()), stop.native),
            None => (None, None),
        };
        let or_unknown = |text: Option<String>| text.unwrap_or_else(|| UNKNOWN.to_owned());
        let category = self.category.as_ref().map_or(UNKNOWN, Category::as_str);
        let features = self.doc_features;
        vec![
            ("run_id", self.run_id.into()),
            ("phase_id", or_unknown(self.phase_id).into()),
            ("timestamp", utc_text(self.timestamp).into()),
            ("category", category.to_owned().into()),
            ("complexity", self.complexity.as_str().into()),
            ("deliverable_count", self.n_deliverables.into()),
            ("predicted_output_tokens", self.predicted.into()),
            ("actual_output_tokens", self.output.into()),
            ("selected_budget", self.selected_budget.into()),
            ("actual_max_tokens", self.actual_max_tokens.into()),
            ("success", self.success.into()),
            ("truncated", self.is_truncated.into()),
            ("stop_reason", stop_reason.into()),
            ("model", or_unknown(self.model).into()),
            (
                "smape_percent",
                both.and_then(|(p, a)| smape_percent(p, a)).into(),
            ),
            // The reference's column of this name is predicted over actual: the same division.
            ("waste_ratio", both.and_then(|(p, a)| waste(p, a)).into()),
            ("underestimated", both.map(|(p, a)| a > p).into()),
            ("is_truncated_output", self.is_truncated.into()),
            (
                "api_reference_required",
                features.map(|asked| asked.api_reference).into(),
            ),
            (
                "examples_required",
                features.map(|asked| asked.examples).into(),
            ),
            (
                "research_required",
                features.map(|asked| asked.research).into(),
            ),
            (
                "usage_guide_required",
                features.map(|asked| asked.usage_guide).into(),
            ),
            ("context_quality", self.context_quality.into()),
            ("created_at", created_at.to_owned().into()),
            ("provider", self.provider.map(Provider::as_str).into()),
            ("input_tokens", self.input.into()),
            ("native_stop_reason", native.into()),
            ("attempt", self.attempt.into()),
            ("import_key", self.import_key.into()),
        ]
    }
}

/// A stop reason in the words of any provider.
pub(super) fn stop_of(native: &str) -> Stop {
    let reason = match native {
        "end_turn" | "stop" | "STOP" | "completed" => StopReason::EndTurn,
        "max_tokens" | "length" | "MAX_TOKENS" | "max_output_tokens" => StopReason::MaxTokens,
        "context_window" | "model_context_window_exceeded" => StopReason::ContextWindow,
        "stop_sequence" => StopReason::StopSequence,
        "tool_use" | "tool_calls" | "function_call" => StopReason::ToolUse,
        "pause" | "pause_turn" => StopReason::Pause,
        "refusal" | "content_filter" | "SAFETY" => StopReason::Refusal,
        _ => StopReason::Unknown,
    };
    Stop {
        reason,
        native: Some(native.to_owned()),
    }
}
