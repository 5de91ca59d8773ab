//! `autopack policy list`: every version, which is active and which is staged.

use autopack_core::Policy;
use autopack_store::{PolicyHistory, PolicyVersion};
use jiff::Timestamp;
use serde::Serialize;

use super::{active_name, history, reader};
use crate::args::policy::TellArgs;
use crate::exit::{Exit, Failure, Fault};
use crate::output::{self, Align, Table};
use crate::settings::Settings;

#[derive(Serialize)]
struct Line {
    version: String,
    is_active: bool,
    /// The share of phases that it decides on trial.
    staged_share: Option<f64>,
    parent: Option<String>,
    created_at: Option<String>,
    origin: String,
}

pub(super) async fn run(args: &TellArgs, settings: &Settings) -> Result<Exit, Failure> {
    let store = reader(&args.database, settings).await?;
    let history = history(store.as_ref()).await?;
    let versions = match &store {
        Some(store) => store.policy_versions().await.outside()?,
        None => Vec::new(),
    };
    let embedded = Policy::embedded_names().map(|name| Line::new(name, &history));
    let kept = versions.iter().map(|version| Line::of(version, &history));
    let lines: Vec<Line> = embedded.chain(kept).collect();
    if args.json {
        output::json(&lines)?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&[
        ("version", Align::Left),
        ("state", Align::Left),
        ("parent", Align::Left),
        ("written", Align::Left),
        ("from", Align::Left),
    ]);
    for line in lines {
        table.row(line.cells());
    }
    output::data(table)?;
    Ok(Exit::Done)
}

impl Line {
    fn new(version: &str, history: &PolicyHistory) -> Self {
        let staged = history.running().map(|stage| &stage.start);
        let staged = staged.filter(|start| start.candidate == version);
        Self {
            version: version.to_owned(),
            is_active: active_name(history) == version,
            staged_share: staged.map(|start| start.share),
            parent: None,
            created_at: None,
            origin: "the program".to_owned(),
        }
    }

    fn of(version: &PolicyVersion, history: &PolicyHistory) -> Self {
        Self {
            parent: version.parent.clone(),
            created_at: Some(at(version.created_at)),
            origin: version.origin.clone(),
            ..Self::new(&version.version, history)
        }
    }

    fn cells(self) -> Vec<String> {
        let state = match (self.is_active, self.staged_share) {
            (true, _) => "active".to_owned(),
            (false, Some(share)) => format!("staged, {share}"),
            (false, None) => String::new(),
        };
        vec![
            self.version,
            state,
            output::known(self.parent),
            output::known(self.created_at),
            self.origin,
        ]
    }
}

/// A time as people read it: UTC, to the second.
pub(super) fn at(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
