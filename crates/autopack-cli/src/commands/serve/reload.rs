//! Settings that are read again while the gateway serves: when told to, and when the file changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use autopack_gateway::{ConfigSource, Gateway, Reread};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::args::ServeArgs;
use crate::exit::Failure;
use crate::output;
use crate::settings::{Serve, Settings};

/// How often the settings file is looked at: often enough for somebody who waits for it, and one look at
/// its date is nothing.
const LOOK: Duration = Duration::from_secs(1);

/// What stays as it is while the gateway serves, each with the name of its setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fixed(Vec<(String, String)>);

impl Fixed {
    pub(super) fn of(
        serve: &Serve,
        args: &ServeArgs,
        settings: &Settings,
    ) -> Result<Self, Failure> {
        let Serve {
            listen,
            limits,
            config,
        } = serve;
        let fixed = [
            ("serve.listen", listen.value.to_string()),
            ("serve.max_connections", limits.max_connections.to_string()),
            ("serve.shutdown_s", limits.shutdown.as_secs().to_string()),
            (
                "deadlines.connect_s",
                config.deadlines.connect.as_secs().to_string(),
            ),
            ("telemetry", settings.telemetry()?.value.to_string()),
            (
                "database",
                settings.database(&args.database)?.value.to_string(),
            ),
        ];
        let targets = config.upstreams.iter().map(|(name, upstream)| {
            let target = upstream.aim.target.get();
            (format!("the target of {name}"), target.to_string())
        });
        let fixed = fixed.map(|(name, value)| (name.to_owned(), value));
        Ok(Self(fixed.into_iter().chain(targets).collect()))
    }

    /// What is different in `other`, in words.
    fn changes(&self, other: &Self) -> Vec<String> {
        let new_of = |name: &String| other.0.iter().find(|(new, _)| new == name);
        let both = self.0.iter().filter_map(|old| Some((old, new_of(&old.0)?)));
        both.filter(|(old, new)| old != new)
            .map(|((name, old), (_, new))| {
                format!("{name} stays `{old}`, and will be `{new}` when the gateway starts again")
            })
            .collect()
    }
}

/// The settings file, with the flags that go before it.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: Option<PathBuf>,
    pub(super) args: ServeArgs,
    pub(super) fixed: Fixed,
}

impl ConfigSource for File {
    fn read(&self) -> Result<Reread, String> {
        let read = || {
            let settings = Settings::load(self.path.as_deref())?;
            let serve = settings.serve(self.args.listen.as_deref())?;
            let fixed = Fixed::of(&serve, &self.args, &settings)?;
            Ok(Reread {
                config: serve.config,
                needs_restart: self.fixed.changes(&fixed),
            })
        };
        read().map_err(|failure: Failure| failure.to_string())
    }
}

/// Reads the settings again on SIGHUP and whenever their file has changed, for as long as it is polled.
pub(super) fn watch(
    gateway: Arc<Gateway>,
    path: Option<PathBuf>,
) -> std::io::Result<impl Future<Output = ()>> {
    let mut hangup: Signal = signal(SignalKind::hangup())?;
    let mut read = stamp(path.as_deref());
    Ok(async move {
        let mut seen = read;
        loop {
            let is_told = tokio::select! {
                _ = hangup.recv() => true,
                () = tokio::time::sleep(LOOK) => false,
            };
            let now = stamp(path.as_deref());
            // A file that still changes may be half written.
            let is_settled = now == seen;
            seen = now;
            if is_told || (is_settled && now != read) {
                read = now;
                reload(&gateway);
            }
        }
    })
}

fn reload(gateway: &Gateway) {
    match gateway.reload() {
        Ok(needs_restart) => {
            output::say("settings read again");
            needs_restart.into_iter().for_each(output::warn);
        }
        Err(error) => output::warn(error),
    }
}

/// By what a file that was written anew is known; `None` where there is none.
fn stamp(path: Option<&Path>) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path?).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
