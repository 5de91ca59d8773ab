//! One job: decide, call, keep, record; and once more with a larger ceiling where that may help.

use autopack_core::{
    Decision, Escalation, Lookup, Policy, Question, Spent, StopReason, Target, ThinkingSetting,
    Tokens, decide, escalate,
};

use crate::build::BuildError;
use crate::call::Call;
use crate::outcome::{Attempt, Failure, Outcome};
use crate::runner::{Job, Progress, Runner};

/// Runs one job to its outcome.
pub(crate) async fn run(
    runner: &Runner,
    job: &Job,
    on_progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Outcome {
    let settings = &runner.settings;
    let policy = runner.policy_of(job);
    let workspace = settings.workspace.as_ref();
    let Lookup { entry, .. } = settings.catalogue.find(job.provider, &job.model);
    let learned = settings.upstreams.learned(&job.upstream, &job.model);
    let target = Target {
        provider: job.provider,
        model_limit: learned.limit.map_or(entry.max_output_tokens, |limit| {
            entry.max_output_tokens.at_most(limit)
        }),
        thinking_budget: job.thinking.and_then(ThinkingSetting::budget),
    };
    let building = settings.building.as_ref();
    let asked = building.map(|building| building.ask(&job.phase, policy, workspace));
    let (asked, unasked) = match asked.transpose() {
        Ok(asked) => (asked, None),
        Err(error) => (None, Some(error)),
    };
    let question = Question {
        phase: &job.phase,
        policy,
        workspace,
        context: asked.as_ref().map(|asked| &asked.context[..]),
        target,
    };
    let decision = decide(question);
    on_progress(Progress::Started(job));
    let mut outcome = begin(job, policy);
    outcome.baseline = settings.baseline.as_ref().map(|policy| {
        let question = Question { policy, ..question };
        decide(question).actual_max_tokens
    });
    if let Some(error) = unasked {
        let failure = Failure::Prompt(error);
        outcome
            .attempts
            .push(Attempt::without_reply(decision, failure));
    } else {
        let call = Call {
            runner,
            job,
            parameter: learned.parameter.unwrap_or(job.ceiling_parameter),
            asked: asked.as_ref(),
            model_limit: target.model_limit,
            number: 1,
            n_calls: 0,
        };
        attempts(call, Ready::first(decision), &mut outcome, on_progress).await;
    }
    on_progress(Progress::Done(&outcome));
    outcome
}

/// The attempts of a job: after each, the one that may still help.
async fn attempts(
    mut call: Call<'_>,
    first: Ready,
    outcome: &mut Outcome,
    on_progress: &(dyn Fn(Progress<'_>) + Sync),
) {
    let mut may_escalate = true;
    let mut may_correct = true;
    let mut ready = Some(first);
    while let Some(next) = ready.take() {
        let attempt = call.make(next, outcome).await;
        let escalation = escalation(&attempt, call.model_limit, call.runner.policy_of(call.job))
            .filter(|_| may_escalate && !attempt.is_lost());
        call.record(&attempt, escalation.as_ref(), outcome).await;
        if let Some(escalation) = escalation {
            may_escalate = false;
            on_progress(Progress::Escalated(call.job, escalation.ceiling));
            ready = Some(Ready::escalated(&attempt, &escalation));
        } else if may_correct {
            may_correct = false;
            ready = Ready::corrected(&attempt);
            if ready.is_some() {
                on_progress(Progress::Corrected(call.job));
            }
        }
        outcome.attempts.push(attempt);
        call.number += 1;
    }
}

/// An attempt that may be sent, once. There are three ways to one, and none of them leads from a reply
/// that was cut off back to the same ceiling.
pub(crate) struct Ready {
    pub(crate) decision: Decision,
    /// What was wrong with the answer before, to be told to the model.
    pub(crate) correction: Option<String>,
}

impl Ready {
    /// The first attempt of a job.
    fn first(decision: Decision) -> Self {
        Self {
            decision,
            correction: None,
        }
    }

    /// The next attempt after one that did not fit: with the larger ceiling.
    fn escalated(attempt: &Attempt, escalation: &Escalation) -> Self {
        Self::first(attempt.decision.clone().escalated(escalation))
    }

    /// The next attempt after a whole answer that could not be used: told what was wrong with it.
    fn corrected(attempt: &Attempt) -> Option<Self> {
        match &attempt.failure {
            Some(Failure::Build(error)) if !error.is_outside() && !attempt.is_truncated() => {
                Some(Self {
                    decision: attempt.decision.clone(),
                    correction: Some(error.to_string()),
                })
            }
            _ => None,
        }
    }
}

fn begin(job: &Job, policy: &Policy) -> Outcome {
    Outcome {
        phase_id: job.phase.phase_id.clone(),
        category: job.phase.category_or_inferred().to_string(),
        complexity: job.phase.complexity,
        upstream: job.upstream.clone(),
        provider: job.provider,
        model: job.model.clone(),
        policy: policy.name().to_owned(),
        baseline: None,
        attempts: Vec::new(),
        output: None,
        built: None,
        unrecorded: None,
    }
}

/// The larger ceiling that may help, where the attempt came back and did not fit.
fn escalation(attempt: &Attempt, limit: Tokens, policy: &Policy) -> Option<Escalation> {
    escalate(spent(attempt), limit, &policy.numbers().escalation)
}

pub(crate) fn spent(attempt: &Attempt) -> Spent {
    Spent {
        selected_budget: attempt.decision.selected_budget,
        actual_max_tokens: attempt.decision.actual_max_tokens,
        output_tokens: attempt.usage.output.reported(),
        truncated: attempt
            .stop
            .as_ref()
            .is_some_and(|stop| stop.reason == StopReason::MaxTokens),
        parsed: !matches!(attempt.failure, Some(Failure::Build(BuildError::Format(_)))),
    }
}
