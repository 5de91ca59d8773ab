//! What was expected beside what was found.

use autopack_builder::{Attempt, Job, Outcome};
use serde::Serialize;

use super::expectation::{Expectations, Wanted};
use crate::commands::run::Summary;
use crate::output;

/// One expectation, and what was found.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Finding {
    pub(super) phase_id: String,
    pub(super) upstream: String,
    /// The policy that decided; blank where the phase was not begun.
    pub(super) policy: String,
    pub(super) what: &'static str,
    pub(super) expected: String,
    /// `-` where nothing is known.
    pub(super) found: String,
    pub(super) holds: bool,
}

/// Every expectation of every phase on every provider, in order of the plan.
pub(super) fn findings(expected: &Expectations, summary: &Summary) -> Vec<Finding> {
    let of_job = |job: &Job| {
        let outcome = summary.outcomes.iter().find(|outcome| {
            outcome.phase_id == job.phase.phase_id && outcome.upstream == job.upstream
        });
        let side = summary.side(&job.phase.phase_id);
        of_outcome(
            &expected.of(&job.phase.phase_id, &job.upstream, side),
            job,
            outcome,
        )
    };
    summary.jobs.iter().flat_map(of_job).collect()
}

/// What is expected of a phase on a provider, and what became of it, where it was begun.
fn of_outcome(wanted: &Wanted, job: &Job, outcome: Option<&Outcome>) -> Vec<Finding> {
    let first = outcome.and_then(|outcome| outcome.attempts.first());
    let decision = first.map(|attempt| &attempt.decision);
    let budget = decision.and_then(|decision| decision.selected_budget);
    let ceiling = decision.map(|decision| decision.actual_max_tokens);
    let truncated = outcome.and_then(is_truncated);
    let waste = outcome.and_then(Outcome::waste);
    let finding = |what, expected: String, found: String, holds| Finding {
        phase_id: job.phase.phase_id.clone(),
        upstream: job.upstream.to_string(),
        policy: outcome
            .map(|outcome| outcome.policy.clone())
            .unwrap_or_default(),
        what,
        expected,
        found,
        holds,
    };
    let mut findings = Vec::new();
    if let Some(tokens) = wanted.selected_budget {
        let holds = budget.is_some_and(|budget| budget.get() == tokens);
        let found = output::known(budget);
        findings.push(finding("selected budget", tokens.to_string(), found, holds));
    }
    if let Some(tokens) = wanted.ceiling {
        let holds = ceiling.is_some_and(|ceiling| ceiling.get() == tokens);
        let found = output::known(ceiling);
        findings.push(finding("ceiling", tokens.to_string(), found, holds));
    }
    if let Some(flag) = wanted.truncated {
        let word = |flag| if flag { "yes" } else { "no" };
        let found = output::known(truncated.map(word));
        findings.push(finding(
            "truncated",
            word(flag).to_owned(),
            found,
            truncated == Some(flag),
        ));
    }
    if let Some(most) = wanted.waste_at_most {
        let holds = waste.is_some_and(|waste| waste <= most);
        let expected = format!("at most {most:.2}");
        findings.push(finding("waste", expected, output::ratio(waste), holds));
    }
    findings
}

/// Whether a reply of the phase was cut off; `None` where none came.
fn is_truncated(outcome: &Outcome) -> Option<bool> {
    let mut replies = outcome
        .attempts
        .iter()
        .filter(|attempt| attempt.stop.is_some())
        .peekable();
    replies.peek()?;
    Some(replies.any(Attempt::is_truncated))
}
