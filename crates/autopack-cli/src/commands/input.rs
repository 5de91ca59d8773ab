//! Reads what the command line names: plans, scenarios, workspaces.

use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use autopack_builder::DirWorkspace;
use autopack_core::{EmptyWorkspace, MAX_PLAN_BYTES, Plan, PlanFormat, Workspace};
use autopack_sim::Scenario;

use crate::exit::{Failure, Fault};
use crate::text_file;

/// The largest scenario that is read, in bytes: a scripted reply for each of a few thousand phases.
const MAX_SCENARIO_BYTES: u64 = 64 * 1024 * 1024;

/// The plan at `path`; its ending says whether it is TOML or JSON.
pub(super) fn plan(path: &Path) -> Result<Plan, Failure> {
    let read = || -> anyhow::Result<Plan> {
        let format = match path.extension().and_then(|ending| ending.to_str()) {
            Some("toml") => PlanFormat::Toml,
            Some("json") => PlanFormat::Json,
            _ => bail!("its name ends neither in `.toml` nor in `.json`: rename it"),
        };
        Ok(Plan::parse(
            &text_file::read(path, MAX_PLAN_BYTES)?,
            format,
        )?)
    };
    read()
        .with_context(|| format!("plan `{}`", path.display()))
        .usage()
}

/// The scenario at `path`, or the default one. The files it names lie beside it.
pub(super) fn scenario(path: Option<&Path>) -> Result<Scenario, Failure> {
    let Some(path) = path else {
        return Ok(Scenario::default());
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let read = || -> anyhow::Result<Scenario> {
        let text = text_file::read(path, MAX_SCENARIO_BYTES)?;
        Ok(Scenario::parse_with(&text, |named| {
            text_file::read(&folder.join(named), MAX_SCENARIO_BYTES).map_err(io::Error::other)
        })?)
    };
    read()
        .with_context(|| format!("scenario `{}`", path.display()))
        .usage()
}

/// The directory as a workspace, or one without files.
pub(super) fn workspace(dir: Option<&Path>) -> Result<Box<dyn Workspace + Send + Sync>, Failure> {
    Ok(match dir {
        Some(dir) => Box::new(DirWorkspace::open(dir).usage()?),
        None => Box::new(EmptyWorkspace),
    })
}
