//! What a gateway is told. A [`Config`] never changes: another one takes its place, and calls that
//! have begun keep the one they began with.

use std::collections::BTreeMap;
use std::sync::Arc;

use autopack_calibrate::ChosenTarget;
use autopack_core::{Burndown, Catalogue, CeilingParameter, UpstreamName};
use autopack_provider::{Deadlines, Endpoint};

use crate::admission::Allowed;
use crate::decide::Mode;
use crate::keys::{KeyHash, Keys};

/// Whose key an upstream is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOf {
    /// The client's own, as it sends it.
    Client,
    /// The endpoint's; whatever key the client sends is taken out.
    Gateway,
}

/// A server behind the gateway.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Where it is.
    pub endpoint: Arc<Endpoint>,
    /// Whose key it is shown.
    pub key_of: KeyOf,
    /// What its models call their ceiling, where that is settled for all of them.
    pub ceiling_parameter: Option<CeilingParameter>,
    /// Whether it is a vendor's own, of whose models the catalogue knows.
    pub is_vendor: bool,
    /// The share of its calls that may be cut off at first, and why.
    pub aim: ChosenTarget,
    /// How output counts against its limits once it is written, where that is known to be otherwise than the
    /// ceiling did.
    pub burndown: Option<Burndown>,
}

impl Upstream {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &UpstreamName {
        self.endpoint.name()
    }
}

/// What may be done to ceilings, and where.
#[derive(Clone, Debug, Default)]
pub struct Modes {
    /// Where nothing else is said.
    pub default: Mode,
    /// By upstream.
    pub upstreams: BTreeMap<UpstreamName, Mode>,
    /// By group, as clients name them.
    pub groups: BTreeMap<String, Mode>,
    /// Whether ceilings of streams are lowered too. What of a stream has been sent cannot be taken back,
    /// so that a client would see it cut off.
    pub streams: bool,
}

impl Modes {
    /// The mode of a call; what is said nearest to it counts.
    #[must_use]
    pub fn of(&self, header: Option<Mode>, group: Option<&str>, upstream: &UpstreamName) -> Mode {
        header
            .or_else(|| self.groups.get(group?).copied())
            .or_else(|| self.upstreams.get(upstream).copied())
            .unwrap_or(self.default)
    }

    /// The mode of calls in a group that telemetry calls `name`, where no header says another.
    pub(crate) fn of_named(&self, name: &str) -> Mode {
        let label = |group: &&String| {
            name.strip_suffix(group.as_str())
                .is_some_and(|before| before.ends_with('/'))
        };
        let label = self.groups.keys().find(label).map(String::as_str);
        let upstream = name.split('/').next().unwrap_or_default();
        match upstream.parse() {
            Ok(upstream) => self.of(None, label, &upstream),
            Err(_) => self.default,
        }
    }
}

/// Everything a call depends on but what was learned.
#[derive(Clone, Debug)]
pub struct Config {
    /// The servers, by name.
    pub upstreams: BTreeMap<UpstreamName, Arc<Upstream>>,
    /// What each model can write.
    pub catalogue: Catalogue,
    /// What may be done to ceilings.
    pub modes: Modes,
    /// The keys of clients. With any, no upstream may be shown the client's own ([`KeyOf::Gateway`]).
    pub keys: Keys,
    /// What the token of the API is known by; without one the API is open on loopback alone.
    pub admin_token: Option<KeyHash>,
    /// What is asked of upstreams at the most; of others whatever comes.
    pub admission: BTreeMap<UpstreamName, Allowed>,
    /// How long a call may take.
    pub deadlines: Deadlines,
}

impl Config {
    /// What is aimed at, by upstream.
    pub(crate) fn aims(&self) -> BTreeMap<UpstreamName, ChosenTarget> {
        let upstreams = self.upstreams.iter();
        upstreams
            .map(|(name, upstream)| (name.clone(), upstream.aim.clone()))
            .collect()
    }

    /// Aims at what was aimed at first; `first` learns of what is new.
    pub(crate) fn keep_aims(&mut self, first: &mut BTreeMap<UpstreamName, ChosenTarget>) {
        for (name, upstream) in &mut self.upstreams {
            let aim = first
                .entry(name.clone())
                .or_insert_with(|| upstream.aim.clone());
            if *aim != upstream.aim {
                Arc::make_mut(upstream).aim = aim.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autopack_core::Provider;

    #[test]
    fn what_is_said_nearest_counts() {
        let openai = UpstreamName::from(Provider::OpenAi);
        let mut modes = Modes::default();
        assert_eq!(modes.of(None, Some("docs"), &openai), Mode::Fill);
        modes.upstreams.insert(openai.clone(), Mode::Observe);
        assert_eq!(modes.of(None, Some("docs"), &openai), Mode::Observe);
        modes.groups.insert("docs".to_owned(), Mode::Tighten);
        assert_eq!(modes.of(None, Some("docs"), &openai), Mode::Tighten);
        assert_eq!(modes.of(None, Some("tests"), &openai), Mode::Observe);
        assert_eq!(modes.of_named("openai/gpt-5/docs"), Mode::Tighten);
        assert_eq!(modes.of_named("openai/gpt-5/mydocs"), Mode::Observe);
        assert_eq!(modes.of_named("gemini/g/site-0"), Mode::Fill);
        let header = Some(Mode::Fill);
        assert_eq!(modes.of(header, Some("docs"), &openai), Mode::Fill);
    }
}
