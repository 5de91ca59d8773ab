//! `autopack serve`: the gateway.

mod key;
mod reload;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use autopack_calibrate::ChosenTarget;
use autopack_gateway::{Gateway, NoRecorder, Recorder, Remembered, StoreRecorder, serve};
use autopack_store::{OpenMode, Store, StoreError};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::args::ServeArgs;
use crate::exit::{Exit, Failure, Fault};
use crate::output::{self, thousands};
use crate::settings::{Serve, Settings};

use reload::Fixed;

pub(super) async fn run(args: &ServeArgs, settings: &Settings) -> Result<Exit, Failure> {
    if args.hash_key || args.new_key {
        let print = if args.hash_key { key::hash } else { key::new };
        return print().map(|()| Exit::Done);
    }
    let told = settings.serve(args.listen.as_deref())?;
    let fixed = Fixed::of(&told, args, settings)?;
    let Serve {
        listen,
        limits,
        config,
    } = told;
    // Whoever reads where it listens may interrupt it.
    let interrupted = interrupted().outside()?;
    let listener = TcpListener::bind(listen.value)
        .await
        .with_context(|| {
            format!(
                "cannot listen on `{}` ({}): choose another address with --listen",
                listen.value, listen.source
            )
        })
        .outside()?;
    let store = open_store(args, settings).await?;
    let recorder: Arc<dyn Recorder> = match &store {
        Some(store) => Arc::new(StoreRecorder::start(Arc::clone(store)).outside()?),
        None => Arc::new(NoRecorder),
    };
    let gateway = Gateway::new(config, recorder).outside()?;
    say_targets(&gateway);
    let keeping = match store.clone() {
        Some(store) => Some(Keeping::begin(&gateway, store).await),
        None => None,
    };
    let path = settings.path().map(Path::to_owned);
    gateway.reads_from(Box::new(reload::File {
        path: path.clone(),
        args: args.clone(),
        fixed,
    }));
    let watching = reload::watch(Arc::clone(&gateway), path).outside()?;
    let watching = tokio::spawn(watching);
    let address = listener.local_addr().outside()?;
    output::data(format_args!("gateway listening on http://{address}"))?;
    output::say("give your SDK that base URL; stop it with Ctrl-C");
    // As a task, so that connections are taken where they are served, with no thread to be woken in between.
    let serving = Arc::clone(&gateway);
    let serving = async move { serve(&serving, listener, limits, interrupted).await };
    let n_open = tokio::spawn(serving).await.outside()?.outside()?;
    watching.abort();
    if let Some(keeping) = keeping {
        keeping.end().await;
    }
    summary(&gateway, store.is_some(), n_open)?;
    Ok(Exit::Done)
}

/// The database, where telemetry is written.
async fn open_store(args: &ServeArgs, settings: &Settings) -> Result<Option<Arc<Store>>, Failure> {
    if !settings.telemetry()?.value {
        output::warn(
            "telemetry is off: nothing is recorded, and what is learned is forgotten at the end",
        );
        return Ok(None);
    }
    let database = settings.database(&args.database)?;
    let store = Store::open(&database.value, OpenMode::ReadWrite)
        .await
        .outside()?;
    Ok(Some(Arc::new(store)))
}

/// Says what is aimed at on each upstream, and why; what is the same for several once.
fn say_targets(gateway: &Gateway) {
    let config = gateway.config();
    let mut aims: Vec<(&ChosenTarget, Vec<&str>)> = Vec::new();
    for (name, upstream) in &config.upstreams {
        let known = aims.iter_mut().find(|(aim, _)| **aim == upstream.aim);
        match known {
            Some((_, names)) => names.push(name.as_str()),
            None => aims.push((&upstream.aim, vec![name.as_str()])),
        }
    }
    for (ChosenTarget { target, why, .. }, names) in aims {
        let percent = 100.0 * target.get();
        // Targets from costs are whole tenths of a percent.
        let percent = (percent * 1000.0).round() / 1000.0;
        output::say(format_args!(
            "target of {}: {percent} % may be cut off at first; {why}",
            names.join(", ")
        ));
    }
}

/// What is learned, on its way into the database.
struct Keeping {
    end: oneshot::Sender<()>,
    task: JoinHandle<Result<(), StoreError>>,
}

impl Keeping {
    /// Goes on from what was kept, and keeps what is learned from now on. Without what was learned before it
    /// begins anew: nobody is harmed by that.
    async fn begin(gateway: &Arc<Gateway>, store: Arc<Store>) -> Self {
        match gateway.remember_from(&store).await {
            Ok(remembered) => say_remembered(remembered),
            Err(error) => output::warn(format_args!(
                "{error}; what was learned before is not known"
            )),
        }
        let gateway = Arc::clone(gateway);
        let (end, ended) = oneshot::channel();
        let task = tokio::spawn(async move {
            let ended = async { drop(ended.await) };
            gateway.keep_in(&store, ended).await
        });
        Self { end, task }
    }

    /// Waits until all is kept.
    async fn end(self) {
        drop(self.end);
        let failure = match self.task.await {
            Ok(kept) => kept.err().map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(failure) = failure {
            output::warn(format_args!(
                "{failure}; what was learned is not kept, and the next gateway learns it from the rows"
            ));
        }
    }
}

fn say_remembered(remembered: Remembered) {
    let Remembered {
        n_restored,
        not_restored,
        n_calls,
    } = remembered;
    not_restored.into_iter().for_each(output::warn);
    let calls = thousands(n_calls as u64);
    match (n_restored, n_calls) {
        (0, 0) => {}
        (0, _) => output::say(format_args!("remembers {calls} calls of the database")),
        (_, 0) => output::say("goes on with what was learned before"),
        _ => output::say(format_args!(
            "goes on with what was learned before, and remembers {calls} calls that came since"
        )),
    }
}

fn summary(gateway: &Gateway, is_recording: bool, n_open: usize) -> Result<(), Failure> {
    let learning = gateway.learning_counts();
    output::data(format_args!(
        "learned from {} calls; groups: {}",
        thousands(learning.n_learned),
        thousands(learning.n_groups)
    ))?;
    if is_recording {
        let rows = gateway.row_counts();
        output::data(format_args!(
            "rows: {} recorded = {} written + {} refused + {} dropped + {} pending",
            thousands(rows.n_recorded),
            thousands(rows.n_written),
            thousands(rows.n_refused),
            thousands(rows.n_dropped),
            thousands(rows.n_pending)
        ))?;
        if rows.n_recorded > rows.n_written {
            output::warn("not every row was written: see the log, and the disk of the database");
        }
    }
    if n_open > 0 {
        output::warn(format_args!(
            "{n_open} connections were broken off: raise `shutdown_s` under [serve]"
        ));
    }
    Ok(())
}

/// Ctrl-C, or being told to end.
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt: Signal = signal(SignalKind::interrupt())?;
    let mut terminate: Signal = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
