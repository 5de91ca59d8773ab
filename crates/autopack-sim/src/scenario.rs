//! A scenario: how long replies want to be, by phase and attempt, as a TOML document.

mod error;

use std::collections::BTreeMap;
use std::sync::Arc;

use autopack_core::{MAX_CALLER_CEILING, Tokens};
use toml::{Table, Value};

use crate::call::Call;
use crate::text::estimated_tokens;

pub use error::ScenarioError;

/// The longest reply a scenario may ask for, in tokens: what a caller may ask for at most
/// ([`MAX_CALLER_CEILING`]).
pub const MAX_SCRIPTED_TOKENS: Tokens = MAX_CALLER_CEILING;

/// The visible length of a reply where no scenario says otherwise, in tokens: about a page and a
/// half of prose, the middle of a documentation phase.
const DEFAULT_OUTPUT_TOKENS: Tokens = Tokens::new(1200);

/// What a count of tokens may be.
const ALLOWED_TOKENS: &str =
    "a number of tokens from 0 to 10485760, or a list of such, one for each attempt";

/// How long replies want to be.
///
/// ```toml
/// output_tokens = 1200            # visible length of every reply that nothing else matches
/// reasoning_tokens = 0            # in front of the visible ones
///
/// [phases.installation-steps]     # by the request header `x-autopack-phase`
/// output_tokens = [9000, 1200]    # one for each attempt; the last repeats
/// reasoning_tokens = 300
/// text = "…"                      # what is said; as long as `output_tokens` says
/// ```
///
/// Counts are tokens, 0 to 10,485,760 ([`MAX_SCRIPTED_TOKENS`]); 0 visible tokens are an empty
/// reply. What a phase leaves out it has from the top level, except that a `text` without
/// `output_tokens` is as long as estimated: its bytes by 4, rounded up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    everywhere: Script,
    phases: BTreeMap<String, Script>,
}

/// How long the replies of one phase want to be.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Script {
    output: PerAttempt,
    reasoning: PerAttempt,
    text: Option<Arc<str>>,
}

/// A count for each attempt, of which the last repeats; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PerAttempt(Vec<Tokens>);

/// What one reply wants to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) reasoning: Tokens,
    pub(crate) visible: Tokens,
    /// What to say, as long as `visible`; without it words are made up.
    pub(crate) text: Option<Arc<str>>,
}

impl Default for Scenario {
    /// 1,200 visible tokens, always.
    fn default() -> Self {
        Self {
            everywhere: Script {
                output: PerAttempt(vec![DEFAULT_OUTPUT_TOKENS]),
                reasoning: PerAttempt(vec![Tokens::new(0)]),
                text: None,
            },
            phases: BTreeMap::new(),
        }
    }
}

impl Scenario {
    /// Reads a scenario. An empty document is the default scenario.
    ///
    /// # Errors
    /// [`ScenarioError`] names the first key that is unknown or not allowed.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let document: Table =
            text.parse()
                .map_err(|error: toml::de::Error| ScenarioError::Syntax {
                    message: error.to_string().trim_end().to_owned(),
                })?;
        let mut scenario = Self::default();
        let mut phases = None;
        for (key, value) in document {
            match key.as_str() {
                "output_tokens" => scenario.everywhere.output = per_attempt(key, &value)?,
                "reasoning_tokens" => scenario.everywhere.reasoning = per_attempt(key, &value)?,
                "phases" => phases = Some(table(key, value)?),
                _ => {
                    return Err(ScenarioError::UnknownKey {
                        key,
                        allowed: "`output_tokens`, `reasoning_tokens` and `phases`",
                    });
                }
            }
        }
        // Last, because a phase has from the top level what it leaves out.
        for (name, value) in phases.into_iter().flatten() {
            let key = format!("phases.{name}");
            let script = phase(&key, table(key.clone(), value)?, &scenario.everywhere)?;
            scenario.phases.insert(name, script);
        }
        Ok(scenario)
    }

    /// What the reply to `call` wants to be.
    pub(crate) fn wanted(&self, call: Call<'_>) -> Wanted {
        let script = call.phase.and_then(|phase| self.phases.get(phase));
        let script = script.unwrap_or(&self.everywhere);
        Wanted {
            reasoning: script.reasoning.at(call),
            visible: script.output.at(call),
            text: script.text.clone(),
        }
    }
}

impl PerAttempt {
    fn at(&self, call: Call<'_>) -> Tokens {
        let Self(counts) = self;
        counts[call.attempt.get().min(counts.len()) - 1]
    }
}

fn phase(key: &str, table: Table, everywhere: &Script) -> Result<Script, ScenarioError> {
    let (mut output, mut reasoning, mut text) = (None, None, None);
    for (name, value) in table {
        let key = format!("{key}.{name}");
        match name.as_str() {
            "output_tokens" => output = Some(per_attempt(key, &value)?),
            "reasoning_tokens" => reasoning = Some(per_attempt(key, &value)?),
            "text" => text = Some(script_text(key, &value)?),
            _ => {
                return Err(ScenarioError::UnknownKey {
                    key,
                    allowed: "`output_tokens`, `reasoning_tokens` and `text`",
                });
            }
        }
    }
    let as_long_as = |text: &Arc<str>| PerAttempt(vec![estimated_tokens(text.len())]);
    Ok(Script {
        output: output
            .or_else(|| text.as_ref().map(as_long_as))
            .unwrap_or_else(|| everywhere.output.clone()),
        reasoning: reasoning.unwrap_or_else(|| everywhere.reasoning.clone()),
        text,
    })
}

fn per_attempt(key: String, value: &Value) -> Result<PerAttempt, ScenarioError> {
    let counts: Option<Vec<Tokens>> = match value {
        Value::Array(counts) => counts.iter().map(tokens).collect(),
        count => tokens(count).map(|count| vec![count]),
    };
    match counts {
        Some(counts) if !counts.is_empty() => Ok(PerAttempt(counts)),
        _ => Err(not_allowed(key, value, ALLOWED_TOKENS)),
    }
}

fn tokens(value: &Value) -> Option<Tokens> {
    let count = u64::try_from(value.as_integer()?).ok()?;
    (count <= MAX_SCRIPTED_TOKENS.get()).then_some(Tokens::new(count))
}

fn script_text(key: String, value: &Value) -> Result<Arc<str>, ScenarioError> {
    match value {
        Value::String(text) => Ok(text.as_str().into()),
        _ => Err(not_allowed(key, value, "a string")),
    }
}

fn table(key: String, value: Value) -> Result<Table, ScenarioError> {
    match value {
        Value::Table(table) => Ok(table),
        _ => Err(not_allowed(key, &value, "a table of keys")),
    }
}

fn not_allowed(key: String, value: &Value, allowed: &'static str) -> ScenarioError {
    ScenarioError::NotAllowed {
        key,
        found: value.to_string(),
        allowed,
    }
}

#[cfg(test)]
mod tests;
