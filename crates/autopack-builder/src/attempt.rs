//! One job: decide, call, keep, record; and once more with a larger ceiling where that may help.

use std::time::Duration;

use autopack_core::{
    CeilingParameter, Decision, Escalation, Lookup, Question, Spent, StopReason, Target, Usage,
    decide, escalate,
};
use autopack_provider::{Answer, Labels, ProviderError};
use autopack_store::{EscalationEvent, EstimationEvent, StoreError, decision_steps_json};
use autopack_wire::{Reply, Request};
use jiff::Timestamp;

use crate::outcome::{Attempt, Failure, Outcome, failure_of};
use crate::prompt;
use crate::runner::{Job, Progress, Runner};

/// How many attempts a job has: the first, and one escalation (P10: once per phase).
const MAX_ATTEMPTS: u32 = 2;

/// Runs one job to its outcome.
pub(crate) async fn run(
    runner: &Runner,
    job: &Job,
    on_progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Outcome {
    let Lookup { entry, .. } = runner.settings.catalogue.find(job.provider, &job.model);
    let target = Target {
        provider: job.provider,
        model_limit: entry.max_output_tokens,
        thinking_budget: None,
    };
    let mut decision = decide(Question {
        phase: &job.phase,
        policy: &runner.settings.policy,
        workspace: runner.settings.workspace.as_ref(),
        context: None,
        target,
    });
    on_progress(Progress::Started(job));
    let mut outcome = begin(job);
    for number in 1..=MAX_ATTEMPTS {
        let call = Call {
            runner,
            job,
            parameter: entry.ceiling_parameter,
            number,
        };
        let attempt = call.make(decision.clone(), &mut outcome).await;
        let next = escalation(&attempt, target, runner)
            .filter(|_| number < MAX_ATTEMPTS && !attempt.is_lost());
        call.record(&attempt, next.as_ref(), &mut outcome).await;
        outcome.attempts.push(attempt);
        let Some(next) = next else { break };
        on_progress(Progress::Escalated(job, next.ceiling));
        decision = decision.escalated(&next);
    }
    on_progress(Progress::Done(&outcome));
    outcome
}

fn begin(job: &Job) -> Outcome {
    Outcome {
        phase_id: job.phase.phase_id.clone(),
        category: job.phase.category_or_inferred().to_string(),
        complexity: job.phase.complexity,
        provider: job.provider,
        model: job.model.clone(),
        attempts: Vec::new(),
        output: None,
        unrecorded: None,
    }
}

/// The larger ceiling that may help, where the attempt came back and did not fit.
fn escalation(attempt: &Attempt, target: Target, runner: &Runner) -> Option<Escalation> {
    escalate(
        spent(attempt),
        target.model_limit,
        &runner.settings.policy.numbers().escalation,
    )
}

fn spent(attempt: &Attempt) -> Spent {
    Spent {
        selected_budget: attempt.decision.selected_budget,
        actual_max_tokens: attempt.decision.actual_max_tokens,
        output_tokens: attempt.usage.output.reported(),
        truncated: attempt
            .stop
            .as_ref()
            .is_some_and(|stop| stop.reason == StopReason::MaxTokens),
        // A reply is prose here: whatever came whole can be read.
        parsed: true,
    }
}

/// One call of a job.
struct Call<'a> {
    runner: &'a Runner,
    job: &'a Job,
    parameter: CeilingParameter,
    number: u32,
}

impl Call<'_> {
    async fn make(&self, decision: Decision, outcome: &mut Outcome) -> Attempt {
        match self.send(&decision).await {
            Ok(Answer { reply, latency, .. }) => self.keep(decision, reply, latency, outcome),
            Err(error) => Attempt {
                decision,
                usage: Usage::default(),
                stop: None,
                failure: Some(Failure::Provider(error)),
                latency: None,
            },
        }
    }

    async fn send(&self, decision: &Decision) -> Result<Answer, ProviderError> {
        let settings = &self.runner.settings;
        let client = settings
            .clients
            .get(&self.job.provider)
            .expect("a client for every job");
        let user = prompt::user(&self.job.phase);
        let request = Request {
            model: &self.job.model,
            system: prompt::SYSTEM,
            user: &user,
            ceiling: decision.actual_max_tokens,
            parameter: self.parameter,
            stream: settings.stream,
        };
        let labels = Labels {
            run_id: &settings.run_id,
            phase_id: &self.job.phase.phase_id,
            attempt: self.number,
        };
        client.send(&request, labels).await
    }

    /// Keeps the text, also of a reply that was cut off: what is there is there.
    fn keep(
        &self,
        decision: Decision,
        reply: Reply,
        latency: Duration,
        outcome: &mut Outcome,
    ) -> Attempt {
        let mut failure = failure_of(&reply.stop, &reply.text);
        let output = &self.runner.settings.output;
        if !reply.text.is_empty() {
            match output.keep(self.job.provider, &self.job.phase.phase_id, &reply.text) {
                Ok(path) => outcome.output = Some(path),
                Err(error) => failure = Some(Failure::Output(error)),
            }
        }
        Attempt {
            decision,
            usage: reply.usage,
            stop: Some(reply.stop),
            failure,
            latency: Some(latency),
        }
    }

    /// Writes the attempt's rows; one that the database refuses goes to a file.
    async fn record(&self, attempt: &Attempt, next: Option<&Escalation>, outcome: &mut Outcome) {
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
        EstimationEvent {
            run_id: self.runner.settings.run_id.clone(),
            phase_id: phase.phase_id.clone(),
            timestamp: Timestamp::now(),
            attempt: self.number,
            chain_id: Some(self.chain_id()),
            provider: self.job.provider,
            route: self.route(),
            model: self.job.model.clone(),
            category: phase.category_or_inferred(),
            complexity: phase.complexity,
            deliverables: phase.deliverables.as_slice().to_vec(),
            n_scope_paths: Some(phase.scope_paths.len()),
            doc_features: estimate.and_then(|estimate| estimate.doc_features),
            sot_file: estimate.and_then(|estimate| estimate.sot_file.clone()),
            predicted_output_tokens: estimate.map(|estimate| estimate.output_tokens),
            estimated_category: estimate.map(|estimate| estimate.category.clone()),
            confidence: estimate.map(|estimate| estimate.confidence),
            requested_max_tokens: phase.caller_ceiling,
            selected_budget: decision.selected_budget,
            actual_max_tokens: Some(decision.actual_max_tokens),
            wire_parameter: Some(self.parameter.as_str().to_owned()),
            policy_version: Some(self.runner.settings.policy.name().to_owned()),
            decision_steps_json: Some(decision_steps_json(decision.steps())),
            // The cells of the default policy; a learned policy has finer ones.
            group_key: Some(format!(
                "{}/{}",
                phase.category_or_inferred(),
                phase.complexity
            )),
            usage: attempt.usage,
            stop: attempt.stop.clone(),
            success: attempt.is_success(),
            failure: attempt
                .failure
                .as_ref()
                .map(|failure| failure.as_str().to_owned()),
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
            spent: spent(attempt),
            escalation: *escalation,
        }
    }

    /// What joins the attempts of one job.
    fn chain_id(&self) -> String {
        let run_id = &self.runner.settings.run_id;
        format!("{run_id}/{}/{}", self.job.phase.phase_id, self.job.provider)
    }

    /// Provider and host: what has economics of its own.
    fn route(&self) -> Option<String> {
        let client = self.runner.settings.clients.get(&self.job.provider)?;
        Some(format!(
            "{}@{}",
            self.job.provider,
            client.endpoint().host()
        ))
    }
}
