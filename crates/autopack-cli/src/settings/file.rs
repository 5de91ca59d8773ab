//! The settings file, `autopack.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use autopack_core::{ModelEntry, Provider};
use serde::Deserialize;

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
    pub(super) jobs: Option<usize>,
    #[serde(default)]
    pub(super) providers: BTreeMap<Provider, ProviderSection>,
    #[serde(default)]
    pub(super) deadlines: DeadlinesSection,
    #[serde(default)]
    pub(super) models: Vec<ModelEntry>,
}

/// What a settings file may say of a provider.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderSection {
    pub(super) base_url: Option<String>,
    pub(super) model: Option<String>,
}

/// Deadlines, in seconds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "units last in names")]
pub(super) struct DeadlinesSection {
    pub(super) connect_s: Option<u64>,
    pub(super) idle_s: Option<u64>,
    pub(super) total_s: Option<u64>,
}

impl File {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let named = || format!("settings file `{}`", path.display());
        let size = std::fs::metadata(path).with_context(named)?.len();
        if size > MAX_SETTINGS_BYTES {
            bail!(
                "{} has {size} bytes: at most {MAX_SETTINGS_BYTES} are read",
                named()
            );
        }
        let text = std::fs::read_to_string(path).with_context(named)?;
        toml::from_str(&text).with_context(named)
    }
}
