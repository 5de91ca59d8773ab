//! The environment variables Autopack reads, all in one place. (`AUTOPACK_LOG` is the log filter, read
//! where the log is started.)

use std::collections::HashMap;

use anyhow::bail;
use autopack_core::Provider;

/// Stands in for `--config`.
pub(crate) const CONFIG: &str = "AUTOPACK_CONFIG";
/// Stands in for `--database`; the name that the reference read.
pub(crate) const DATABASE: &str = "DATABASE_URL";
/// Stands in for `--policy`.
pub(crate) const POLICY: &str = "AUTOPACK_POLICY";
/// Stands in for `--listen`.
pub(crate) const LISTEN: &str = "AUTOPACK_LISTEN";
/// `0`, `false` or `no` turns the writing of telemetry off.
pub(crate) const TELEMETRY_DB_ENABLED: &str = "TELEMETRY_DB_ENABLED";
/// Overrides base(docs, low), in tokens: the staged optimisation of the default policy.
pub(crate) const DOCS_LOW_BASE: &str = "AUTOPACK_DOCS_LOW_BASE";
/// Base URLs, under the names that the vendors' SDKs read.
pub(crate) const BASE_URL_VARIABLES: [(Provider, &str); 3] = [
    (Provider::Anthropic, "ANTHROPIC_BASE_URL"),
    (Provider::OpenAi, "OPENAI_BASE_URL"),
    (Provider::Gemini, "GOOGLE_GEMINI_BASE_URL"),
];

/// The variable of `provider` in a table of them.
pub(crate) fn variable_of(
    provider: Provider,
    table: &[(Provider, &'static str); 3],
) -> &'static str {
    let row = table.iter().find(|(of, _)| *of == provider);
    row.map(|(_, variable)| *variable)
        .expect("every table has every provider")
}

/// The environment of the process, or a made-up one in tests.
#[derive(Debug)]
pub(crate) enum Environment {
    Process,
    #[cfg_attr(not(test), expect(dead_code, reason = "tests make environments up"))]
    Of(HashMap<&'static str, String>),
}

impl Environment {
    pub(crate) const fn of_process() -> Self {
        Self::Process
    }

    /// The variable's text; a blank one counts as unset, as shells leave them.
    pub(crate) fn get(&self, name: &str) -> anyhow::Result<Option<String>> {
        let text = match self {
            Self::Of(variables) => variables.get(name).cloned(),
            Self::Process => match std::env::var(name) {
                Ok(text) => Some(text),
                Err(std::env::VarError::NotPresent) => None,
                Err(std::env::VarError::NotUnicode(_)) => {
                    bail!("environment variable {name} is not UTF-8: set it again")
                }
            },
        };
        Ok(text.filter(|text| !text.trim().is_empty()))
    }
}

/// Yes or no, in the words the reference understood.
pub(crate) fn flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" => Some(true),
        "0" | "false" | "no" => Some(false),
        _ => None,
    }
}
