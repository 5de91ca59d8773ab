//! `autopack policy status`: the stage against the current policy, and what is to be done with it.

use autopack_core::Policy;
use autopack_store::{OpenMode, PolicyHistory, Stage, Store};
use serde_json::{Value, json};

use super::list::at;
use super::look::{ArmFigures, Look, look};
use super::{active_name, close, find_version, history, reader};
use crate::args::policy::TellArgs;
use crate::commands::report::figures::COLUMNS;
use crate::exit::{Exit, Failure, Fault};
use crate::output::{self, Align, Table};
use crate::settings::Settings;

pub(super) async fn run(args: &TellArgs, settings: &Settings) -> Result<Exit, Failure> {
    let store = reader(&args.database, settings).await?;
    let history = history(store.as_ref()).await?;
    drop(store);
    if history.running().is_none() {
        return idle(args.json, &history);
    }
    // Only where there is something to look at is the database opened to be written.
    let database = settings.database(&args.database)?.value;
    let store = Store::open(&database, OpenMode::ReadWrite)
        .await
        .outside()?;
    let Some(look) = look(&store).await? else {
        return idle(args.json, &super::history(Some(&store)).await?);
    };
    look.tell_revert();
    if args.json {
        output::json(&json!({
            "active": look.current(),
            "stage": look.to_json(),
        }))?;
    } else {
        let current = find_version(look.current(), &store).await?;
        let candidate = find_version(look.candidate(), &store).await?;
        print(&look, &current, &candidate)?;
    }
    close(store).await;
    Ok(if look.is_reverted {
        Exit::No
    } else {
        Exit::Done
    })
}

fn print(look: &Look, current: &Policy, candidate: &Policy) -> Result<(), Failure> {
    let start = &look.stage.start;
    output::data(format_args!(
        "`{}` decides a share of {} of the phases since {}, `{}` the rest",
        start.candidate,
        start.share,
        at(start.started_at),
        start.current
    ))?;
    super::changes::print(current, candidate)?;
    output::data(table(look))?;
    output::data(format_args!("{}: {}", look.verdict.as_str(), look.verdict))
}

fn table(look: &Look) -> Table {
    // The coverage of ceilings is a matter of old databases, and stages are of new ones.
    let columns = &COLUMNS[..COLUMNS.len() - 1];
    let mut names = vec![("side", Align::Left)];
    names.extend(columns.iter().map(|(name, _)| (*name, Align::Right)));
    names.push(("escalated", Align::Right));
    let mut table = Table::new(&names);
    for (name, arm) in [
        ("staged", &look.arms.staged),
        ("current", &look.arms.current),
    ] {
        let ArmFigures {
            figures, escalated, ..
        } = arm;
        let mut row = vec![name.to_owned()];
        row.extend(columns.iter().map(|(_, text)| text(figures)));
        row.push(escalated.n_hits.to_string());
        table.row(row);
    }
    table
}

/// What is said where no stage is running: what is active, and how the last stage ended.
fn idle(json: bool, history: &PolicyHistory) -> Result<Exit, Failure> {
    let last = history.stages.last();
    if json {
        output::json(&json!({
            "active": active_name(history),
            "stage": null,
            "last_stage": last.map(ended_json),
        }))?;
        return Ok(Exit::Done);
    }
    output::data(format_args!(
        "no stage is running, and `{}` decides every phase",
        active_name(history)
    ))?;
    if let Some((stage, end)) = last.and_then(|stage| Some((stage, stage.end.as_ref()?))) {
        output::data(format_args!(
            "the last stage, of `{}`, was {} at {}: {}",
            stage.start.candidate,
            end.outcome.as_str(),
            at(end.ended_at),
            end.reason
        ))?;
    }
    Ok(Exit::Done)
}

fn ended_json(stage: &Stage) -> Value {
    let end = stage.end.as_ref();
    json!({
        "candidate": stage.start.candidate,
        "current": stage.start.current,
        "share": stage.start.share,
        "started_at": stage.start.started_at.to_string(),
        "ended_at": end.map(|end| end.ended_at.to_string()),
        "outcome": end.map(|end| end.outcome.as_str()),
        "reason": end.map(|end| &end.reason),
    })
}
