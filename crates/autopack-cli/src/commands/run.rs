//! `autopack run PLAN`: every phase to its providers, with right-sized ceilings.

mod progress;
mod route;

mod summary;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use autopack_builder::{Job, OutputDir, Runner, RunnerSettings};
use autopack_core::{Catalogue, Plan, Provider};
use autopack_provider::{ApiKey, Client, Endpoint};
use autopack_sim::{Simulator, bind_loopback};
use autopack_store::{DatabaseUrl, OpenMode, Store};
use jiff::Timestamp;
use jiff::tz::Offset;
use tokio::task::JoinHandle;

use super::input;
use crate::args::RunArgs;
use crate::exit::{Exit, Failure, Fault};
use crate::output;
use crate::settings::Settings;

pub(crate) use route::unknown_model;

pub(super) async fn run(args: &RunArgs, settings: &Settings) -> Result<Exit, Failure> {
    let plan = input::plan(&args.plan)?;
    let catalogue = settings.catalogue()?;
    let policy = settings.policy(&args.policy)?.value;
    let workspace = input::workspace(args.workspace.as_deref())?;
    let jobs = route::jobs(args, &plan, settings, &catalogue)?;
    let n_at_once = settings.jobs(args.jobs)?.value;
    let baselines = summary::baselines(&jobs, &policy, &catalogue, workspace.as_ref());
    // Everything that may refuse does so before the first call is made.
    let out = settings.out(args.out.clone()).value;
    let simulation = Simulation::start(args, &catalogue).await?;
    let clients = clients(&jobs, settings, simulation.as_ref())?;
    let output = OutputDir::open(&out).outside()?;
    let database = settings.database(&args.database)?.value;
    let store = open_store(settings, &database).await?;
    let recorded_in = store.is_some().then(|| database.to_string());

    let run_id = run_id(args, &plan);
    let runner = Runner::new(RunnerSettings {
        run_id: run_id.clone(),
        policy,
        catalogue,
        workspace,
        clients,
        output,
        store,
        stream: args.stream,
    });
    let watch = progress::Watch::start(jobs.len(), args.json);
    let outcomes = runner
        .run(&jobs, n_at_once, &|progress| watch.tell(progress))
        .await;
    watch.finish();
    let settings = runner.into_settings();
    if let Some(store) = settings.store {
        // Rows are durable already; what can fail here is only tidying up.
        if let Err(error) = store.close().await {
            output::warn(error);
        }
    }
    drop(simulation);

    let summary = summary::Summary {
        run_id: &run_id,
        n_jobs: jobs.len(),
        policy: settings.policy.name(),
        outcomes: &outcomes,
        baselines: &baselines,
        out: &out,
        recorded_in: recorded_in.as_deref(),
    };
    summary.print(args.json)?;
    Ok(summary.exit())
}

async fn open_store(settings: &Settings, database: &DatabaseUrl) -> Result<Option<Store>, Failure> {
    let telemetry = settings.telemetry()?;
    if !telemetry.value {
        output::warn(format_args!(
            "telemetry is turned off ({})",
            telemetry.source
        ));
        return Ok(None);
    }
    Store::open(database, OpenMode::ReadWrite)
        .await
        .map(Some)
        .outside()
}

/// The run's name: the one given, or the plan's with the time behind it, so that runs stay apart.
fn run_id(args: &RunArgs, plan: &Plan) -> String {
    if let Some(run_id) = &args.run_id {
        return run_id.clone();
    }
    let stem = args.plan.file_stem().unwrap_or_default().to_string_lossy();
    let name = plan.run_id.as_deref().unwrap_or(&stem);
    let now = Offset::UTC.to_datetime(Timestamp::now());
    format!("{name}-{}", now.strftime("%Y%m%d-%H%M%S%.3f"))
}

/// A client for each provider that a job names.
fn clients(
    jobs: &[Job],
    settings: &Settings,
    simulation: Option<&Simulation>,
) -> Result<BTreeMap<Provider, Client>, Failure> {
    let deadlines = settings.deadlines()?.value;
    let mut clients = BTreeMap::new();
    for provider in jobs.iter().map(|job| job.provider) {
        if clients.contains_key(&provider) {
            continue;
        }
        let endpoint = match simulation {
            Some(simulation) => simulation.endpoint(provider)?,
            None => endpoint(provider, settings)?,
        };
        clients.insert(provider, Client::new(endpoint, deadlines).outside()?);
    }
    Ok(clients)
}

fn endpoint(provider: Provider, settings: &Settings) -> Result<Endpoint, Failure> {
    let base_url = settings.base_url(provider)?;
    let Some(key) = settings.key(provider)? else {
        return route::no_key(provider);
    };
    Endpoint::new(provider, &base_url.value, key.key)
        .with_context(|| base_url.source.to_string())
        .usage()
}

/// The simulator in this process; it ends with this value.
struct Simulation {
    base_url: String,
    server: JoinHandle<std::io::Result<()>>,
}

impl Simulation {
    async fn start(args: &RunArgs, catalogue: &Catalogue) -> Result<Option<Self>, Failure> {
        let Some(scenario) = &args.simulate else {
            return Ok(None);
        };
        let scenario = input::scenario(scenario.as_deref().map(Path::new))?;
        let simulator = Simulator {
            scenario,
            seed: 0,
            catalogue: catalogue.clone(),
        };
        let listener = bind_loopback(0)
            .await
            .context("the simulator found no free port")
            .outside()?;
        let base_url = format!("http://{}", listener.local_addr().outside()?);
        let server = tokio::spawn(simulator.serve(listener, std::future::pending()));
        Ok(Some(Self { base_url, server }))
    }

    fn endpoint(&self, provider: Provider) -> Result<Endpoint, Failure> {
        let key = ApiKey::new("simulated").usage()?;
        Ok(Endpoint::new(provider, &self.base_url, key)
            .usage()?
            .labelled())
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        self.server.abort();
    }
}
