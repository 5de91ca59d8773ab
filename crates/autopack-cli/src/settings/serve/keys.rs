//! Whose keys the providers are shown: `[serve] keys = "…"`, or `[[serve.keys]]` with one for each client.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Context as _, anyhow, ensure};
use autopack_core::UpstreamName;
use autopack_gateway::{KeyHash, KeyOf, Keys, VirtualKey};
use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

use super::{Upstreams, is_served, mode};
use crate::exit::{Failure, Fault};

/// Whose keys the providers are shown.
#[derive(Debug)]
pub(in crate::settings) enum KeysSection {
    /// By a word.
    Of(KeyOf),
    /// The gateway's, and each client has one of these for the gateway.
    Listed(Vec<KeySection>),
}

/// The key of a client, as a settings file has it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::settings) struct KeySection {
    name: String,
    hash: String,
    upstreams: Option<Vec<UpstreamName>>,
    models: Option<Vec<String>>,
    mode: Option<String>,
}

impl Default for KeysSection {
    fn default() -> Self {
        Self::Of(KeyOf::Client)
    }
}

impl KeysSection {
    /// Whose keys the vendors are shown.
    pub(super) const fn key_of_vendors(&self) -> KeyOf {
        match self {
            Self::Of(key_of) => *key_of,
            Self::Listed(_) => KeyOf::Gateway,
        }
    }

    /// The keys of clients.
    pub(super) fn keys(&self, served: &Upstreams) -> Result<Keys, Failure> {
        let Self::Listed(listed) = self else {
            return Ok(Keys::default());
        };
        let (mut names, mut hashes) = (BTreeSet::new(), BTreeSet::new());
        let mut keys = Vec::with_capacity(listed.len());
        for (number, section) in (1..).zip(listed) {
            let place = || format!("[[serve.keys]] number {number}");
            for name in section.upstreams.iter().flatten() {
                is_served(name, served, &format!("{}: upstreams:", place()))?;
            }
            let key = section.key().with_context(place).usage()?;
            let is_new = names.insert(key.name.clone()) && hashes.insert(key.hash.to_string());
            let twice = anyhow!("a name or a hash is there twice: allowed is each once");
            is_new
                .then_some(())
                .ok_or(twice)
                .with_context(place)
                .usage()?;
            keys.push(key);
        }
        Ok(Keys::new(keys))
    }
}

impl KeySection {
    fn key(&self) -> anyhow::Result<VirtualKey> {
        ensure!(
            !self.name.trim().is_empty(),
            "name is empty: allowed is any other text"
        );
        let models = self.models.iter().flatten();
        ensure!(
            self.models.as_ref().is_none_or(|models| !models.is_empty())
                && self
                    .upstreams
                    .as_ref()
                    .is_none_or(|names| !names.is_empty())
                && models.clone().all(|name| !name.trim().is_empty()),
            "upstreams or models name nothing: leave the line out to allow all"
        );
        Ok(VirtualKey {
            name: self.name.clone(),
            hash: self.hash.parse::<KeyHash>().context("hash")?,
            upstreams: self.upstreams.clone(),
            models: self.models.clone(),
            mode: self
                .mode
                .as_ref()
                .map(|word| mode(word, "mode"))
                .transpose()?,
        })
    }
}

impl<'de> Deserialize<'de> for KeysSection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordOrList)
    }
}

struct WordOrList;

impl<'de> Visitor<'de> for WordOrList {
    type Value = KeysSection;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`client`, `gateway`, or tables [[serve.keys]]")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<KeysSection, E> {
        match word {
            "client" => Ok(KeysSection::Of(KeyOf::Client)),
            "gateway" => Ok(KeysSection::Of(KeyOf::Gateway)),
            _ => Err(E::custom(
                "unknown word: allowed are `client` (each client's own), `gateway` (those of the environment), or tables [[serve.keys]]",
            )),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<KeysSection, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(KeysSection::Listed)
    }
}
