//! What the API shows. Nothing of it is a secret: no key, no hash, no prompt.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use autopack_core::Tokens;
use serde::Serialize;
use utoipa::ToSchema;

use crate::config::{Config, KeyOf};
use crate::decide::Group;
use crate::gateway::Gateway;

/// What the gateway is and how it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Status {
    /// The version of Autopack.
    version: &'static str,
    /// When it started, in UTC.
    #[schema(format = DateTime)]
    started_at: String,
    /// How long it has been serving, in seconds.
    uptime_s: u64,
    /// Whether it ends and takes no new connections.
    is_draining: bool,
    configuration: Configuration,
    rows: Rows,
    learning: Learned,
}

/// What the gateway is told, in short.
#[derive(Debug, Serialize, ToSchema)]
struct Configuration {
    /// What may be done to ceilings where nothing else is said.
    mode: &'static str,
    /// What may be done to ceilings, by group as clients name them.
    group_modes: BTreeMap<String, &'static str>,
    /// Whether ceilings of streams are lowered too.
    lowers_streams: bool,
    n_upstreams: usize,
    /// The names of the clients' keys; none where each has its own of the provider's.
    keys: Vec<String>,
    /// Whether the API wants a token.
    wants_admin_token: bool,
    /// How often it was read again and could be used.
    n_reloads_taken: u64,
    /// How often it was read again and could not.
    n_reloads_refused: u64,
}

/// What became of the rows of telemetry: `recorded` is the sum of the others.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "counts are named so")]
struct Rows {
    n_recorded: u64,
    n_written: u64,
    n_refused: u64,
    n_dropped: u64,
    n_pending: u64,
}

/// How much was learned from.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "counts are named so")]
struct Learned {
    n_groups: u64,
    n_calls: u64,
    /// Calls that were not learned from, because too many waited.
    n_dropped: u64,
    /// Groups that had to give their places to others.
    n_forgotten: u64,
}

impl Status {
    pub(super) fn of(gateway: &Gateway) -> Self {
        let (rows, learning) = (gateway.row_counts(), gateway.learning_counts());
        Self {
            version: env!("CARGO_PKG_VERSION"),
            started_at: gateway.started_at().to_string(),
            uptime_s: gateway.uptime().as_secs(),
            is_draining: gateway.is_draining(),
            configuration: Configuration::of(gateway),
            rows: Rows {
                n_recorded: rows.n_recorded,
                n_written: rows.n_written,
                n_refused: rows.n_refused,
                n_dropped: rows.n_dropped,
                n_pending: rows.n_pending,
            },
            learning: Learned {
                n_groups: learning.n_groups,
                n_calls: learning.n_learned,
                n_dropped: learning.n_dropped,
                n_forgotten: learning.n_forgotten,
            },
        }
    }
}

impl Configuration {
    fn of(gateway: &Gateway) -> Self {
        let config = gateway.config();
        let groups = config.modes.groups.iter();
        Self {
            mode: config.modes.default.as_str(),
            group_modes: groups
                .map(|(group, mode)| (group.clone(), mode.as_str()))
                .collect(),
            lowers_streams: config.modes.streams,
            n_upstreams: config.upstreams.len(),
            keys: config.keys.names().map(str::to_owned).collect(),
            wants_admin_token: config.admin_token.is_some(),
            n_reloads_taken: gateway.metrics.n_reloads(true),
            n_reloads_refused: gateway.metrics.n_reloads(false),
        }
    }
}

/// What was learned, by group.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Groups {
    groups: Vec<GroupView>,
}

/// What was learned of a group of calls.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Group)]
struct GroupView {
    /// Its name in telemetry.
    group: String,
    /// Calls that were learned from.
    n_calls: u64,
    /// Those that were cut off at the first ceiling they were sent with.
    n_cut_off: u64,
    /// The share of these, 0 to 1; `null` where there are no calls.
    #[schema(required)]
    truncation_ratio: Option<f64>,
    /// The ceiling for it, in tokens; `null` until enough calls have shown it.
    #[schema(required)]
    learned_ceiling: Option<u64>,
    /// What may be done to its ceilings.
    mode: &'static str,
}

impl Groups {
    pub(super) fn of(gateway: &Gateway) -> Self {
        let config = gateway.config();
        let groups = gateway.learning.groups();
        let mut groups: Vec<GroupView> = groups
            .iter()
            .map(|group| GroupView::of(group, &config))
            .collect();
        groups.sort_by(|a, b| (Reverse(a.n_calls), &a.group).cmp(&(Reverse(b.n_calls), &b.group)));
        Self { groups }
    }
}

impl GroupView {
    fn of(group: &Group, config: &Config) -> Self {
        let (n_calls, n_cut_off) = group.counts();
        let count = |count| Tokens::new(count).as_f64();
        Self {
            group: group.name().to_owned(),
            n_calls,
            n_cut_off,
            truncation_ratio: (n_calls > 0).then(|| count(n_cut_off) / count(n_calls)),
            learned_ceiling: group.ceiling().map(Tokens::get),
            mode: config.modes.of_named(group.name()).as_str(),
        }
    }
}

/// The servers behind the gateway.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Upstreams {
    upstreams: Vec<UpstreamView>,
}

/// A server behind the gateway.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Upstream)]
struct UpstreamView {
    name: String,
    /// What it speaks.
    dialect: &'static str,
    /// Its host.
    host: String,
    /// Whose key it is shown: `client` or `gateway`.
    key_of: &'static str,
    /// What may be done to ceilings of its calls.
    mode: &'static str,
    /// The share of its calls that may be cut off at first, 0.001 to 0.3.
    target_truncation: f64,
    /// Why that is the target.
    why_target: String,
}

impl Upstreams {
    pub(super) fn of(gateway: &Gateway) -> Self {
        let config = gateway.config();
        let upstreams = config
            .upstreams
            .iter()
            .map(|(name, upstream)| UpstreamView {
                name: name.to_string(),
                dialect: upstream.endpoint.dialect().as_str(),
                host: upstream.endpoint.host(),
                key_of: match upstream.key_of {
                    KeyOf::Client => "client",
                    KeyOf::Gateway => "gateway",
                },
                mode: config.modes.of(None, None, name).as_str(),
                target_truncation: upstream.aim.target.get(),
                why_target: upstream.aim.why.clone(),
            });
        Self {
            upstreams: upstreams.collect(),
        }
    }
}

/// The configuration was read again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reloaded {
    /// What is different in it and stays as it is until the gateway starts again.
    pub(super) needs_restart: Vec<String>,
}
