//! What a run says when it is over: a table, totals, and where things are.

use std::collections::BTreeSet;
use std::path::PathBuf;

use autopack_builder::{Attempt, Job, Outcome, Truncation};
use autopack_core::policy::Side;
use autopack_core::{OutputObserved, Tokens, waste};
use autopack_stats::Sample;
use serde_json::{Value, json};

use super::BASELINE;
use super::policies::Policies;
use crate::exit::{Exit, Failure};
use crate::output::{self, Align, Table};

/// What a run came to.
pub(in crate::commands) struct Summary {
    pub(super) run_id: String,
    pub(super) policies: Policies,
    /// Each phase on each provider.
    pub(in crate::commands) jobs: Vec<Job>,
    /// How many of them were done already.
    pub(super) n_done: usize,
    /// Whether the user stopped the run.
    pub(super) interrupted: bool,
    /// What became of the jobs, in order; those that did not begin are missing.
    pub(in crate::commands) outcomes: Vec<Outcome>,
    pub(super) out: PathBuf,
    pub(super) recorded_in: Option<String>,
}

impl Summary {
    /// Done where every phase has its reply; outside where the world failed; else no.
    pub(in crate::commands) fn exit(&self) -> Exit {
        let mut failures = self
            .outcomes
            .iter()
            .filter_map(|outcome| outcome.last().failure.as_ref());
        let unrecorded = self
            .outcomes
            .iter()
            .any(|outcome| outcome.unrecorded.is_some());
        if unrecorded || failures.clone().any(autopack_builder::Failure::is_outside) {
            Exit::Outside
        } else if failures.next().is_some() || self.n_left_out() > 0 {
            Exit::No
        } else {
            Exit::Done
        }
    }

    pub(super) fn print(&self, json: bool) -> Result<(), Failure> {
        self.warn();
        if json {
            return output::json(&self.to_json());
        }
        output::data(self.table())?;
        output::data(self.totals())
    }

    /// The side of a stage that decided a phase.
    pub(in crate::commands) fn side(&self, phase_id: &str) -> Side {
        self.policies.side(&self.run_id, phase_id)
    }

    /// Says what to look out for; what is true of a phase on all providers, once.
    pub(in crate::commands) fn warn(&self) {
        let mut said = BTreeSet::new();
        for outcome in &self.outcomes {
            let warnings = warnings(outcome);
            for warning in warnings.iter().chain(&outcome.unrecorded) {
                let line = format!("{}: {warning}", outcome.phase_id);
                if !said.contains(&line) {
                    output::warn(&line);
                    said.insert(line);
                }
            }
        }
        if self.n_left_out() > 0 {
            output::warn(format_args!(
                "{} phases were not begun ({}): go on with --resume {}",
                self.n_left_out(),
                self.why_left_out(),
                self.run_id
            ));
        }
    }

    /// Jobs that did not begin.
    fn n_left_out(&self) -> usize {
        self.jobs.len() - self.n_done - self.outcomes.len()
    }

    fn why_left_out(&self) -> &'static str {
        let is_lost = |outcome: &Outcome| {
            matches!(
                outcome.last().failure,
                Some(autopack_builder::Failure::Output(_))
            )
        };
        if self.interrupted {
            "the run was interrupted"
        } else if self.outcomes.iter().any(is_lost) {
            "their replies could not have been kept"
        } else {
            "a phase they come after has failed"
        }
    }

    /// What the ceilings of the baseline would have reserved, where there is one.
    fn baseline(&self) -> Option<Tokens> {
        let baselines: Vec<Tokens> = self
            .outcomes
            .iter()
            .filter_map(|outcome| outcome.baseline)
            .collect();
        (!baselines.is_empty()).then(|| baselines.into_iter().sum())
    }

    fn table(&self) -> Table {
        let mut columns = vec![
            ("phase", Align::Left),
            ("category", Align::Left),
            ("complexity", Align::Left),
            ("provider", Align::Left),
            ("selected budget", Align::Right),
            ("ceiling", Align::Right),
            ("actual", Align::Right),
            ("waste", Align::Right),
            ("truncated", Align::Left),
        ];
        if self.baseline().is_some() {
            columns.push((BASELINE, Align::Right));
        }
        let mut table = Table::new(&columns);
        for outcome in &self.outcomes {
            let attempt = outcome.last();
            let mut cells = vec![
                outcome.phase_id.clone(),
                outcome.category.clone(),
                outcome.complexity.to_string(),
                outcome.upstream.to_string(),
                output::known(attempt.decision.selected_budget),
                ceilings(outcome),
                observed(outcome),
                output::ratio(outcome.waste()),
                truncated(outcome),
            ];
            cells.extend(outcome.baseline.map(|tokens| tokens.to_string()));
            table.row(cells);
        }
        table
    }

    fn attempts(&self) -> impl Iterator<Item = &Attempt> {
        self.outcomes.iter().flat_map(|outcome| &outcome.attempts)
    }

    /// Tokens that all calls together held against a rate limit.
    fn reserved(&self) -> Tokens {
        self.attempts()
            .map(|attempt| attempt.decision.actual_max_tokens)
            .sum()
    }

    fn used(&self) -> Tokens {
        self.attempts()
            .filter_map(|attempt| attempt.usage.output.reported())
            .sum()
    }

    fn mean_waste(&self) -> Option<f64> {
        self.outcomes
            .iter()
            .filter_map(Outcome::waste)
            .collect::<Sample>()
            .mean()
    }

    pub(in crate::commands) fn totals(&self) -> String {
        let (reserved, used) = (self.reserved(), self.used());
        let succeeded = self
            .outcomes
            .iter()
            .filter(|outcome| outcome.last().is_success())
            .count();
        let n_truncated = self
            .attempts()
            .filter(|attempt| attempt.is_truncated())
            .count();
        let mut lines = vec![format!(
            "{succeeded} of {} with a reply, {} calls, {n_truncated} truncated",
            self.jobs.len() - self.n_done,
            self.attempts().count(),
        )];
        lines.push(format!(
            "reserved {} tokens, used {}: waste {} in all, {} on average",
            output::thousands(reserved.get()),
            output::thousands(used.get()),
            output::ratio(waste(reserved, used)),
            output::ratio(self.mean_waste()),
        ));
        if let Some(before) = self.baseline() {
            lines.push(format!(
                "the ceilings of `{BASELINE}` would have reserved {} tokens",
                output::thousands(before.get()),
            ));
        }
        lines.extend(self.policies.lines(&self.run_id, &self.outcomes));
        lines.push(format!("replies in {}", self.out.display()));
        lines.push(match &self.recorded_in {
            Some(database) => format!("telemetry in {database}"),
            None => "telemetry off".to_owned(),
        });
        lines.join("\n")
    }

    pub(in crate::commands) fn to_json(&self) -> Value {
        let phases: Vec<Value> = self.outcomes.iter().map(outcome_json).collect();
        let (reserved, used) = (self.reserved(), self.used());
        json!({
            "run_id": self.run_id,
            "policy": self.policies.name(),
            "policy_from": self.policies.source(),
            "stage": self.policies.stage_json(&self.outcomes),
            "phases": phases,
            "totals": {
                "n_phases": self.outcomes.len(),
                "n_done_before": self.n_done,
                "n_left_out": self.n_left_out(),
                "n_calls": self.attempts().count(),
                "n_truncated": self.attempts().filter(|attempt| attempt.is_truncated()).count(),
                "reserved_tokens": reserved,
                "used_tokens": used,
                "waste_ratio": waste(reserved, used),
                "mean_waste_ratio": self.mean_waste(),
            },
            "replies": self.out,
            "telemetry": self.recorded_in,
        })
    }
}

/// What the decision warned of; later attempts only repeat it.
fn warnings(outcome: &Outcome) -> Vec<String> {
    let warnings = outcome.last().decision.warnings.iter();
    warnings.map(ToString::to_string).collect()
}

/// The ceiling, or those of the parts that the answer came in.
fn ceilings(outcome: &Outcome) -> String {
    let parts = outcome.parts().iter();
    let ceilings = parts.map(|part| part.decision.actual_max_tokens.to_string());
    ceilings.collect::<Vec<_>>().join(" + ")
}

/// What came out, part by part; of a last one that was cut off it is the least.
fn observed(outcome: &Outcome) -> String {
    let mut terms: Vec<String> = outcome
        .parts()
        .iter()
        .map(|part| output::known(part.usage.output.reported()))
        .collect();
    if let (OutputObserved::AtLeast(tokens), Some(last)) =
        (outcome.last().observed(), terms.last_mut())
    {
        *last = format!("≥ {tokens}");
    }
    terms.join(" + ")
}

/// How the attempts were cut off, one after the other, and what came of it.
fn truncated(outcome: &Outcome) -> String {
    let attempts = outcome.attempts.iter();
    let cuts: Vec<Truncation> = attempts.filter_map(|attempt| attempt.truncation).collect();
    let in_a_row = cuts.chunk_by(|one, next| one == next);
    let mut words: Vec<String> = in_a_row
        .map(|cuts| match cuts.len() {
            1 => cuts[0].as_str().to_owned(),
            n_cuts => format!("{} × {n_cuts}", cuts[0].as_str()),
        })
        .collect();
    let last = outcome.last();
    match &last.failure {
        _ if last.is_truncated() => {}
        Some(failure) => words.push(format!("failed: {}", failure.as_str())),
        None if words.is_empty() => words.push("no".to_owned()),
        None => words.push("then whole".to_owned()),
    }
    words.join(", ")
}

fn outcome_json(outcome: &Outcome) -> Value {
    let attempt = outcome.last();
    json!({
        "phase_id": outcome.phase_id,
        "category": outcome.category,
        "complexity": outcome.complexity.as_str(),
        "provider": outcome.provider,
        "upstream": outcome.upstream.as_str(),
        "model": outcome.model,
        "policy": outcome.policy,
        "selected_budget": attempt.decision.selected_budget,
        "actual_max_tokens": attempt.decision.actual_max_tokens,
        "actual_output_tokens": attempt.usage.output.reported(),
        "reasoning_tokens": attempt.usage.reasoning.reported(),
        "input_tokens": attempt.usage.input.reported(),
        "thinking_budget_tokens": attempt.decision.thinking_budget,
        "n_http_calls": attempt.n_calls,
        "waste": outcome.waste(),
        "truncated": attempt.is_truncated(),
        "truncation": attempt.truncation.map(Truncation::as_str),
        "stop_reason": attempt.stop.as_ref().map(|stop| stop.reason.as_str()),
        "success": attempt.is_success(),
        "failure": attempt.failure.as_ref().map(autopack_builder::Failure::as_str),
        "message": attempt.failure.as_ref().map(ToString::to_string),
        "n_attempts": outcome.attempts.len(),
        "attempts": outcome.attempts.iter().map(attempt_json).collect::<Vec<_>>(),
        "warnings": warnings(outcome),
        "pre_142_max_tokens": outcome.baseline,
        "output": outcome.output,
        "changed": outcome.built.as_ref().map(|built| {
            built.paths.iter().map(ToString::to_string).collect::<Vec<_>>()
        }),
        "commit": outcome.built.as_ref().and_then(|built| built.commit.as_deref()),
    })
}

fn attempt_json(attempt: &Attempt) -> Value {
    json!({
        "extent": attempt.extent.as_str(),
        "actual_max_tokens": attempt.decision.actual_max_tokens,
        "actual_output_tokens": attempt.usage.output.reported(),
        "truncation": attempt.truncation.map(Truncation::as_str),
    })
}
