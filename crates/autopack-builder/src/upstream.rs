//! The upstreams of a run: their clients, and what refusals have taught of their models.

use std::collections::BTreeMap;
use std::sync::Mutex;

use autopack_core::{CeilingParameter, Tokens, UpstreamName};
use autopack_provider::{Client, Repair};
use autopack_store::LearnedLimit;
use jiff::Timestamp;

/// A client for each upstream that a job names, and what refusals taught before this run and in it.
#[derive(Debug)]
pub struct Upstreams {
    clients: BTreeMap<UpstreamName, Client>,
    learned: Mutex<BTreeMap<(String, String), Learned>>,
}

/// What is known of a model beyond the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Learned {
    pub(crate) limit: Option<Tokens>,
    pub(crate) parameter: Option<CeilingParameter>,
}

impl Upstreams {
    /// These clients, and of `learned` what is no older than a month at `now`.
    #[must_use]
    pub fn new(
        clients: impl IntoIterator<Item = Client>,
        learned: impl IntoIterator<Item = LearnedLimit>,
        now: Timestamp,
    ) -> Self {
        let name_of = |client: Client| (client.endpoint().name().clone(), client);
        let is_fresh = |limit: &LearnedLimit| limit.counts_at(now);
        let entry = |limit: LearnedLimit| {
            let learned = Learned {
                limit: limit.max_output_tokens,
                parameter: limit.ceiling_parameter,
            };
            ((limit.route, limit.model), learned)
        };
        Self {
            clients: clients.into_iter().map(name_of).collect(),
            learned: Mutex::new(learned.into_iter().filter(is_fresh).map(entry).collect()),
        }
    }

    /// The client of `upstream`.
    ///
    /// # Panics
    /// Where there is none: whoever makes the jobs makes the clients.
    pub(crate) fn client(&self, upstream: &UpstreamName) -> &Client {
        self.clients.get(upstream).expect("a client for every job")
    }

    /// What is known of `model` on `upstream` beyond the catalogue.
    pub(crate) fn learned(&self, upstream: &UpstreamName, model: &str) -> Learned {
        let key = (self.client(upstream).endpoint().route(), model.to_owned());
        let learned = self.lock();
        learned.get(&key).copied().unwrap_or_default()
    }

    /// Takes in what a refusal taught, for the calls that follow, and gives it to be remembered; `None` where it
    /// says something of one prompt alone.
    pub(crate) fn learn(
        &self,
        upstream: &UpstreamName,
        model: &str,
        repair: Repair,
        now: Timestamp,
    ) -> Option<LearnedLimit> {
        let route = self.client(upstream).endpoint().route();
        let (limit, parameter) = match repair {
            Repair::Ceiling(limit) => (Some(limit), None),
            Repair::Parameter(parameter) => (None, Some(parameter)),
            Repair::Room(_) => return None,
        };
        let mut learned = self.lock();
        let known = learned
            .entry((route.clone(), model.to_owned()))
            .or_default();
        known.limit = limit.or(known.limit);
        known.parameter = parameter.or(known.parameter);
        Some(LearnedLimit {
            route,
            model: model.to_owned(),
            max_output_tokens: limit,
            ceiling_parameter: parameter,
            learned_at: now,
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(String, String), Learned>> {
        self.learned
            .lock()
            .expect("nobody panics while holding the map")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autopack_core::Provider;
    use autopack_provider::{BaseUrl, Deadlines, Endpoint};
    use autopack_wire::Dialect;

    fn upstreams(learned: Vec<LearnedLimit>) -> Upstreams {
        let name = UpstreamName::from(Provider::OpenAi);
        let dialect = Dialect::OpenAiChat;
        let base_url = BaseUrl::parse(&name, dialect, "http://127.0.0.1:9").expect("a URL");
        let endpoint = Endpoint::new(name, dialect, base_url);
        let client = Client::new(endpoint, Deadlines::default()).expect("a client");
        Upstreams::new([client], learned, now())
    }

    fn now() -> Timestamp {
        "2026-03-01T00:00:00Z".parse().expect("a time")
    }

    fn limit(model: &str, learned_at: &str) -> LearnedLimit {
        LearnedLimit {
            route: "openai@127.0.0.1:9".to_owned(),
            model: model.to_owned(),
            max_output_tokens: Some(Tokens::new(8192)),
            ceiling_parameter: None,
            learned_at: learned_at.parse().expect("a time"),
        }
    }

    #[test]
    fn a_limit_counts_for_a_month() {
        let upstreams = upstreams(vec![
            limit("new", "2026-02-20T00:00:00Z"),
            limit("old", "2026-01-20T00:00:00Z"),
        ]);
        let learned = |model| upstreams.learned(&Provider::OpenAi.into(), model);
        assert_eq!(learned("new").limit, Some(Tokens::new(8192)));
        assert_eq!(learned("old"), Learned::default());
    }

    #[test]
    fn what_one_call_is_taught_the_next_knows() {
        let upstreams = upstreams(Vec::new());
        let name = Provider::OpenAi.into();
        let parameter = CeilingParameter::MaxCompletionTokens;
        upstreams.learn(&name, "m", Repair::Ceiling(Tokens::new(4096)), now());
        let told = upstreams.learn(&name, "m", Repair::Parameter(parameter), now());
        let told = told.expect("something to remember");
        let room = Repair::Room(Tokens::new(512));
        assert_eq!(upstreams.learn(&name, "m", room, now()), None);
        assert_eq!(told.max_output_tokens, None, "only what was said just now");
        let known = upstreams.learned(&name, "m");
        assert_eq!(known.limit, Some(Tokens::new(4096)));
        assert_eq!(known.parameter, Some(parameter));
    }
}
