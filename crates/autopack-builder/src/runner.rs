//! Runs jobs side by side, as many at once as allowed, and gives their outcomes in plan order.

use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use autopack_core::{
    Catalogue, CeilingParameter, Phase, Policy, PolicyChoice, Provider, ThinkingSetting,
    UpstreamName, Workspace,
};
use autopack_store::Store;
use futures_util::{StreamExt, stream};

use crate::attempt;
use crate::build::Building;
use crate::outcome::Outcome;
use crate::output::OutputDir;
use crate::resume::DoneJobs;
use crate::upstream::Upstreams;

/// The most jobs at once: providers limit rates long before this many calls are on the way.
pub const MAX_JOBS: usize = 256;

/// A phase on an upstream.
#[derive(Clone, Debug)]
pub struct Job {
    /// The work.
    pub phase: Phase,
    /// Where it goes.
    pub upstream: UpstreamName,
    /// Whose rules apply there.
    pub provider: Provider,
    /// The model.
    pub model: String,
    /// What the model calls its ceiling, as far as is known.
    pub ceiling_parameter: CeilingParameter,
    /// How the model is asked to think, where the phase asks for it.
    pub thinking: Option<ThinkingSetting>,
    /// How many phases in a row have to be done before this one, at the most: jobs of one level do
    /// not wait for each other.
    pub level: usize,
    /// The phases that have to be done before this one, on the same upstream.
    pub after: Vec<String>,
}

impl Job {
    /// What tells a job from the others of a run.
    fn key(&self) -> (&str, &UpstreamName) {
        (&self.phase.phase_id, &self.upstream)
    }
}

/// What a runner works with.
#[expect(
    missing_debug_implementations,
    reason = "a workspace has no text of its own"
)]
pub struct RunnerSettings {
    /// The name of the run.
    pub run_id: String,
    /// The numbers, and maybe others on trial.
    pub policies: PolicyChoice,
    /// Another policy, whose ceilings are told beside those that are sent.
    pub baseline: Option<Policy>,
    /// What models can write.
    pub catalogue: Catalogue,
    /// The files that may exist.
    pub workspace: Box<dyn Workspace + Send + Sync>,
    /// The upstreams that jobs name.
    pub upstreams: Upstreams,
    /// Where replies are kept.
    pub output: OutputDir,
    /// Where telemetry goes; `None` where it is turned off.
    pub store: Option<Store>,
    /// Whether replies come as streams.
    pub stream: bool,
    /// The workspace that replies change; `None` where they are only kept.
    pub building: Option<Building>,
    /// What is done already, from an earlier run of the same name.
    pub done: DoneJobs,
    /// Set by whoever wants no other job to begin.
    pub stop: Arc<AtomicBool>,
}

/// Something that happened, for whoever watches.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A job has its first call on the way.
    Started(&'a Job),
    /// A job is sent again with a larger ceiling.
    Escalated(&'a Job, autopack_core::Tokens),
    /// A job is sent again, with what came of its answer, to get the rest.
    Continued(&'a Job),
    /// A job is sent again, told what was wrong with its answer.
    Corrected(&'a Job),
    /// A job is over.
    Done(&'a Outcome),
}

/// Runs jobs.
#[expect(
    missing_debug_implementations,
    reason = "its settings have no text of their own"
)]
pub struct Runner {
    pub(crate) settings: RunnerSettings,
}

impl Runner {
    /// A runner with these settings.
    #[must_use]
    pub const fn new(settings: RunnerSettings) -> Self {
        Self { settings }
    }

    /// Runs `jobs`, at most `n_at_once` at a time (held to 1 to [`MAX_JOBS`]), and gives their outcomes
    /// in the order of the jobs. A job is left out where it is done already, where a phase it comes after
    /// is not, once [`RunnerSettings::stop`] is set, and once the disk for replies is full: its reply
    /// would be paid for and lost.
    ///
    /// # Panics
    /// Where a job names an upstream without a client: whoever makes the settings makes both.
    pub async fn run(
        &self,
        jobs: &[Job],
        n_at_once: usize,
        on_progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Vec<Outcome> {
        let mut succeeded: BTreeSet<(&str, &UpstreamName)> = jobs
            .iter()
            .filter(|job| self.settings.done.contains(job))
            .map(Job::key)
            .collect();
        let mut outcomes = Vec::new();
        let levels: BTreeSet<usize> = jobs.iter().map(|job| job.level).collect();
        for level in levels {
            let is_ready = |job: &&Job| {
                let before = |id: &String| succeeded.contains(&(id.as_str(), &job.upstream));
                job.level == level
                    && !succeeded.contains(&job.key())
                    && job.after.iter().all(before)
            };
            let ready: Vec<&Job> = jobs.iter().filter(is_ready).collect();
            let of_level = self.run_level(&ready, n_at_once, on_progress).await;
            for (job, outcome) in ready.iter().zip(of_level) {
                if outcome.last().is_success() {
                    succeeded.insert(job.key());
                }
                outcomes.push((job.key(), outcome));
            }
        }
        let places: BTreeMap<_, _> = jobs.iter().map(Job::key).zip(0..).collect();
        outcomes.sort_by_key(|(key, _)| places.get(key).copied().unwrap_or(usize::MAX));
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// Runs jobs that do not wait for each other; the last are left out once the run is to stop.
    async fn run_level(
        &self,
        jobs: &[&Job],
        n_at_once: usize,
        on_progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Vec<Outcome> {
        let stop = &self.settings.stop;
        let run = |job| async move {
            let outcome = attempt::run(self, job, on_progress).await;
            stop.fetch_or(outcome.is_the_end(), Ordering::Relaxed);
            outcome
        };
        stream::iter(jobs)
            .take_while(|_| ready(!stop.load(Ordering::Relaxed)))
            .map(|job| run(job))
            .buffered(n_at_once.clamp(1, MAX_JOBS))
            .collect()
            .await
    }

    /// What is set by whoever wants no other job to begin.
    #[must_use]
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.settings.stop)
    }

    /// The policy that decides a job, the same at every attempt and whenever the run is gone on with.
    pub(crate) fn policy_of(&self, job: &Job) -> &Policy {
        let RunnerSettings {
            policies, run_id, ..
        } = &self.settings;
        policies.of(run_id, &job.phase.phase_id)
    }

    /// The settings, back from the runner: the store is in them.
    #[must_use]
    pub fn into_settings(self) -> RunnerSettings {
        self.settings
    }
}
