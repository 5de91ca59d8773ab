//! The settings file, `autopack.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use autopack_core::{ModelEntry, Provider};
use serde::Deserialize;

use super::serve::ServeSection;
use super::upstreams::Sections;
use crate::text_file;

/// The largest settings file that is read, in bytes: a thousand models of half a kilobyte each.
const MAX_SETTINGS_BYTES: u64 = 512 * 1024;

/// Everything a settings file may say. Keys of providers are not among it: they come from the
/// environment, so that no file carries them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) database: Option<String>,
    pub(super) telemetry: Option<bool>,
    pub(super) policy: Option<String>,
    pub(super) out: Option<PathBuf>,
    pub(super) jobs: Option<i64>,
    #[serde(default)]
    pub(super) providers: BTreeMap<Provider, ProviderSection>,
    #[serde(default)]
    pub(super) upstreams: Sections,
    #[serde(default)]
    pub(super) deadlines: DeadlinesSection,
    #[serde(default)]
    pub(super) retries: RetriesSection,
    #[serde(default)]
    pub(super) serve: ServeSection,
    #[serde(default)]
    pub(super) models: Vec<ModelEntry>,
}

/// What a settings file may say of a provider.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderSection {
    pub(super) base_url: Option<String>,
    pub(super) model: Option<String>,
    pub(super) near_limit: Option<bool>,
}

/// Deadlines, in seconds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "units last in names")]
pub(super) struct DeadlinesSection {
    pub(super) connect_s: Option<u64>,
    pub(super) first_byte_s: Option<u64>,
    pub(super) idle_s: Option<u64>,
    pub(super) total_s: Option<u64>,
}

/// How often and how long a call is tried.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RetriesSection {
    pub(super) max_calls: Option<u64>,
    pub(super) base_ms: Option<u64>,
    pub(super) longest_s: Option<u64>,
    pub(super) total_s: Option<u64>,
}

impl File {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let named = || format!("settings file `{}`", path.display());
        let text = text_file::read(path, MAX_SETTINGS_BYTES).with_context(named)?;
        toml::from_str(&text)
            .map_err(|error| anyhow!(fault(&error, &text)))
            .with_context(named)
    }
}

/// What is wrong and where. Values are not repeated: a key may have got among them.
fn fault(error: &toml::de::Error, text: &str) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let number = 1 + text[..start].matches('\n').count();
    let line = text.lines().nth(number - 1).unwrap_or_default();
    let key = match line.split_once('=') {
        Some((key, _)) => format!(", `{} = …`", key.trim()),
        None => String::new(),
    };
    format!("line {number}{key}: {}", without_value(error.message()))
}

/// The parser's words, without the text it found where it wanted something else.
fn without_value(message: &str) -> String {
    let found = message.find("string \"");
    match found.zip(message.rfind(", expected")) {
        Some((start, end)) if start < end => {
            format!("{}a string{}", &message[..start], &message[end..])
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_the_line_and_the_key_and_no_value() {
        for (text, expected) in [
            (
                "jobs = \"sk-secret\"",
                "line 1, `jobs = …`: invalid type: a string, expected",
            ),
            (
                "[providers.openai]\nkey = \"sk-secret\"",
                "line 2, `key = …`: unknown field `key`",
            ),
            (
                "[providers]\nopenai = \"sk-secret\"",
                "line 2, `openai = …`: invalid type: a string, expected",
            ),
            ("key \"sk-secret\"", "line 1: "),
        ] {
            let error = toml::from_str::<File>(text).expect_err(text);
            let words = fault(&error, text);
            assert!(!words.contains("secret"), "{words}");
            assert!(words.starts_with(expected), "{words}");
        }
    }
}
