//! Joins the lines of a log into calls and escalations.
//!
//! The reference logged a call in this order: whom it selects, the ceiling as it is sent, usage, the
//! truncation where there was one, the estimate with the outcome, what the builder made of it, and
//! the escalation that follows. Only some lines name the phase; the others are told apart by their
//! numbers. Phases may run side by side, so a few calls are open at a time.

use std::collections::VecDeque;

use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::super::report::ImportReport;
use super::super::{Assumed, Batch};
use super::draft::{Draft, Selected};
use super::escalation;
use super::record::{Enforcement, Escalation, Estimate, Kind, Record, Truncation, Usage};

/// How many calls are open at a time, and how many ceilings wait for their call: more phases than the
/// reference ever ran side by side.
const MAX_OPEN: usize = 16;

/// How far apart two prints of one line may be: each logger asks the clock itself.
const MAX_ECHO: SignedDuration = SignedDuration::from_secs(2);

/// How long a line may wait for the next of its call: longer than the reference waited for a reply, and
/// for what it asked for when that one was cut off.
const MAX_WAIT: SignedDuration = SignedDuration::from_mins(30);

const TWICE: &str = "printed twice";
const NO_USAGE: &str = "a truncation without its [TOKEN_BUDGET] line";
const NO_CALL: &str = "a ceiling ([BUILD-129:P4]) without its call";

/// A ceiling whose call has not come back yet.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    number: u64,
    time: DateTime,
    enforcement: Enforcement,
}

/// The calls of a log on their way.
#[derive(Debug, Default)]
pub(super) struct Joiner {
    run_id: Option<String>,
    selected: Option<Selected>,
    waiting: VecDeque<Waiting>,
    open: VecDeque<Draft>,
}

/// Where what was found goes.
pub(super) struct Found<'a> {
    pub(super) batch: &'a mut Batch,
    pub(super) report: &'a mut ImportReport,
    pub(super) assumed: &'a Assumed,
}

impl Joiner {
    /// Takes in what line `number` tells.
    pub(super) fn take(
        &mut self,
        number: u64,
        time: DateTime,
        record: Record<'_>,
        found: &mut Found<'_>,
    ) {
        match record {
            Record::Usage(usage) => self.usage(number, time, &usage, found),
            Record::Truncation(truncation) => self.truncation(number, truncation, found),
            Record::Estimate(estimate) => self.estimate(number, time, &estimate, found),
            Record::EstimateV1 { predicted, actual } => {
                self.estimate_v1(number, time, predicted, actual, found);
            }
            Record::Enforcement(enforcement) => {
                self.enforcement(number, time, enforcement, found);
            }
            Record::Escalation(escalation) => self.escalation(number, time, &escalation, found),
            Record::Selection(selection) => {
                // Whoever is selected now is sent a ceiling of its own.
                self.drop_waiting(found);
                self.selected = Some(selection.into());
            }
            Record::Verdict { phase, success } => {
                if let Some(call) = self.last_of(phase) {
                    call.success = call.success.or(Some(success));
                }
            }
            Record::Run(run_id) => self.run_id = Some(run_id.to_owned()),
            Record::OtherMeaning(kind) => {
                let reason = format!("{} with another meaning", kind.as_str());
                found.report.pass_over(number, &reason);
            }
        }
    }

    /// Hands over what is left.
    pub(super) fn finish(mut self, found: &mut Found<'_>) {
        self.drop_waiting(found);
        for call in std::mem::take(&mut self.open) {
            hand_over(call, found);
        }
    }

    fn usage(&mut self, number: u64, time: DateTime, usage: &Usage<'_>, found: &mut Found<'_>) {
        found.report.count(Kind::Usage);
        let mut call = Draft::of_usage(number, time, usage);
        if self.open.iter().any(|open| open.key == call.key) {
            found.report.pass_over(number, TWICE);
            return;
        }
        if let Some(selected) = &self.selected {
            call.selected_for(selected);
        }
        if let Some(enforcement) = self.waited(time, |waiting| waiting.ceiling == usage.ceiling) {
            call.enforced(enforcement);
        }
        self.open(call, found);
    }

    fn truncation(&mut self, number: u64, truncation: Truncation<'_>, found: &mut Found<'_>) {
        found.report.count(Kind::Truncation);
        let is_of = |call: &&mut Draft| {
            call.phase.as_deref() == Some(truncation.phase)
                && call.output == Some(truncation.output)
                && call.ceiling == Some(truncation.ceiling)
        };
        match self.open.iter_mut().rev().find(is_of) {
            Some(call) if call.is_truncated => found.report.pass_over(number, TWICE),
            Some(call) => call.truncated(),
            None => found.report.pass_over(number, NO_USAGE),
        }
    }

    fn estimate(
        &mut self,
        number: u64,
        time: DateTime,
        estimate: &Estimate<'_>,
        found: &mut Found<'_>,
    ) {
        found.report.count(Kind::Estimate);
        let mut open = self.open.iter_mut().rev();
        if let Some(call) = open.find(|call| call.awaits(estimate) && may_follow(call.time, time)) {
            call.estimated(estimate);
            return;
        }
        let mut open = self.open.iter();
        if open.any(|call| call.knows(estimate) && is_echo(call.time, time)) {
            found.report.pass_over(number, TWICE);
            return;
        }
        let mut call = Draft::of_estimate(number, time, estimate);
        let selected = estimate.selected;
        if let Some(enforcement) = self.waited(time, |waiting| Some(waiting.selected) == selected) {
            call.enforced(enforcement);
        }
        self.open(call, found);
    }

    fn estimate_v1(
        &mut self,
        number: u64,
        time: DateTime,
        predicted: u64,
        actual: u64,
        found: &mut Found<'_>,
    ) {
        found.report.count(Kind::EstimateV1);
        let awaits = |call: &&mut Draft| {
            !call.has_estimate && call.output == Some(actual) && may_follow(call.time, time)
        };
        if let Some(call) = self.open.iter_mut().rev().find(awaits) {
            call.n_lines += 1;
            call.has_estimate = true;
            call.predicted = Some(predicted);
            return;
        }
        let knows = |call: &Draft| {
            call.predicted == Some(predicted)
                && call.output == Some(actual)
                && is_echo(call.time, time)
        };
        if self.open.iter().any(knows) {
            found.report.pass_over(number, TWICE);
            return;
        }
        self.open(
            Draft::of_estimate_v1(number, time, predicted, actual),
            found,
        );
    }

    fn enforcement(
        &mut self,
        number: u64,
        time: DateTime,
        enforcement: Enforcement,
        found: &mut Found<'_>,
    ) {
        found.report.count(Kind::Enforcement);
        let is_twice = self
            .waiting
            .back()
            .is_some_and(|last| last.enforcement == enforcement && is_echo(last.time, time));
        if is_twice {
            found.report.pass_over(number, TWICE);
            return;
        }
        if self.waiting.len() == MAX_OPEN
            && let Some(oldest) = self.waiting.pop_front()
        {
            found.report.pass_over(oldest.number, NO_CALL);
        }
        self.waiting.push_back(Waiting {
            number,
            time,
            enforcement,
        });
    }

    fn escalation(
        &mut self,
        number: u64,
        time: DateTime,
        escalation: &Escalation<'_>,
        found: &mut Found<'_>,
    ) {
        found.report.count(Kind::Escalation);
        let run_id = self.run_id.clone();
        let call = self.last_of(escalation.phase).map(|call| {
            call.attempt = call.attempt.or(Some(escalation.attempt));
            &*call
        });
        escalation::add(number, time, escalation, call, run_id, found);
    }

    /// The last ceiling that waits for such a call.
    fn waited(
        &mut self,
        time: DateTime,
        is_its_own: impl Fn(&Enforcement) -> bool,
    ) -> Option<Enforcement> {
        let mut waiting = self.waiting.iter();
        let at = waiting.rposition(|ceiling| {
            is_its_own(&ceiling.enforcement) && may_follow(ceiling.time, time)
        })?;
        Some(self.waiting.remove(at)?.enforcement)
    }

    /// The last call of a phase that is open.
    fn last_of(&mut self, phase: &str) -> Option<&mut Draft> {
        let mut open = self.open.iter_mut().rev();
        open.find(|call| call.phase.as_deref() == Some(phase))
    }

    fn open(&mut self, mut call: Draft, found: &mut Found<'_>) {
        call.run_id.clone_from(&self.run_id);
        if self.open.len() == MAX_OPEN
            && let Some(oldest) = self.open.pop_front()
        {
            hand_over(oldest, found);
        }
        self.open.push_back(call);
    }

    fn drop_waiting(&mut self, found: &mut Found<'_>) {
        for ceiling in self.waiting.drain(..) {
            found.report.pass_over(ceiling.number, NO_CALL);
        }
    }
}

/// Whether two lines may be one that was printed twice.
fn is_echo(first: DateTime, second: DateTime) -> bool {
    first.duration_until(second).abs() <= MAX_ECHO
}

/// Whether two lines may be of one call.
fn may_follow(first: DateTime, second: DateTime) -> bool {
    first.duration_until(second).abs() <= MAX_WAIT
}

fn hand_over(draft: Draft, found: &mut Found<'_>) {
    let (number, n_lines) = (draft.number, draft.n_lines);
    match draft.into_call(found.assumed) {
        Ok(call) => {
            found.report.n_joined += u64::from(n_lines > 1);
            found.batch.call(call);
        }
        Err(reason) => found.report.bad(number, reason),
    }
}
