//! A scenario: how long replies want to be, what they say and what goes wrong with them, by phase and
//! attempt, as a TOML document.

mod document;
mod error;
mod fields;

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use autopack_core::{MAX_CALLER_CEILING, Tokens};

use crate::delivery::Latency;
use crate::fault::{Fault, FaultTimes};
use crate::lengths::Lengths;
use crate::quota::Limits;
use crate::tools::ScriptedCall;

#[cfg(test)]
pub(crate) use document::ALLOWED_FAULTS;
pub use error::ScenarioError;

/// The longest reply a scenario may ask for, in tokens: what a caller may ask for at most
/// ([`MAX_CALLER_CEILING`]).
pub const MAX_SCRIPTED_TOKENS: Tokens = MAX_CALLER_CEILING;

/// The visible length of a reply where no scenario says otherwise, in tokens: about a page and a
/// half of prose, the middle of a documentation phase.
const DEFAULT_OUTPUT_TOKENS: Tokens = Tokens::new(1200);

/// What replies are like.
///
/// ```toml
/// output_tokens = 1200            # visible length of every reply that nothing else matches
/// reasoning_tokens = 0            # in front of the visible ones
/// fault = "none"                  # what goes wrong
/// refuse_exhausted_reasoning = false  # OpenAI Chat: 400 where reasoning leaves no room for text
///
/// [phases.installation-steps]     # by the request header `x-autopack-phase`
/// output_tokens = [9000, 1200]    # one for each attempt; the last repeats
/// reasoning_tokens = 300
/// text = "…"                      # what is said; as long as `output_tokens` says
/// fault = ["rate_limited", "none"]
///
/// [phases.recorded]
/// lengths = { data = "calls.csv", category = "docs" }  # instead of `output_tokens`
///
/// [phases.weather]
/// text_file = "reply.json"        # instead of `text`; either may be a list, one for each attempt
/// tool_call = { name = "forecast", arguments = { city = "Bern" } }
///
/// [quota]                         # for each provider; 1 to 10,000,000,000
/// requests_per_minute = 500
/// tokens_per_minute = 30000
///
/// [latency]
/// first_byte_ms = 200             # 0 to 600,000
/// per_token_us = 10000            # 0 to 1,000,000
///
/// [fault_times]
/// slow_first_byte_ms = 10000      # 0 to 600,000
/// stall_ms = 60000                # 0 to 600,000
/// retry_after_s = 1               # 0 to 3,600
/// ```
///
/// Counts of tokens are 0 to 10,485,760 ([`MAX_SCRIPTED_TOKENS`]); 0 visible tokens are an empty
/// reply. Every key of a phase may stand at the top level too, and what a phase leaves out it has
/// from there, except for the length of a `text`, `text_file` or `tool_call` of its own: without
/// `output_tokens` or `lengths` beside it, that is estimated, its bytes by 4, rounded up. So are
/// arguments and JSON that are made from a request's schema, where nothing says how long.
///
/// `lengths` draws visible lengths from the column `actual_output_tokens` of a CSV table with a
/// header, each row as likely as the next; the same phase, model, prompt and seed draw the same
/// length at every attempt. A `tool_call` takes place where the request offers the tool; without
/// `arguments` they are made from the tool's schema. Faults are `none`, `slow_first_byte`,
/// `stalled_stream`, `cut_stream`, `truncated_json`, `garbage`, `split_events`, `server_error`,
/// `overloaded`, `rate_limited`, `missing_usage`, `unknown_stop_reason`, `null_content`,
/// `unsaid_truncation`, `window_full` and `runaway`; how a list of them is gone through,
/// [`crate::ATTEMPT_HEADER`] tells.
///
/// Ways to be cut off: `output_tokens` above the ceiling; `reasoning_tokens` above it, which leaves
/// nothing visible; with the fault `unsaid_truncation` the same, and the reply says that it ended by
/// itself; `window_full` ends it in its middle, for which only Anthropic has a reason of its own and
/// the others give that of a ceiling; `runaway` says the `text`, or some words, over and over up to the
/// ceiling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    everywhere: Script,
    phases: BTreeMap<String, Script>,
    settings: Settings,
}

/// What holds for all phases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) latency: Latency,
    pub(crate) fault_times: FaultTimes,
    pub(crate) refuses_exhausted_reasoning: bool,
}

/// What the replies of one phase are like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) output: Length,
    pub(crate) reasoning: PerAttempt<Tokens>,
    /// What to say; without it words are made up.
    pub(crate) text: Option<PerAttempt<Arc<str>>>,
    pub(crate) tool_call: Option<Arc<ScriptedCall>>,
    pub(crate) faults: PerAttempt<Option<Fault>>,
}

/// How many visible tokens a reply wants to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// As many as what is said takes.
    Natural,
    /// Said by the scenario.
    Counts(PerAttempt<Tokens>),
    /// Drawn from recorded calls.
    Drawn(Arc<Lengths>),
}

/// One for each attempt, of which the last repeats; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PerAttempt<T>(Vec<T>);

impl<T: Clone> PerAttempt<T> {
    fn always(value: T) -> Self {
        Self(vec![value])
    }

    /// What holds for an attempt.
    pub(crate) fn at(&self, attempt: NonZeroUsize) -> T {
        let Self(values) = self;
        values[attempt.get().min(values.len()) - 1].clone()
    }

    /// What holds for the `n`th call, where nobody counts attempts: one after the other, and from
    /// the beginning again.
    pub(crate) fn in_turn(&self, n: usize) -> T {
        let Self(values) = self;
        values[n % values.len()].clone()
    }
}

impl Default for Scenario {
    /// 1,200 visible tokens, always, at once, and nothing goes wrong.
    fn default() -> Self {
        Self {
            everywhere: Script {
                output: Length::Natural,
                reasoning: PerAttempt::always(Tokens::new(0)),
                text: None,
                tool_call: None,
                faults: PerAttempt::always(None),
            },
            phases: BTreeMap::new(),
            settings: Settings::default(),
        }
    }
}

impl Scenario {
    /// Reads a scenario that names no files. An empty document is the default scenario.
    ///
    /// # Errors
    /// [`ScenarioError`] names a key that is unknown, not allowed, or names a file.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        Self::parse_with(text, |_| {
            let message = "this scenario is read without files: put the text itself in its place";
            Err(io::Error::new(io::ErrorKind::Unsupported, message))
        })
    }

    /// Reads a scenario, with `read` for the files that it names. Paths are given to it as they are
    /// written; they are meant relative to the scenario's own file.
    ///
    /// # Errors
    /// [`ScenarioError`] names a key that is unknown, not allowed, or names a file that cannot be
    /// read.
    pub fn parse_with(
        text: &str,
        read: impl FnMut(&Path) -> io::Result<String>,
    ) -> Result<Self, ScenarioError> {
        document::scenario(text, read)
    }

    /// The script of `phase`, or the one for everything else.
    pub(crate) fn script(&self, phase: Option<&str>) -> &Script {
        let script = phase.and_then(|phase| self.phases.get(phase));
        script.unwrap_or(&self.everywhere)
    }

    /// The phases that have a script of their own.
    pub(crate) fn phases(&self) -> impl Iterator<Item = &str> {
        self.phases.keys().map(String::as_str)
    }

    /// What holds for all phases.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }
}

impl Length {
    /// How many tokens. `natural` is what the text by itself takes, if there is one; `hash` draws.
    pub(crate) fn visible(
        &self,
        attempt: NonZeroUsize,
        natural: Option<Tokens>,
        hash: u64,
    ) -> Tokens {
        match self {
            Self::Natural => natural.unwrap_or(DEFAULT_OUTPUT_TOKENS),
            Self::Counts(counts) => counts.at(attempt),
            Self::Drawn(lengths) => lengths.draw(hash),
        }
    }
}

#[cfg(test)]
mod tests;
