//! The economics of a route: what a ceiling costs there, besides cutting off. Dated data.
//!
//! The embedded document says where each row is from and when it was read. Whom nobody lists has no row, and
//! what nobody knows is [`CeilingCost::Unknown`]: neither is a cost of nothing.

use std::num::NonZeroU32;

use serde::Deserialize;

/// The embedded document.
const EMBEDDED: &str = include_str!("economics/routes.toml");

/// What a ceiling costs. The tokens that were written are billed everywhere, the ceiling itself nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CeilingCost {
    /// It is held against the rate limit from the beginning of the call.
    Reserves {
        /// How many tokens of the limit a token of the ceiling takes.
        weight: NonZeroU32,
    },
    /// It counts against nothing, and only stops what would not end.
    GuardsRunaways,
    /// The model thinks the more the higher it is.
    DrivesSpend,
    /// Its price is held against the credit until the call ends.
    HoldsCredit,
    /// Nobody knows, or it depends on the server.
    Unknown,
}

/// How what was written counts against a rate limit in the end, where that is another number than what the
/// ceiling took.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Burndown {
    weight: NonZeroU32,
    models: Vec<String>,
}

impl Burndown {
    /// How many tokens of the limit an output token takes of the model that its maker calls so.
    #[must_use]
    pub fn weight_of(&self, model: &str) -> NonZeroU32 {
        let is_listed = self.models.iter().any(|start| model.starts_with(start));
        if is_listed {
            self.weight
        } else {
            NonZeroU32::MIN
        }
    }
}

/// What is known of a route.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteEconomics {
    /// The provider's name, or that of an upstream.
    pub id: String,
    /// The hosts it is known by, `*` standing for anything.
    #[serde(default)]
    hosts: Vec<String>,
    /// What a ceiling costs on it.
    pub ceiling: CeilingCost,
    /// How output counts once it is written, where that is known to be otherwise.
    pub burndown: Option<Burndown>,
    /// Where that is from.
    pub source: String,
    /// When it was read, as a date.
    pub date: String,
}

impl RouteEconomics {
    /// Whether the server at `host` is on it.
    fn is_at(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| match known.split_once('*') {
            Some((start, end)) => {
                host.len() > start.len() + end.len()
                    && host.starts_with(start)
                    && host.ends_with(end)
            }
            None => host == known,
        })
    }
}

/// The economics of all routes that are listed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Economics {
    /// When the rows were put together, as a date.
    pub as_of: String,
    routes: Vec<RouteEconomics>,
}

impl Economics {
    /// The embedded rows.
    ///
    /// # Panics
    /// Never: the embedded document is read by a test.
    #[must_use]
    pub fn embedded() -> Self {
        toml::from_str(EMBEDDED).expect("the embedded economics are well formed")
    }

    /// What is known of the route of this name: a provider's, or an upstream's.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&RouteEconomics> {
        self.routes.iter().find(|route| route.id == id)
    }

    /// What is known of an upstream: by the host it is at, with or without a port, else by its name.
    #[must_use]
    pub fn of_upstream(&self, host: Option<&str>, name: &str) -> Option<&RouteEconomics> {
        let host = host.map(|host| host.split(':').next().unwrap_or_default());
        let at_host = host.and_then(|host| self.routes.iter().find(|route| route.is_at(host)));
        at_host.or_else(|| self.find(name))
    }

    /// All rows.
    #[must_use]
    pub fn routes(&self) -> &[RouteEconomics] {
        &self.routes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::provider::Provider;
    use crate::upstream::UpstreamName;

    #[test]
    fn every_provider_has_a_row_and_every_row_a_source() {
        let economics = Economics::embedded();
        for provider in Provider::ALL {
            assert!(economics.find(provider.as_str()).is_some(), "{provider}");
        }
        let mut ids = BTreeSet::new();
        for route in economics.routes() {
            assert!(route.id.parse::<UpstreamName>().is_ok(), "{}", route.id);
            assert!(ids.insert(&route.id), "{} is listed twice", route.id);
            assert!(!route.source.is_empty(), "{}", route.id);
            let date = route.date.as_str();
            assert!(
                date.len() == 10 && date <= economics.as_of.as_str(),
                "{date}"
            );
        }
    }

    #[test]
    fn what_is_not_listed_and_what_is_not_known_cost_not_nothing() {
        let economics = Economics::embedded();
        let cost = |id| economics.find(id).map(|route| route.ceiling);
        assert_eq!(cost("no-such-route"), None);
        assert_eq!(cost("vllm"), Some(CeilingCost::Unknown));
        assert_eq!(cost("anthropic"), Some(CeilingCost::GuardsRunaways));
        let weight = NonZeroU32::MIN;
        assert_eq!(cost("azure"), Some(CeilingCost::Reserves { weight }));
    }

    #[test]
    fn the_host_goes_before_the_name() {
        let economics = Economics::embedded();
        let id = |host, name| {
            let route = economics.of_upstream(host, name);
            route.map(|route| route.id.as_str())
        };
        assert_eq!(id(Some("api.openai.com"), "anthropic"), Some("openai"));
        assert_eq!(id(Some("api.openai.com:443"), "mine"), Some("openai"));
        assert_eq!(id(Some("eu.openai.azure.com"), "mine"), Some("azure"));
        let frankfurt = "bedrock-runtime.eu-central-1.amazonaws.com";
        assert_eq!(id(Some(frankfurt), "mine"), Some("bedrock"));
        assert_eq!(id(Some("127.0.0.1:8000"), "azure"), Some("azure"));
        assert_eq!(id(None, "vllm"), Some("vllm"));
        assert_eq!(id(Some(".openai.azure.com"), "mine"), None);
        assert_eq!(id(Some("api.openai.com.example"), "mine"), None);
        assert_eq!(id(None, "mine"), None);
    }

    #[test]
    fn the_larger_models_of_bedrock_burn_their_limit_down_faster() {
        let economics = Economics::embedded();
        let of = |id| economics.find(id).and_then(|route| route.burndown.as_ref());
        let bedrock = of("bedrock").expect("one");
        for (model, expected) in [
            ("claude-sonnet-4-5-20250929-v1:0", 5),
            ("claude-opus-4-6", 5),
            ("claude-haiku-4-5", 1),
            ("nova-pro", 1),
        ] {
            assert_eq!(bedrock.weight_of(model).get(), expected, "{model}");
        }
        assert_eq!(of("openai"), None);
    }

    #[test]
    fn a_weight_of_nothing_is_refused() {
        let row = EMBEDDED.replace("weight = 1 ", "weight = 0 ");
        let error = toml::from_str::<Economics>(&row).expect_err("no weight");
        assert!(error.to_string().contains("nonzero"), "{error}");
    }
}
