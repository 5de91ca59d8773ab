//! One job: decide, call, keep, record; and again as long as that may help.

use autopack_core::{CallFacts, Lookup, Policy, Question, Target, ThinkingSetting, decide};

use crate::build::Asked;
use crate::call::Call;
use crate::ladder::{Ladder, Next};
use crate::outcome::{Attempt, Extent, Failure, Outcome};
use crate::prompt;
use crate::ready::Ready;
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
        facts: facts(job, asked.as_ref()),
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
            .push(Attempt::without_reply(decision, Extent::Whole, failure));
    } else {
        let call = Call {
            runner,
            job,
            parameter: learned.parameter.unwrap_or(job.ceiling_parameter),
            asked: asked.as_ref(),
            facts: question.facts,
            model_limit: target.model_limit,
            number: 1,
            n_calls: 0,
        };
        attempts(call, Ready::first(decision), &mut outcome, on_progress).await;
    }
    on_progress(Progress::Done(&outcome));
    outcome
}

/// What is known of a call to `job` before it is made. What is asked is the same at every attempt, but for
/// what one has to say of the one before it.
fn facts<'a>(job: &'a Job, asked: Option<&Asked>) -> CallFacts<'a> {
    let (template, n_bytes) = if let Some(Asked { prompt, format, .. }) = asked {
        (format.as_str(), prompt.system.len() + prompt.user.len())
    } else {
        let user = prompt::user(&job.phase);
        (prompt::NAME, prompt::SYSTEM.len() + user.len())
    };
    CallFacts {
        model: Some(&job.model),
        effort: Some(CallFacts::effort_of(job.thinking)),
        template: Some(template),
        estimated_input: Some(CallFacts::input_of_bytes(n_bytes)),
    }
}

/// The attempts of a job: after each, the one that may still help.
async fn attempts(
    mut call: Call<'_>,
    first: Ready,
    outcome: &mut Outcome,
    on_progress: &(dyn Fn(Progress<'_>) + Sync),
) {
    let policy = call.runner.policy_of(call.job);
    let mut ladder = Ladder::new();
    let mut ready = Some(first);
    while let Some(sent) = ready.take() {
        let (attempt, salvage) = call.make(&sent, outcome).await;
        let next = ladder.next(&sent, &attempt, salvage.as_ref(), call.model_limit, policy);
        call.record(&attempt, next.escalation(), outcome).await;
        outcome.attempts.push(attempt);
        call.number += 1;
        ready = match next {
            Next::End => None,
            Next::Continued(ready) => {
                on_progress(Progress::Continued(call.job));
                Some(ready)
            }
            Next::Escalated(ready, escalation) => {
                on_progress(Progress::Escalated(call.job, escalation.ceiling));
                Some(ready)
            }
            Next::Corrected(ready) => {
                on_progress(Progress::Corrected(call.job));
                Some(ready)
            }
        };
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
