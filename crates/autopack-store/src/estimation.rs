//! What is written down about one call.

use std::time::Duration;

use autopack_core::{
    Category, Complexity, DocFeatures, Provider, Stop, Tokens, Usage, smape_percent, waste,
};
use jiff::Timestamp;

use crate::column::Column;
use crate::time::utc_text;

/// The most deliverables an event lists: the reference's limit, so that a row stays below 4 KiB of
/// them. How many there are in truth is a column of its own.
const MAX_DELIVERABLES: usize = 20;

/// The most characters kept of a deliverable and of a provider's own words: the reference's limit
/// for deliverables. Nothing that is longer is a path or a stop reason.
const MAX_TEXT_CHARS: usize = 200;

/// One call: what was asked, predicted, intended and sent, and what came back. Written when the
/// call is over, whether or not it came back.
#[derive(Clone, Debug, PartialEq)]
pub struct EstimationEvent {
    /// The run the call belongs to.
    pub run_id: String,
    /// The phase the call belongs to.
    pub phase_id: String,
    /// When the call was made.
    pub timestamp: Timestamp,
    /// Which attempt of its chain this was, from 1.
    pub attempt: u32,
    /// The chain: a call and its retries.
    pub chain_id: Option<String>,

    /// Whom the call went to.
    pub provider: Provider,
    /// The name of the server the call went to.
    pub upstream: Option<String>,
    /// Upstream and host, in one name.
    pub route: Option<String>,
    /// The model, as named in the request.
    pub model: String,
    /// How hard it was told to think, in a word of [`autopack_core::CallFacts::effort_of`] or of the
    /// provider; `None` where that is not known.
    pub effort: Option<String>,
    /// The form of the prompt, by name.
    pub template: Option<String>,
    /// What was estimated to go in, before the call.
    pub estimated_input: Option<Tokens>,

    /// What the phase was called.
    pub category: Category,
    /// How hard the phase was said to be.
    pub complexity: Complexity,
    /// The deliverables; the first 20 are kept, 200 characters of each.
    pub deliverables: Vec<String>,
    /// How many paths were in scope, where that is known; kept as `none`, `some` or `strong`.
    pub n_scope_paths: Option<usize>,
    /// What a documentation phase asked for.
    pub doc_features: Option<DocFeatures>,
    /// The source-of-truth file the phase updates.
    pub sot_file: Option<String>,

    /// The prediction; `None` where there was nothing to predict from, and where only the rest of an
    /// answer was asked for.
    pub predicted_output_tokens: Option<Tokens>,
    /// What the phase was estimated as.
    pub estimated_category: Option<Category>,
    /// How sure the estimate was, 0 to 1.
    pub confidence: Option<f64>,

    /// The client's own ceiling.
    pub requested_max_tokens: Option<Tokens>,
    /// What the estimator wanted.
    pub selected_budget: Option<Tokens>,
    /// The ceiling, exactly as sent.
    pub actual_max_tokens: Option<Tokens>,
    /// The thinking budget that went along, inside the ceiling.
    pub thinking_budget: Option<Tokens>,
    /// The field in which the ceiling was sent.
    pub wire_parameter: Option<String>,
    /// The policy that decided.
    pub policy_version: Option<String>,
    /// The steps of the decision, from [`crate::decision_steps_json`].
    pub decision_steps_json: Option<String>,
    /// The cell this call is learned in; `None` where only the rest of an answer was asked for.
    pub group_key: Option<String>,

    /// What the provider says was used.
    pub usage: Usage,
    /// Why the output ended; `None` where no reply came.
    pub stop: Option<Stop>,
    /// How the output was cut off, in a word such as `at_ceiling`; `None` where it was not, or where
    /// nothing but the stop reason is known of it.
    pub truncation: Option<String>,
    /// The reply could be used for what it was asked for.
    pub success: bool,
    /// The kind of a failed call, such as `timed_out`; `None` where the call came back.
    pub failure: Option<String>,
    /// How many calls over HTTP the attempt took, the failed ones included.
    pub n_http_calls: Option<u32>,
    /// From sending the request to the end of the reply.
    pub latency: Option<Duration>,
}

impl EstimationEvent {
    pub(crate) const TABLE: &'static str = "token_estimation_v2_events";

    /// Every column but the key.
    pub(crate) fn columns(&self, created_at: &str) -> Vec<Column<'_>> {
        let reference = self.reference_columns(created_at);
        let own = self.own_columns();
        let mut columns = Vec::with_capacity(reference.len() + own.len());
        columns.extend(reference);
        columns.extend(own);
        columns
    }

    /// The columns of the Python Autopack.
    fn reference_columns(&self, created_at: &str) -> [Column<'_>; 27] {
        let features = self.doc_features;
        let predicted = self.predicted_output_tokens;
        let actual = self.usage.output.reported();
        let both = predicted.zip(actual);
        let is_said = self.stop.as_ref().is_some_and(Stop::is_truncated);
        let truncated = is_said || self.truncation.is_some();
        let stop_reason = self.stop.as_ref().map(|stop| stop.reason.as_str());
        [
            ("run_id", self.run_id.as_str().into()),
            ("phase_id", self.phase_id.as_str().into()),
            ("timestamp", utc_text(self.timestamp).into()),
            ("category", self.category.as_str().into()),
            ("complexity", self.complexity.as_str().into()),
            ("deliverable_count", self.deliverables.len().into()),
            (
                "deliverables_json",
                deliverables_json(&self.deliverables).into(),
            ),
            ("predicted_output_tokens", predicted.into()),
            ("actual_output_tokens", actual.into()),
            ("selected_budget", self.selected_budget.into()),
            ("actual_max_tokens", self.actual_max_tokens.into()),
            ("success", self.success.into()),
            ("truncated", truncated.into()),
            ("stop_reason", stop_reason.into()),
            ("model", self.model.as_str().into()),
            (
                "smape_percent",
                both.and_then(|(p, a)| smape_percent(p, a)).into(),
            ),
            // The reference's column of this name is predicted over actual: the same division.
            ("waste_ratio", both.and_then(|(p, a)| waste(p, a)).into()),
            // Of a truncated call the actual is a lower bound, and above it is above it.
            ("underestimated", both.map(|(p, a)| a > p).into()),
            ("is_truncated_output", truncated.into()),
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
            (
                "context_quality",
                self.n_scope_paths.map(context_quality).into(),
            ),
            ("is_sot_file", self.sot_file.is_some().into()),
            ("sot_file_name", self.sot_file.as_deref().into()),
            ("created_at", created_at.to_owned().into()),
        ]
    }

    /// The columns that are new.
    fn own_columns(&self) -> [Column<'_>; 23] {
        let native = self.stop.as_ref().and_then(|stop| stop.native.as_deref());
        let estimated_category = self.estimated_category.as_ref().map(Category::as_str);
        [
            ("provider", self.provider.as_str().into()),
            ("upstream", self.upstream.as_deref().into()),
            ("route", self.route.as_deref().into()),
            ("requested_max_tokens", self.requested_max_tokens.into()),
            ("reasoning_tokens", self.usage.reasoning.reported().into()),
            ("input_tokens", self.usage.input.reported().into()),
            ("native_stop_reason", native.map(cut).into()),
            ("attempt", self.attempt.into()),
            ("chain_id", self.chain_id.as_deref().into()),
            ("policy_version", self.policy_version.as_deref().into()),
            (
                "decision_steps_json",
                self.decision_steps_json.as_deref().into(),
            ),
            ("group_key", self.group_key.as_deref().into()),
            ("latency_ms", self.latency.into()),
            ("estimated_category", estimated_category.into()),
            ("confidence", self.confidence.into()),
            ("thinking_budget_tokens", self.thinking_budget.into()),
            ("n_http_calls", self.n_http_calls.into()),
            ("wire_parameter", self.wire_parameter.as_deref().into()),
            ("failure", self.failure.as_deref().into()),
            ("truncation", self.truncation.as_deref().into()),
            ("effort", self.effort.as_deref().map(cut).into()),
            ("template", self.template.as_deref().map(cut).into()),
            ("estimated_input_tokens", self.estimated_input.into()),
        ]
    }
}

fn deliverables_json(deliverables: &[String]) -> String {
    let kept: Vec<&str> = deliverables
        .iter()
        .take(MAX_DELIVERABLES)
        .map(|deliverable| cut(deliverable))
        .collect();
    serde_json::to_string(&kept).expect("texts always make JSON")
}

/// The first [`MAX_TEXT_CHARS`] characters, never part of one.
fn cut(text: &str) -> &str {
    match text.char_indices().nth(MAX_TEXT_CHARS) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// The reference's word for a number of scope paths.
const fn context_quality(n_scope_paths: usize) -> &'static str {
    match n_scope_paths {
        0 => "none",
        1..=10 => "some",
        _ => "strong",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliverables_are_cut_by_characters() {
        let many: Vec<String> = (0..25).map(|n| format!("src/{n}.rs")).collect();
        let kept: Vec<String> = serde_json::from_str(&deliverables_json(&many)).expect("JSON");
        assert_eq!(kept, many[..20]);

        let long = vec!["ü🦀".repeat(150)];
        let kept: Vec<String> = serde_json::from_str(&deliverables_json(&long)).expect("JSON");
        assert_eq!(kept, ["ü🦀".repeat(100)]);

        assert_eq!(cut(&"é".repeat(200)), "é".repeat(200), "at the limit");
        assert_eq!(deliverables_json(&[]), "[]");
    }

    #[test]
    fn scope_paths_become_the_references_words() {
        assert_eq!(
            [0, 1, 10, 11].map(context_quality),
            ["none", "some", "some", "strong"]
        );
    }
}
