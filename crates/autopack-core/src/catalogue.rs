//! The model catalogue: what each model can write, and how its ceiling is named. Dated data.
//!
//! The embedded document says where each number is from and when it was read. A user's own entries
//! come first; a model that nobody lists gets its provider's stated default.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::provider::Provider;
use crate::tokens::Tokens;

/// The embedded document.
const EMBEDDED: &str = include_str!("catalogue/models.toml");

/// How a model's ceiling is called on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CeilingParameter {
    /// Anthropic Messages, and older models on `OpenAI` Chat.
    #[serde(rename = "max_tokens")]
    MaxTokens,
    /// Reasoning and newer models on `OpenAI` Chat.
    #[serde(rename = "max_completion_tokens")]
    MaxCompletionTokens,
    /// Gemini.
    #[serde(rename = "generationConfig.maxOutputTokens")]
    MaxOutputTokens,
    /// `OpenAI` Responses.
    #[serde(rename = "max_output_tokens")]
    ResponsesMaxOutputTokens,
}

/// A word that names no ceiling.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown ceiling `{0}`: allowed are `max_tokens`, `max_completion_tokens`, `max_output_tokens` and `generationConfig.maxOutputTokens`"
)]
pub struct UnknownCeiling(String);

impl FromStr for CeilingParameter {
    type Err = UnknownCeiling;

    fn from_str(text: &str) -> Result<Self, UnknownCeiling> {
        [
            Self::MaxTokens,
            Self::MaxCompletionTokens,
            Self::MaxOutputTokens,
            Self::ResponsesMaxOutputTokens,
        ]
        .into_iter()
        .find(|parameter| parameter.as_str() == text)
        .ok_or_else(|| UnknownCeiling(text.to_owned()))
    }
}

impl CeilingParameter {
    /// The name, dotted where it is nested.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
            Self::MaxOutputTokens => "generationConfig.maxOutputTokens",
            Self::ResponsesMaxOutputTokens => "max_output_tokens",
        }
    }
}

impl fmt::Display for CeilingParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a model's thinking can be bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThinkingControl {
    /// It does not think.
    None,
    /// A number of tokens.
    Budget,
    /// A level of effort.
    Effort,
}

/// What is known of a model, or of all models whose id begins alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    /// The model's id; a trailing `*` stands for any ending.
    pub id: String,
    /// Who serves it.
    pub provider: Provider,
    /// The most it writes in one reply, thinking included where that counts inside.
    pub max_output_tokens: Tokens,
    /// The window that prompt and reply share, where it is known.
    pub context_tokens: Option<Tokens>,
    /// How its ceiling is called.
    pub ceiling_parameter: CeilingParameter,
    /// Whether thinking counts inside the ceiling.
    pub thinking_inside_ceiling: bool,
    /// How its thinking can be bounded.
    pub thinking_control: ThinkingControl,
    /// Where the numbers are from.
    pub source: String,
    /// When they were read, as a date.
    pub date: String,
}

impl ModelEntry {
    /// Whether this entry speaks of `model`: the same id, the id and a dated or `latest` ending, or
    /// an id that begins as the entry's pattern does.
    fn matches(&self, model: &str) -> bool {
        match self.id.strip_suffix('*') {
            Some(prefix) => model.starts_with(prefix),
            None => model
                .strip_prefix(self.id.as_str())
                .is_some_and(is_snapshot_ending),
        }
    }
}

/// `""`, `-latest`, `-20250929`, `-2025-09-29`: the endings of snapshots of one model.
fn is_snapshot_ending(ending: &str) -> bool {
    let Some(ending) = ending.strip_prefix('-') else {
        return ending.is_empty();
    };
    ending == "latest"
        || ending.len() >= 4
            && ending
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// What the catalogue says of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup<'a> {
    /// The entry that applies.
    pub entry: &'a ModelEntry,
    /// Whether the model is listed, or the entry is its provider's default.
    pub known: bool,
}

/// The catalogue: listed models, and a default for each provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// When the catalogue was put together, as a date.
    pub as_of: String,
    /// What applies to a model that is not listed, for each provider.
    defaults: Vec<ModelEntry>,
    /// The model to use where nobody names one, for each provider.
    default_models: Vec<DefaultModel>,
    models: Vec<ModelEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct DefaultModel {
    provider: Provider,
    id: String,
}

impl Catalogue {
    /// The embedded catalogue.
    ///
    /// # Panics
    /// Never: the embedded document is read by a test.
    #[must_use]
    pub fn embedded() -> Self {
        toml::from_str(EMBEDDED).expect("the embedded catalogue is well formed")
    }

    /// The catalogue with `entries` before its own, so that they win.
    ///
    /// # Errors
    /// [`BadEntry`] for a limit outside 1 to 10,485,760 tokens or an empty id.
    pub fn extended(mut self, mut entries: Vec<ModelEntry>) -> Result<Self, BadEntry> {
        for entry in &entries {
            let limit = entry.max_output_tokens;
            if entry.id.trim().is_empty() {
                return Err(BadEntry::EmptyId);
            }
            if limit < Tokens::new(1) || limit > crate::tokens::MAX_CALLER_CEILING {
                return Err(BadEntry::Limit {
                    id: entry.id.clone(),
                    limit,
                });
            }
        }
        entries.append(&mut self.models);
        self.models = entries;
        Ok(self)
    }

    /// What is known of `model` on `provider`: the first exact entry, else the longest pattern,
    /// else the provider's default.
    ///
    /// # Panics
    /// Never: the embedded catalogue has a default for every provider, which a test holds.
    #[must_use]
    pub fn find(&self, provider: Provider, model: &str) -> Lookup<'_> {
        let listed = self
            .models
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.provider == provider && entry.matches(model))
            // The longest id is the nearest; of equals the first, where the user's own stand.
            .max_by_key(|(place, entry)| (entry.id.len(), std::cmp::Reverse(*place)))
            .map(|(_, entry)| entry);
        let default = || {
            self.defaults
                .iter()
                .find(|entry| entry.provider == provider)
        };
        Lookup {
            entry: listed
                .or_else(default)
                .expect("a default for every provider"),
            known: listed.is_some(),
        }
    }

    /// The model to use on `provider` where nobody names one.
    ///
    /// # Panics
    /// Never: a test holds that every provider has one.
    #[must_use]
    pub fn default_model(&self, provider: Provider) -> &str {
        let default = self
            .default_models
            .iter()
            .find(|default| default.provider == provider);
        &default.expect("a default model for every provider").id
    }

    /// All listed entries, the nearest to the user first.
    #[must_use]
    pub fn models(&self) -> &[ModelEntry] {
        &self.models
    }
}

/// A catalogue entry that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEntry {
    /// The limit is no limit.
    #[error("model `{id}` has `max_output_tokens` of `{limit}`: allowed is 1 to 10485760")]
    Limit {
        /// The entry.
        id: String,
        /// The limit it gives.
        limit: Tokens,
    },
    /// The entry names no model.
    #[error("a model entry has an empty `id`: name the model, or a pattern such as `my-model-*`")]
    EmptyId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_has_its_defaults_and_they_are_listed() {
        let catalogue = Catalogue::embedded();
        for provider in Provider::ALL {
            let model = catalogue.default_model(provider);
            assert!(catalogue.find(provider, model).known, "{provider}: {model}");
            assert!(!catalogue.find(provider, "no-such-model").known);
        }
    }

    #[test]
    fn snapshots_and_families_are_found() {
        let catalogue = Catalogue::embedded();
        let limit = |provider, model| {
            let found = catalogue.find(provider, model);
            (found.known, found.entry.max_output_tokens.get())
        };
        assert_eq!(
            limit(Provider::Anthropic, "claude-sonnet-4-5"),
            (true, 64_000)
        );
        assert_eq!(
            limit(Provider::Anthropic, "claude-sonnet-4-5-20250929"),
            (true, 64_000)
        );
        assert_eq!(
            limit(Provider::OpenAi, "gpt-4o-mini-2024-07-18"),
            (true, 16_384)
        );
        assert_eq!(limit(Provider::OpenAi, "gpt-5-pro"), (true, 272_000));
        assert_eq!(limit(Provider::OpenAi, "gpt-6-large"), (true, 128_000));
        assert_eq!(limit(Provider::Gemini, "gemini-2.5-pro"), (true, 65_536));
        assert_eq!(limit(Provider::OpenAi, "gpt-4olala"), (false, 64_000));
    }

    #[test]
    fn a_users_own_entry_wins() {
        let mut entry = Catalogue::embedded()
            .find(Provider::OpenAi, "gpt-4o")
            .entry
            .clone();
        entry.max_output_tokens = Tokens::new(4096);
        let catalogue = Catalogue::embedded()
            .extended(vec![entry.clone()])
            .expect("extends");
        let found = catalogue.find(Provider::OpenAi, "gpt-4o");
        assert_eq!(found.entry.max_output_tokens, Tokens::new(4096));
        entry.max_output_tokens = Tokens::new(0);
        let error = Catalogue::embedded()
            .extended(vec![entry])
            .expect_err("no limit")
            .to_string();
        assert_eq!(
            error,
            "model `gpt-4o` has `max_output_tokens` of `0`: allowed is 1 to 10485760"
        );
    }
}
