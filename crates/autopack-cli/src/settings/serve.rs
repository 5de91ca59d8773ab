//! What the gateway is told: `[serve]`, and where it listens.

mod admission;
mod keys;
mod targets;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use autopack_core::{Economics, Provider, UpstreamName};
use autopack_gateway::{Config, KeyHash, KeyOf, Limits, Mode, Modes, NoHash, Upstream as Served};
use serde::Deserialize;

use super::environment::LISTEN;
use super::limits::within;
use super::{Settings, Source, Sourced, Upstream};
use crate::exit::{Failure, Fault, usage};

use keys::KeysSection;

/// Where the gateway listens where nobody says otherwise.
const DEFAULT_LISTEN: &str = "127.0.0.1:8484";

/// The most connections a settings file may allow: half the ports there are, because a call needs one on
/// each side.
const MAX_CONNECTIONS: u64 = 32_768;

/// The longest that a settings file may have calls under way waited for, in seconds: an hour.
const MAX_SHUTDOWN_S: u64 = 3600;

/// The servers behind the gateway, by name.
type Upstreams = BTreeMap<UpstreamName, Arc<Served>>;

/// What a settings file may say of the gateway.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServeSection {
    listen: Option<String>,
    mode: Option<String>,
    target_truncation: Option<f64>,
    #[serde(default)]
    targets: BTreeMap<UpstreamName, f64>,
    lower_streams: Option<bool>,
    #[serde(default)]
    keys: KeysSection,
    admin_token_hash: Option<String>,
    #[serde(default)]
    admission: admission::Sections,
    max_connections: Option<u64>,
    shutdown_s: Option<u64>,
    #[serde(default)]
    upstreams: BTreeMap<UpstreamName, String>,
    #[serde(default)]
    groups: BTreeMap<String, String>,
}

/// What the gateway is told.
#[derive(Debug)]
pub(crate) struct Serve {
    pub(crate) listen: Sourced<SocketAddr>,
    pub(crate) limits: Limits,
    pub(crate) config: Config,
}

impl Settings {
    /// What the gateway is told, from flag, environment, file and default.
    pub(crate) fn serve(&self, listen: Option<&str>) -> Result<Serve, Failure> {
        let section = &self.file.serve;
        let listen = self.listen(listen)?;
        let upstreams = self.served()?;
        not_itself(&listen.value, &upstreams)?;
        for name in section.targets.keys() {
            is_served(name, &upstreams, "[serve.targets]")?;
        }
        Ok(Serve {
            listen,
            limits: section.limits()?,
            config: Config {
                modes: self.modes(&upstreams)?,
                keys: section.keys.keys(&upstreams)?,
                admission: admission::allowed(&section.admission, &upstreams)?,
                upstreams,
                catalogue: self.catalogue()?,
                admin_token: section
                    .admin_token()
                    .context("[serve] admin_token_hash")
                    .usage()?,
                deadlines: self.deadlines()?.value,
            },
        })
    }

    fn listen(&self, flag: Option<&str>) -> Result<Sourced<SocketAddr>, Failure> {
        let given = self.text(
            ("--listen", flag),
            LISTEN,
            self.file.serve.listen.as_deref(),
        )?;
        let Sourced { value, source } = given.unwrap_or_else(|| Sourced {
            value: DEFAULT_LISTEN.to_owned(),
            source: Source::Default,
        });
        let address = value.parse().map_err(|_| {
            anyhow!("listen is `{value}` ({source}): allowed is an address with a port, such as `{DEFAULT_LISTEN}`")
        });
        Ok(Sourced {
            value: address.usage()?,
            source,
        })
    }

    fn modes(&self, served: &Upstreams) -> Result<Modes, Failure> {
        let section = &self.file.serve;
        let mut modes = Modes {
            streams: section.lower_streams.unwrap_or_default(),
            ..Modes::default()
        };
        if let Some(word) = &section.mode {
            modes.default = mode(word, "[serve] mode").usage()?;
        }
        for (name, word) in &section.upstreams {
            is_served(name, served, "[serve.upstreams]")?;
            let mode = mode(word, &format!("[serve.upstreams] {name}")).usage()?;
            modes.upstreams.insert(name.clone(), mode);
        }
        for (group, word) in &section.groups {
            let mode = mode(word, &format!("[serve.groups] {group}")).usage()?;
            modes.groups.insert(group.clone(), mode);
        }
        Ok(modes)
    }

    /// The servers behind the gateway: the vendors, and those of the user's own.
    fn served(&self) -> Result<Upstreams, Failure> {
        let key_of_vendors = self.file.serve.keys.key_of_vendors();
        let economics = Economics::embedded();
        let mut served = BTreeMap::new();
        for vendor in Provider::ALL {
            let upstream = self.upstream(&vendor.into())?;
            served.insert(
                upstream.name.clone(),
                self.one_served(&upstream, key_of_vendors, &economics)?,
            );
        }
        for upstream in self.own_upstreams()? {
            // A key of its own is named there for this very server.
            served.insert(
                upstream.name.clone(),
                self.one_served(&upstream, KeyOf::Gateway, &economics)?,
            );
        }
        Ok(served)
    }

    fn one_served(
        &self,
        upstream: &Upstream,
        key_of: KeyOf,
        economics: &Economics,
    ) -> Result<Arc<Served>, Failure> {
        let key = match key_of {
            KeyOf::Client => None,
            KeyOf::Gateway => self.key_of(upstream)?,
        };
        // Without a key of its own for the server, the gateway hands on the client's, unless that is the
        // gateway's.
        let key_of = match (&key, &self.file.serve.keys) {
            (Some(_), _) => key_of,
            (None, KeysSection::Listed(_)) => KeyOf::Gateway,
            (None, KeysSection::Of(_)) => KeyOf::Client,
        };
        let endpoint = upstream.endpoint(key)?;
        let route = economics.of_upstream(Some(&endpoint.host()), upstream.name.as_str());
        Ok(Arc::new(Served {
            aim: self.target(&upstream.name, route)?,
            burndown: route.and_then(|route| route.burndown.clone()),
            endpoint: Arc::new(endpoint),
            key_of,
            ceiling_parameter: upstream.own_ceiling_parameter(),
            is_vendor: upstream.is_vendor(),
        }))
    }
}

impl ServeSection {
    fn admin_token(&self) -> Result<Option<KeyHash>, NoHash> {
        self.admin_token_hash.as_deref().map(str::parse).transpose()
    }

    fn limits(&self) -> Result<Limits, Failure> {
        let mut limits = Limits::default();
        if let Some(n) = self.max_connections {
            within(
                "serve.max_connections",
                n,
                1,
                MAX_CONNECTIONS,
                "connections",
            )?;
            limits.max_connections = usize::try_from(n).unwrap_or(usize::MAX);
        }
        if let Some(seconds) = self.shutdown_s {
            within("serve.shutdown_s", seconds, 0, MAX_SHUTDOWN_S, "seconds")?;
            limits.shutdown = Duration::from_secs(seconds);
        }
        Ok(limits)
    }
}

/// Clients find the gateway by the variables in which it finds the providers: set for both, every call would
/// go round in it.
fn not_itself(listen: &SocketAddr, upstreams: &Upstreams) -> Result<(), Failure> {
    let own = [listen.to_string(), format!("localhost:{}", listen.port())];
    for (name, upstream) in upstreams {
        let host = upstream.endpoint.host();
        if own.contains(&host) {
            return usage(format_args!(
                "the base URL of {name} is `{host}`, where the gateway itself listens: unset it here, and set it for clients only"
            ));
        }
    }
    Ok(())
}

/// A slip of the keyboard there would leave what is said unused without a word.
fn is_served(name: &UpstreamName, served: &Upstreams, place: &str) -> Result<(), Failure> {
    if served.contains_key(name) {
        return Ok(());
    }
    let names: Vec<String> = served.keys().map(|name| format!("`{name}`")).collect();
    usage(format_args!(
        "{place} `{name}` is no upstream: allowed are {}",
        names.join(", ")
    ))
}

fn mode(word: &str, place: &str) -> anyhow::Result<Mode> {
    word.parse().with_context(|| place.to_owned())
}
