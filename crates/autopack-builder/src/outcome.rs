//! What became of a job.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use autopack_core::{
    Complexity, Decision, OutputObserved, Provider, Spent, Stop, StopReason, Tokens, UpstreamName,
    Usage, waste,
};
use autopack_provider::ProviderError;
use autopack_wire::Truncation;

use crate::build::{BuildError, Built, PromptError};
use crate::cut::Cut;
use crate::output::OutputError;

/// One call of a job: what was decided, what came back.
#[derive(Debug)]
pub struct Attempt {
    /// What was decided for it; its ceiling is the one that was sent.
    pub decision: Decision,
    /// How much of the answer it asked for.
    pub extent: Extent,
    /// Usage as reported.
    pub usage: Usage,
    /// Why the output ended; `None` where nothing came back.
    pub stop: Option<Stop>,
    /// How the reply was cut off, where it was.
    pub truncation: Option<Truncation>,
    /// Why there is no good reply, where there is none.
    pub failure: Option<Failure>,
    /// From sending to the last byte, of a call that came back.
    pub latency: Option<Duration>,
    /// How many calls over HTTP it took, the failed ones included; 0 where nothing was sent.
    pub n_calls: u32,
}

/// How much of an answer a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// What is missing behind the part that came before.
    Rest,
}

impl Extent {
    /// The word in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Rest => "rest",
        }
    }
}

/// Why an attempt has no good reply.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// The call did not come back.
    Provider(ProviderError),
    /// The reply was cut off.
    Truncated(Cut),
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
            Self::Truncated(_) | Self::Refused | Self::Empty => false,
        }
    }

    /// The word in telemetry.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Provider(error) => error.kind().as_str(),
            Self::Truncated(_) => "truncated",
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
            Self::Truncated(cut) => cut.fmt(f),
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
    pub(crate) fn without_reply(decision: Decision, extent: Extent, failure: Failure) -> Self {
        let n_calls = match &failure {
            Failure::Provider(error) => error.n_calls(),
            _ => 0,
        };
        Self {
            n_calls,
            decision,
            extent,
            usage: Usage::default(),
            stop: None,
            truncation: None,
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
    pub const fn is_truncated(&self) -> bool {
        self.truncation.is_some()
    }

    /// What it says about the length of what it asked for.
    #[must_use]
    pub const fn observed(&self) -> OutputObserved {
        OutputObserved::of(&self.usage, self.is_truncated())
    }

    /// What it did with its ceiling.
    pub(crate) const fn spent(&self) -> Spent {
        Spent {
            selected_budget: self.decision.selected_budget,
            actual_max_tokens: self.decision.actual_max_tokens,
            output_tokens: self.usage.output.reported(),
            truncated: self.is_truncated(),
            parsed: !matches!(self.failure, Some(Failure::Build(BuildError::Format(_)))),
        }
    }
}

/// The failure that a reply shows by itself, before anything is done with it. `text` is the answer with
/// all that came before: where nothing else came, nothing was missing.
pub(crate) fn failure_of(cut: Option<Cut>, stop: &Stop, text: &str) -> Option<Failure> {
    match (cut, stop.reason) {
        (Some(cut), _) => Some(Failure::Truncated(cut)),
        (None, StopReason::Refusal) => Some(Failure::Refused),
        (None, _) if text.trim().is_empty() => Some(Failure::Empty),
        (None, _) => None,
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
    pub baseline: Option<Tokens>,
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

    /// The attempts that the answer came in: the last, and where that asked for the rest of an answer,
    /// those from the one on that asked for all of it.
    #[must_use]
    pub fn parts(&self) -> &[Attempt] {
        let is_whole = |attempt: &Attempt| attempt.extent == Extent::Whole;
        let first = self.attempts.iter().rposition(is_whole);
        &self.attempts[first.unwrap_or_default()..]
    }

    /// Ceiling ÷ output tokens of the answer, in all its parts, where usage was reported.
    #[must_use]
    pub fn waste(&self) -> Option<f64> {
        let parts = self.parts().iter();
        let ceilings = parts.clone().map(|part| part.decision.actual_max_tokens);
        let used: Option<Vec<Tokens>> = parts.map(|part| part.usage.output.reported()).collect();
        waste(ceilings.sum(), used?.into_iter().sum())
    }

    /// Whether no other reply can be kept either, so that there is no use in asking for one.
    pub(crate) fn is_the_end(&self) -> bool {
        matches!(&self.last().failure, Some(Failure::Output(error)) if error.is_lasting())
    }
}
