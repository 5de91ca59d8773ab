//! What is to be seen while a run goes on: a bar on a terminal, plain lines elsewhere.

use autopack_builder::{Outcome, Progress};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output;

/// Watches a run.
pub(super) enum Watch {
    Bar(ProgressBar),
    Lines,
    Silent,
}

impl Watch {
    /// Watches a run of `n_jobs`; one whose outcome is JSON is watched in silence.
    pub(super) fn start(n_jobs: usize, json: bool) -> Self {
        if json {
            return Self::Silent;
        }
        let bar = ProgressBar::new(n_jobs as u64);
        if bar.is_hidden() {
            return Self::Lines;
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self::Bar(bar)
    }

    pub(super) fn tell(&self, progress: Progress<'_>) {
        match (self, progress) {
            (Self::Bar(bar), Progress::Started(job)) => {
                bar.set_message(format!("{} ({})", job.phase.phase_id, job.upstream));
            }
            (Self::Bar(bar), Progress::Done(outcome)) => {
                bar.inc(1);
                if let Some(trouble) = trouble(outcome) {
                    bar.println(trouble);
                }
            }
            (Self::Lines, Progress::Escalated(job, ceiling)) => output::say(format_args!(
                "{} ({}): cut off, sent again with {ceiling}",
                job.phase.phase_id, job.upstream
            )),
            (Self::Lines, Progress::Corrected(job)) => output::say(format_args!(
                "{} ({}): the answer could not be used, asked again",
                job.phase.phase_id, job.upstream
            )),
            (Self::Lines, Progress::Done(outcome)) => {
                output::say(trouble(outcome).unwrap_or_else(|| done(outcome)));
            }
            _ => {}
        }
    }

    pub(super) fn finish(self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn done(outcome: &Outcome) -> String {
    let attempt = outcome.last();
    format!(
        "{} ({}): {} sent, {} back",
        outcome.phase_id,
        outcome.upstream,
        attempt.decision.actual_max_tokens,
        output::known(attempt.usage.output.reported()),
    )
}

fn trouble(outcome: &Outcome) -> Option<String> {
    let failure = outcome.last().failure.as_ref()?;
    Some(format!(
        "{} ({}): {failure}",
        outcome.phase_id, outcome.upstream
    ))
}
