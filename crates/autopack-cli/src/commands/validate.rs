//! `autopack validate PLAN --expect FILE`: runs a plan and checks what must hold.

mod check;
mod expectation;

use autopack_core::Plan;
use serde_json::json;

use super::input;
use super::run::execute;
use crate::args::{BuildArgs, RunArgs, ValidateArgs};
use crate::exit::{Exit, Failure};
use crate::output::{self, Align, Table};
use crate::settings::Settings;
use check::Finding;

pub(super) async fn run(args: ValidateArgs, settings: &Settings) -> Result<Exit, Failure> {
    let plan: Plan = input::plan(&args.call.plan)?;
    let expected = expectation::read(&args.expect, &plan)?;
    let json = args.call.json;
    let args = RunArgs {
        call: args.call,
        build: BuildArgs::default(),
    };
    let summary = execute(&args, &plan, settings).await?;
    for name in expected.upstreams() {
        if !summary.jobs.iter().any(|job| job.upstream == *name) {
            output::warn(format_args!(
                "something is expected of {name}, and nothing was sent there"
            ));
        }
    }
    let findings = check::findings(&expected, &summary);
    let n_differing = findings.iter().filter(|finding| !finding.holds).count();
    summary.warn();
    if json {
        output::json(&json!({
            "run": summary.to_json(),
            "expectations": findings,
            "n_expectations": findings.len(),
            "n_differing": n_differing,
        }))?;
    } else {
        output::data(table(&findings))?;
        output::data(summary.totals())?;
        output::data(format_args!(
            "{} of {} expectations hold",
            findings.len() - n_differing,
            findings.len()
        ))?;
    }
    // Where nothing was checked, nothing is shown to hold.
    let holds = n_differing == 0 && !findings.is_empty();
    Ok(match summary.exit() {
        Exit::Done if !holds => Exit::No,
        exit => exit,
    })
}

fn table(findings: &[Finding]) -> Table {
    let mut table = Table::new(&[
        ("phase", Align::Left),
        ("provider", Align::Left),
        ("policy", Align::Left),
        ("what", Align::Left),
        ("expected", Align::Right),
        ("found", Align::Right),
        ("holds", Align::Left),
    ]);
    for finding in findings {
        table.row(vec![
            finding.phase_id.clone(),
            finding.upstream.clone(),
            finding.policy.clone(),
            finding.what.to_owned(),
            finding.expected.clone(),
            finding.found.clone(),
            if finding.holds { "yes" } else { "NO" }.to_owned(),
        ]);
    }
    table
}
