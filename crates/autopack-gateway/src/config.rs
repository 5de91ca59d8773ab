//! What a gateway is told. A [`Config`] never changes: another one takes its place, and calls that
//! have begun keep the one they began with.

use std::collections::BTreeMap;
use std::sync::Arc;

use autopack_core::{Catalogue, CeilingParameter, UpstreamName};
use autopack_provider::{Deadlines, Endpoint};

use crate::decide::Mode;
use crate::keys::Keys;

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
    /// How long a call may take.
    pub deadlines: Deadlines,
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
        let header = Some(Mode::Fill);
        assert_eq!(modes.of(header, Some("docs"), &openai), Mode::Fill);
    }
}
