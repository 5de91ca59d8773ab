//! `autopack run PLAN`: every phase to its providers, with right-sized ceilings.

mod policies;
mod progress;
mod route;
mod summary;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use autopack_builder::{
    Building, DoneJobs, Job, Outcome, OutputDir, PastAttempt, RunBranch, Runner, RunnerSettings,
    Templates, Upstreams,
};
use autopack_core::{Catalogue, Plan, Policy, PolicyChoice, UpstreamName};
use autopack_provider::{ApiKey, AuthScheme, BaseUrl, Client, Endpoint};
use autopack_sim::{Simulator, bind_loopback};
use autopack_store::{DatabaseUrl, EstimationRow, Filter, OpenMode, Store};
use jiff::Timestamp;
use jiff::tz::Offset;
use tokio::task::JoinHandle;

use super::input;
use crate::args::RunArgs;
use crate::exit::{Exit, Failure, Fault, usage};
use crate::output;
use crate::settings::{Settings, Upstream};
use policies::Policies;
use route::Route;

pub(crate) use route::unknown_model;
pub(super) use summary::Summary;

/// The policy that ceilings are held against.
const BASELINE: &str = "pre-142";

pub(super) async fn run(args: &RunArgs, settings: &Settings) -> Result<Exit, Failure> {
    let plan = input::plan(&args.call.plan)?;
    let summary = execute(args, &plan, settings).await?;
    summary.print(args.call.json)?;
    Ok(summary.exit())
}

/// Runs the plan to its end.
pub(super) async fn execute(
    args: &RunArgs,
    plan: &Plan,
    settings: &Settings,
) -> Result<Summary, Failure> {
    let catalogue = settings.catalogue()?;
    let chosen = settings
        .policy(&args.call.policy, &args.call.database)
        .await?;
    let workspace = input::workspace(args.call.workspace.as_deref())?;
    let routes = route::routes(args, plan, settings, &catalogue)?;
    let jobs = route::jobs(plan, &routes, &catalogue)?;
    let n_at_once = settings.jobs(args.call.jobs)?.value;
    // Everything that may refuse does so before the first call is made.
    let out = settings.out(args.call.out.clone()).value;
    let simulation = Simulation::start(args, &catalogue).await?;
    let clients = clients(&routes, settings, simulation.as_ref())?;
    let output = OutputDir::open(&out).outside()?;
    let database = settings.database(&args.call.database)?.value;
    let store = open_store(settings, &database).await?;
    let recorded_in = store.is_some().then(|| database.to_string());
    let chosen = policies::at_the_start(chosen, store.as_ref()).await?;

    let run_id = run_id(args, plan);
    let done = done(args, store.as_ref()).await?;
    let n_done = jobs.iter().filter(|job| done.contains(job)).count();
    let building = building(args, &run_id).await?;
    let upstreams = upstreams(clients, store.as_ref()).await?;
    let runner = Runner::new(RunnerSettings {
        run_id: run_id.clone(),
        baseline: baseline(&chosen.value),
        policies: chosen.value.clone(),
        catalogue,
        workspace,
        upstreams,
        output,
        store,
        stream: args.call.stream,
        building,
        done,
        stop: Arc::default(),
    });
    let watch = progress::Watch::start(jobs.len() - n_done, args.call.json);
    let (outcomes, interrupted) = until_interrupted(&runner, &jobs, n_at_once, &watch).await;
    watch.finish();
    let store = runner.into_settings().store;
    let policies = Policies::at_the_end(chosen, store.as_ref()).await;
    if let Some(store) = store {
        // Rows are durable already; what can fail here is only tidying up.
        if let Err(error) = store.close().await {
            output::warn(error);
        }
    }
    drop(simulation);
    Ok(Summary {
        run_id,
        policies,
        jobs,
        n_done,
        interrupted,
        outcomes,
        out,
        recorded_in,
    })
}

/// The policy that ceilings are held against, where it is another than the one that decides.
fn baseline(policies: &PolicyChoice) -> Option<Policy> {
    Policy::embedded(BASELINE).filter(|before| before.name() != policies.current().name())
}

/// Runs the jobs, and whether the user has stopped the run meanwhile.
async fn until_interrupted(
    runner: &Runner,
    jobs: &[Job],
    n_at_once: usize,
    watch: &progress::Watch,
) -> (Vec<Outcome>, bool) {
    let interrupted = tokio::spawn(stop_on_interrupt(runner.stop()));
    let outcomes = runner
        .run(jobs, n_at_once, &|progress| watch.tell(progress))
        .await;
    let is_interrupted = interrupted.is_finished();
    interrupted.abort();
    (outcomes, is_interrupted)
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

/// What an earlier run of this name has done, where one is to be gone on with.
async fn done(args: &RunArgs, store: Option<&Store>) -> Result<DoneJobs, Failure> {
    let Some(run_id) = &args.build.resume else {
        return Ok(DoneJobs::default());
    };
    let Some(store) = store else {
        return usage("--resume needs the telemetry of the run, and telemetry is turned off");
    };
    let mut attempts = Vec::new();
    let filter = Filter {
        run_id: Some(run_id.clone()),
        ..Filter::default()
    };
    let past = |row: EstimationRow| {
        let upstream = row.upstream.and_then(|name| name.parse().ok());
        // Rows from before upstreams had names went to a vendor.
        let upstream = upstream.or(row.provider.map(UpstreamName::from));
        attempts.extend(upstream.map(|upstream| PastAttempt {
            phase_id: row.phase_id,
            upstream,
            success: row.success == Some(true),
        }));
    };
    let read = store.for_each_estimation(&filter, past).await.outside()?;
    if read.n_rows == 0 {
        return usage(format_args!(
            "--resume names the run `{run_id}`, of which the database knows nothing: `autopack report --by run` lists the runs"
        ));
    }
    Ok(attempts.into_iter().collect())
}

/// The workspace to build in, where replies are applied.
async fn building(args: &RunArgs, run_id: &str) -> Result<Option<Building>, Failure> {
    let Some(root) = args.call.workspace.as_deref().filter(|_| args.build.apply) else {
        return Ok(None);
    };
    let templates = match &args.build.templates {
        Some(directory) => Templates::open(directory).usage()?,
        None => Templates::built_in(),
    };
    let branch = if args.build.commit {
        Some(RunBranch::open(root, run_id).await.outside()?)
    } else {
        None
    };
    Ok(Some(Building::new(root.to_owned(), templates, branch)))
}

/// Ends when the user interrupts: no other phase begins then, those on the way are finished.
async fn stop_on_interrupt(stop: Arc<AtomicBool>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        stop.store(true, Ordering::Relaxed);
        output::say("interrupted: what is on the way is finished and recorded");
    } else {
        // Without a signal handler nobody can interrupt.
        std::future::pending::<()>().await;
    }
}

/// The run's name: the one given, or the plan's with the time behind it, so that runs stay apart.
fn run_id(args: &RunArgs, plan: &Plan) -> String {
    if let Some(run_id) = args.build.resume.as_ref().or(args.call.run_id.as_ref()) {
        return run_id.clone();
    }
    let stem = args
        .call
        .plan
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    let name = plan.run_id.as_deref().unwrap_or(&stem);
    let now = Offset::UTC.to_datetime(Timestamp::now());
    format!("{name}-{}", now.strftime("%Y%m%d-%H%M%S%.3f"))
}

/// A client for each route.
fn clients(
    routes: &[Route],
    settings: &Settings,
    simulation: Option<&Simulation>,
) -> Result<Vec<Client>, Failure> {
    let deadlines = settings.deadlines()?.value;
    let retries = settings.retries()?.value;
    let client = |Route { upstream, .. }: &Route| {
        let endpoint = match simulation {
            Some(simulation) => simulation.endpoint(upstream)?,
            None => endpoint(upstream, settings)?,
        };
        let client = Client::new(endpoint, deadlines).outside()?;
        Ok(client.with_retry(retries))
    };
    routes.iter().map(client).collect()
}

fn endpoint(upstream: &Upstream, settings: &Settings) -> Result<Endpoint, Failure> {
    let key = settings.key_of(upstream)?;
    if key.is_none() && !upstream.key_variables.is_empty() {
        return route::no_key(upstream);
    }
    upstream.endpoint(key)
}

/// The clients, with what earlier refusals taught.
async fn upstreams(clients: Vec<Client>, store: Option<&Store>) -> Result<Upstreams, Failure> {
    let learned = match store {
        Some(store) => store.learned_limits().await.outside()?,
        None => Vec::new(),
    };
    Ok(Upstreams::new(clients, learned, Timestamp::now()))
}

/// The simulator in this process; it ends with this value.
struct Simulation {
    base_url: String,
    server: JoinHandle<std::io::Result<()>>,
}

impl Simulation {
    async fn start(args: &RunArgs, catalogue: &Catalogue) -> Result<Option<Self>, Failure> {
        let Some(scenario) = &args.call.simulate else {
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

    /// The simulator in place of `upstream`, whose dialect it speaks.
    fn endpoint(&self, upstream: &Upstream) -> Result<Endpoint, Failure> {
        let key = ApiKey::new("simulated").usage()?;
        let base_url = BaseUrl::parse(&upstream.name, upstream.dialect, &self.base_url);
        let endpoint = Endpoint::new(upstream.name.clone(), upstream.dialect, base_url.usage()?);
        let scheme = AuthScheme::of(upstream.dialect);
        Ok(endpoint
            .with_key(scheme, key, "the simulator".to_owned())
            .labelled())
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        self.server.abort();
    }
}
