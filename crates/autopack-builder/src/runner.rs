//! Runs jobs side by side, as many at once as allowed, and gives their outcomes in plan order.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::atomic::{AtomicBool, Ordering};

use autopack_core::{Catalogue, Phase, Policy, Provider, Workspace};
use autopack_provider::Client;
use autopack_store::Store;
use futures_util::{StreamExt, stream};

use crate::attempt;
use crate::outcome::Outcome;
use crate::output::OutputDir;

/// The most jobs at once: providers limit rates long before this many calls are on the way.
pub const MAX_JOBS: usize = 256;

/// A phase on a provider.
#[derive(Clone, Debug)]
pub struct Job {
    /// The work.
    pub phase: Phase,
    /// Where it goes.
    pub provider: Provider,
    /// The model.
    pub model: String,
}

/// What a runner works with.
#[expect(
    missing_debug_implementations,
    reason = "a workspace has no text of its own"
)]
pub struct RunnerSettings {
    /// The name of the run.
    pub run_id: String,
    /// The numbers.
    pub policy: Policy,
    /// What models can write.
    pub catalogue: Catalogue,
    /// The files that may exist.
    pub workspace: Box<dyn Workspace + Send + Sync>,
    /// A client for each provider that a job names.
    pub clients: BTreeMap<Provider, Client>,
    /// Where replies are kept.
    pub output: OutputDir,
    /// Where telemetry goes; `None` where it is turned off.
    pub store: Option<Store>,
    /// Whether replies come as streams.
    pub stream: bool,
}

/// Something that happened, for whoever watches.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A job has its first call on the way.
    Started(&'a Job),
    /// A job is sent again with a larger ceiling.
    Escalated(&'a Job, autopack_core::Tokens),
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
    /// in the order of the jobs. Once the disk for replies is full, no other job begins: its reply
    /// would be paid for and lost. The jobs left over have no outcome.
    ///
    /// # Panics
    /// Where a job names a provider without a client: whoever makes the settings makes both.
    pub async fn run(
        &self,
        jobs: &[Job],
        n_at_once: usize,
        on_progress: &(dyn Fn(Progress<'_>) + Sync),
    ) -> Vec<Outcome> {
        let is_over = &AtomicBool::new(false);
        let run = |job| async move {
            let outcome = attempt::run(self, job, on_progress).await;
            is_over.fetch_or(outcome.is_the_end(), Ordering::Relaxed);
            outcome
        };
        stream::iter(jobs)
            .take_while(|_| ready(!is_over.load(Ordering::Relaxed)))
            .map(run)
            .buffered(n_at_once.clamp(1, MAX_JOBS))
            .collect()
            .await
    }

    /// The settings, back from the runner: the store is in them.
    #[must_use]
    pub fn into_settings(self) -> RunnerSettings {
        self.settings
    }
}
