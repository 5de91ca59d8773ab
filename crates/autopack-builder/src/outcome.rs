//! What became of a job.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use autopack_core::{Complexity, Decision, Provider, Stop, StopReason, UpstreamName, Usage, waste};
use autopack_provider::ProviderError;

use crate::build::{BuildError, Built, PromptError};
use crate::output::OutputError;

/// One call of a job: what was decided, what came back.
#[derive(Debug)]
pub struct Attempt {
    /// What was decided for it.
    pub decision: Decision,
    /// Usage as reported.
    pub usage: Usage,
    /// Why the output ended; `None` where nothing came back.
    pub stop: Option<Stop>,
    /// Why there is no good reply, where there is none.
    pub failure: Option<Failure>,
    /// From sending to the last byte, of a call that came back.
    pub latency: Option<Duration>,
    /// How many calls over HTTP it took, the failed ones included; 0 where nothing was sent.
    pub n_calls: u32,
}

/// Why an attempt has no good reply.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The call did not come back.
    Provider(ProviderError),
    /// The reply was cut off.
    Truncated,
    /// The provider or the model declined.
    Refused,
    /// The reply has no text.
    Empty,
    /// The reply could not be kept.
    Output(OutputError),
    /// The prompt could not be made, so that nothing was sent.
    Prompt(PromptError),
    /// The reply did not become changes of the workspace.
    Build(BuildError),
}

impl Failure {
    /// Whether the world outside failed, and not the answer.
    #[must_use]
    pub const fn is_outside(&self) -> bool {
        match self {
            Self::Provider(_) | Self::Output(_) | Self::Prompt(_) => true,
            Self::Build(error) => error.is_outside(),
            Self::Truncated | Self::Refused | Self::Empty => false,
        }
    }

    /// The word in telemetry.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Provider(error) => error.kind().as_str(),
            Self::Truncated => "truncated",
            Self::Refused => "refused",
            Self::Empty => "empty",
            Self::Output(_) => "output_not_written",
            Self::Prompt(_) => "prompt_not_made",
            Self::Build(error) => error.as_str(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(error) => error.fmt(f),
            Self::Truncated => f.write_str("the reply was cut off at its ceiling"),
            Self::Refused => f.write_str("the provider or the model declined"),
            Self::Empty => f.write_str("the reply has no text"),
            Self::Output(error) => error.fmt(f),
            Self::Prompt(error) => error.fmt(f),
            Self::Build(error) => error.fmt(f),
        }
    }
}

impl Attempt {
    /// An attempt of which nothing came back.
    pub(crate) fn without_reply(decision: Decision, failure: Failure) -> Self {
        let n_calls = match &failure {
            Failure::Provider(error) => error.n_calls(),
            _ => 0,
        };
        Self {
            n_calls,
            decision,
            usage: Usage::default(),
            stop: None,
            failure: Some(failure),
            latency: None,
        }
    }

    /// Whether the reply is whole and kept.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.failure.is_none()
    }

    /// Whether the reply came back and could not be kept.
    pub(crate) const fn is_lost(&self) -> bool {
        matches!(self.failure, Some(Failure::Output(_)))
    }

    /// Whether the reply was cut off.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.stop.as_ref().is_some_and(Stop::is_truncated)
    }

    /// Ceiling ÷ output tokens, where usage was reported.
    #[must_use]
    pub fn waste(&self) -> Option<f64> {
        waste(
            self.decision.actual_max_tokens,
            self.usage.output.reported()?,
        )
    }
}

/// The failure that a reply shows by itself, before anything is done with it.
pub(crate) fn failure_of(stop: &Stop, text: &str) -> Option<Failure> {
    match stop.reason {
        _ if stop.is_truncated() => Some(Failure::Truncated),
        StopReason::Refusal => Some(Failure::Refused),
        _ if text.trim().is_empty() => Some(Failure::Empty),
        _ => None,
    }
}

/// What became of a job: its attempts, the last of which decides.
#[derive(Debug)]
pub struct Outcome {
    /// The phase.
    pub phase_id: String,
    /// The category it counts as.
    pub category: String,
    /// Its complexity.
    pub complexity: Complexity,
    /// Where it was sent.
    pub upstream: UpstreamName,
    /// Whose rules applied there.
    pub provider: Provider,
    /// The model.
    pub model: String,
    /// The policy that decided.
    pub policy: String,
    /// The first ceiling that the baseline would have sent, where there is one.
    pub baseline: Option<autopack_core::Tokens>,
    /// The attempts, in order; there is at least one.
    pub attempts: Vec<Attempt>,
    /// Where the reply's text is, where one came.
    pub output: Option<PathBuf>,
    /// What the reply changed in the workspace, where it is applied.
    pub built: Option<Built>,
    /// What could not be written to the database, in words.
    pub unrecorded: Option<String>,
}

impl Outcome {
    /// The attempt that decides.
    ///
    /// # Panics
    /// Never: an outcome is made from its first attempt.
    #[must_use]
    pub fn last(&self) -> &Attempt {
        self.attempts.last().expect("an outcome has an attempt")
    }

    /// Whether no other reply can be kept either, so that there is no use in asking for one.
    pub(crate) fn is_the_end(&self) -> bool {
        matches!(&self.last().failure, Some(Failure::Output(error)) if error.is_lasting())
    }
}
