//! `autopack sim`: the simulator as a server of its own.

use autopack_sim::{Simulator, bind_loopback};

use super::input;
use crate::args::SimArgs;
use crate::exit::{Exit, Failure, Fault};
use crate::output;
use crate::settings::Settings;
use anyhow::Context as _;

pub(super) async fn run(args: &SimArgs, settings: &Settings) -> Result<Exit, Failure> {
    let scenario = input::scenario(args.scenario.as_deref())?;
    let simulator = Simulator {
        scenario,
        seed: args.seed,
        catalogue: settings.catalogue()?,
    };
    let listener = bind_loopback(args.port)
        .await
        .with_context(|| {
            format!(
                "port {} of 127.0.0.1 cannot be used: choose another with --port",
                args.port
            )
        })
        .outside()?;
    let address = listener.local_addr().outside()?;
    let mut interrupted = Box::pin(interrupted());
    // The first look installs the handler: whoever reads where it listens may interrupt it.
    tokio::select! {
        biased;
        () = &mut interrupted => return Ok(Exit::Done),
        () = std::future::ready(()) => {}
    }
    output::data(format_args!("simulator listening on http://{address}"))?;
    output::say("stop it with Ctrl-C; any key but `invalid` is accepted");
    simulator.serve(listener, interrupted).await.outside()?;
    Ok(Exit::Done)
}

/// Ctrl-C.
async fn interrupted() {
    // Without a signal handler there is no other end than being killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
