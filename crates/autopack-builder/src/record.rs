//! The rows of an attempt, written whether it succeeded or not.

use autopack_core::Escalation;
use autopack_provider::{Client, Repair};
use autopack_store::{EscalationEvent, EstimationEvent, StoreError, decision_steps_json};
use jiff::Timestamp;

use crate::call::Call;
use crate::outcome::{Attempt, Extent, Outcome};

impl Call<'_> {
    /// Writes the attempt's rows; one that the database refuses goes to a file.
    pub(crate) async fn record(
        &self,
        attempt: &Attempt,
        next: Option<&Escalation>,
        outcome: &mut Outcome,
    ) {
        let Some(store) = &self.runner.settings.store else {
            return;
        };
        let event = self.event(attempt);
        if let Err(error) = store.record(&event).await {
            self.keep_row(&error, &event.to_json(), outcome);
        }
        let Some(escalation) = next else { return };
        let event = self.escalation_event(attempt, escalation);
        if let Err(error) = store.record_escalation(&event).await {
            self.keep_row(&error, &event.to_json(), outcome);
        }
    }

    /// Keeps a row that the database refused.
    fn keep_row(&self, error: &StoreError, row: &str, outcome: &mut Outcome) {
        let kept = match self.runner.settings.output.keep_unrecorded(row) {
            Ok(path) => format!("the row is kept in `{}`", path.display()),
            Err(error) => format!("and it could not be kept either: {error}"),
        };
        outcome.unrecorded = Some(format!("{error}; {kept}"));
    }

    fn event(&self, attempt: &Attempt) -> EstimationEvent {
        let phase = &self.job.phase;
        let decision = &attempt.decision;
        let estimate = decision.estimate.as_ref();
        // Of the rest of an answer nothing was predicted, and nothing is to be learned about whole ones.
        let is_whole = attempt.extent == Extent::Whole;
        let predicted = estimate.filter(|_| is_whole);
        EstimationEvent {
            run_id: self.runner.settings.run_id.clone(),
            phase_id: phase.phase_id.clone(),
            timestamp: Timestamp::now(),
            attempt: self.number,
            chain_id: Some(self.chain_id()),
            provider: self.job.provider,
            upstream: Some(self.job.upstream.to_string()),
            route: Some(self.client().endpoint().route()),
            model: self.job.model.clone(),
            effort: self.facts.effort.map(str::to_owned),
            template: self.facts.template.map(str::to_owned),
            estimated_input: self.facts.estimated_input,
            category: phase.category_or_inferred(),
            complexity: phase.complexity,
            deliverables: phase.deliverables.as_slice().to_vec(),
            n_scope_paths: Some(phase.scope_paths.len()),
            doc_features: estimate.and_then(|estimate| estimate.doc_features),
            sot_file: estimate.and_then(|estimate| estimate.sot_file.clone()),
            predicted_output_tokens: predicted.map(|estimate| estimate.output_tokens),
            estimated_category: predicted.map(|estimate| estimate.category.clone()),
            confidence: predicted.map(|estimate| estimate.confidence),
            requested_max_tokens: phase.caller_ceiling,
            selected_budget: decision.selected_budget,
            actual_max_tokens: Some(decision.actual_max_tokens),
            thinking_budget: decision.thinking_budget,
            wire_parameter: Some(self.parameter.as_str().to_owned()),
            policy_version: Some(self.runner.policy_of(self.job).name().to_owned()),
            decision_steps_json: Some(decision_steps_json(decision.steps())),
            // The cells of the default policy; a learned policy has finer ones.
            group_key: is_whole
                .then(|| format!("{}/{}", phase.category_or_inferred(), phase.complexity)),
            usage: attempt.usage,
            stop: attempt.stop.clone(),
            truncation: attempt.truncation.map(|kind| kind.as_str().to_owned()),
            success: attempt.is_success(),
            failure: attempt
                .failure
                .as_ref()
                .map(|failure| failure.as_str().to_owned()),
            n_http_calls: Some(attempt.n_calls).filter(|n_calls| *n_calls > 0),
            latency: attempt.latency,
        }
    }

    fn escalation_event(&self, attempt: &Attempt, escalation: &Escalation) -> EscalationEvent {
        EscalationEvent {
            run_id: self.runner.settings.run_id.clone(),
            phase_id: self.job.phase.phase_id.clone(),
            timestamp: Timestamp::now(),
            attempt: self.number,
            provider: self.job.provider,
            chain_id: Some(self.chain_id()),
            spent: attempt.spent(),
            escalation: *escalation,
        }
    }

    /// What joins the attempts of one job.
    fn chain_id(&self) -> String {
        let run_id = &self.runner.settings.run_id;
        format!("{run_id}/{}/{}", self.job.phase.phase_id, self.job.upstream)
    }

    fn client(&self) -> &Client {
        self.runner.settings.upstreams.client(&self.job.upstream)
    }

    /// Takes in what a refusal taught, and remembers it; where it cannot be kept, it counts for this run.
    pub(crate) async fn learn(&self, repair: Repair, outcome: &mut Outcome) {
        let settings = &self.runner.settings;
        let (upstream, model) = (&self.job.upstream, &self.job.model);
        let learned = settings
            .upstreams
            .learn(upstream, model, repair, Timestamp::now());
        let Some((store, learned)) = settings.store.as_ref().zip(learned) else {
            return;
        };
        if let Err(error) = store.remember_limit(&learned).await {
            outcome.unrecorded = Some(format!("what the refusal said is not remembered: {error}"));
        }
    }
}
