//! What of a run is done already: for whoever goes on with it.

use std::collections::BTreeSet;

use autopack_core::UpstreamName;

use crate::runner::Job;

/// What the telemetry of a run says about one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastAttempt {
    /// The phase.
    pub phase_id: String,
    /// Where it was sent.
    pub upstream: UpstreamName,
    /// Whether it succeeded.
    pub success: bool,
}

/// The jobs of a run that need not be done again: those with an attempt that succeeded, whatever
/// failed before or after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DoneJobs {
    jobs: BTreeSet<(String, UpstreamName)>,
}

impl FromIterator<PastAttempt> for DoneJobs {
    fn from_iter<I: IntoIterator<Item = PastAttempt>>(attempts: I) -> Self {
        Self {
            jobs: attempts
                .into_iter()
                .filter(|attempt| attempt.success)
                .map(|attempt| (attempt.phase_id, attempt.upstream))
                .collect(),
        }
    }
}

impl DoneJobs {
    /// Whether `job` is done. A job is a phase on an upstream: another model is no reason to do it anew.
    #[must_use]
    pub fn contains(&self, job: &Job) -> bool {
        self.jobs
            .contains(&(job.phase.phase_id.clone(), job.upstream.clone()))
    }

    /// How many jobs are done.
    #[must_use]
    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use autopack_core::{CeilingParameter, Phase, Provider};

    use super::*;

    #[test]
    fn a_job_is_done_when_an_attempt_succeeded() {
        let past = |phase_id: &str, provider: Provider, success| PastAttempt {
            phase_id: phase_id.to_owned(),
            upstream: provider.into(),
            success,
        };
        let done: DoneJobs = [
            past("a", Provider::OpenAi, false),
            past("a", Provider::OpenAi, true),
            past("b", Provider::OpenAi, true),
            past("b", Provider::OpenAi, false),
            past("c", Provider::OpenAi, false),
            past("d", Provider::Gemini, true),
        ]
        .into_iter()
        .collect();
        let job = |phase_id: &str| Job {
            phase: Phase {
                phase_id: phase_id.to_owned(),
                ..Phase::default()
            },
            upstream: Provider::OpenAi.into(),
            provider: Provider::OpenAi,
            model: "any".to_owned(),
            ceiling_parameter: CeilingParameter::MaxTokens,
            thinking: None,
            level: 0,
            after: Vec::new(),
        };
        let found = ["a", "b", "c", "d"].map(|phase_id| done.contains(&job(phase_id)));
        assert_eq!(found, [true, true, false, false]);
        assert_eq!((done.len(), done.is_empty()), (3, false));
    }
}
