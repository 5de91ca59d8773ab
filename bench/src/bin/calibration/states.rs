//! What a learner takes when it is written down.

use std::fmt::Write as _;

use autopack_calibrate::learned::{Call, LearnedSettings, Learner, Outcome, TargetTruncation};
use autopack_core::Tokens;

use crate::traces;

const BASE: Tokens = Tokens::new(8192);

pub(crate) fn table(paths: &[String]) -> Result<String, String> {
    let mut table =
        String::from("| trace | groups | state, bytes | a group |\n|---|--:|--:|--:|\n");
    for path in paths {
        let trace = traces::read(path)?;
        let target = TargetTruncation::new(0.02).ok_or("no target")?;
        let mut learner = Learner::new(LearnedSettings::new(target));
        for row in trace.calls() {
            let name = &trace.groups()[row.group];
            let call = Call {
                group: learner.group(name).map_err(|error| error.to_string())?,
                chain: 0,
                estimate: None,
                base: BASE,
                limit: None,
            };
            let sent = learner.decide(&call).ceiling;
            let outcome = if row.length > sent {
                Outcome::CutOff
            } else {
                Outcome::Ended(row.length)
            };
            learner.observe(&call, sent, outcome);
        }
        let n_bytes = learner.state().len();
        let n_groups = learner.n_groups();
        let name = traces::name(path);
        let a_group = n_bytes / n_groups.max(1);
        let _ = writeln!(table, "| {name} | {n_groups} | {n_bytes} | {a_group} |");
    }
    Ok(table)
}
