//! The row of an attempt that is over.

use std::sync::Arc;
use std::time::Duration;

use autopack_core::{Category, Tokens};
use autopack_store::EstimationEvent;
use jiff::Timestamp;

use super::{Call, Ending};
use crate::decide::Learning;

/// The category of work that nobody named.
const NO_CATEGORY: &str = "unknown";

/// The model of a request that does not name one.
const NO_MODEL: &str = "unknown";

/// What is known of an attempt that is over. Whoever keeps it makes the event of it, off the call's path.
#[derive(Debug)]
pub struct ClosedRow {
    pub(super) call: Arc<Call>,
    pub(super) attempt: u32,
    pub(super) sent: Option<Tokens>,
    pub(super) timestamp: Timestamp,
    pub(super) latency: Duration,
    pub(super) ending: Ending,
}

impl ClosedRow {
    /// What is written down of it.
    #[must_use]
    pub fn event(&self) -> EstimationEvent {
        let Self { call, ending, .. } = self;
        let Call {
            labels,
            asked,
            decision,
            ..
        } = &**call;
        let (run_id, phase_id) = labels.run_and_phase();
        EstimationEvent {
            run_id,
            phase_id,
            timestamp: self.timestamp,
            attempt: self.attempt,
            chain_id: Some(call.id.to_string()),
            provider: call.dialect.provider(),
            upstream: Some(call.upstream.name().to_string()),
            route: Some(call.upstream.endpoint.route()),
            model: asked.model.clone().unwrap_or_else(|| NO_MODEL.to_owned()),
            effort: asked.effort.clone(),
            // What its calls have in common is in the name of the group.
            template: None,
            estimated_input: Some(asked.prediction.input()).filter(|input| input.get() > 0),
            category: labels
                .category
                .clone()
                .unwrap_or_else(|| Category::Other(NO_CATEGORY.into())),
            complexity: labels.complexity.unwrap_or_default(),
            deliverables: Vec::new(),
            n_scope_paths: None,
            doc_features: None,
            sot_file: None,
            predicted_output_tokens: None,
            estimated_category: None,
            confidence: None,
            requested_max_tokens: decision.requested,
            selected_budget: decision.selected_budget,
            actual_max_tokens: self.sent,
            thinking_budget: asked.thinking_budget,
            wire_parameter: self.sent.map(|_| call.parameter.as_str().to_owned()),
            policy_version: decision
                .selected_budget
                .map(|_| Learning::policy().to_owned()),
            decision_steps_json: None,
            group_key: decision.group.as_ref().map(|group| group.name().to_owned()),
            usage: ending.usage,
            stop: ending.stop.clone(),
            truncation: ending.truncation.map(|kind| kind.as_str().to_owned()),
            success: ending.is_whole(),
            failure: ending.failure.map(str::to_owned),
            n_http_calls: Some(1),
            latency: Some(self.latency),
        }
    }
}
