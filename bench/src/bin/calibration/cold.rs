//! A cold start in the groups of a trace: eight of them, drawn by lot, of which few calls are known. Lengths are drawn
//! from all of a group, with replacement, so that its true rate is known.

use autopack_calibrate::learned::{LearnedSettings, Learner, Outcome};
use autopack_core::Tokens;
use fastrand::Rng;

use crate::ablations::variants;
use crate::seen::{self, Lengths, N_GROUPS, Seen};
use crate::traces;

/// Calls that are known of each group.
const ROWS: [u64; 3] = [10, 30, 100];
/// A group with fewer calls has no quantile to be held against.
const LEAST_CALLS: usize = 200;

/// The results of so many repeats, the whole method and its variants.
pub(crate) fn table(n_repeats: u64, path: &str) -> Result<String, String> {
    let trace = traces::read(path)?;
    let mut by_group = vec![Vec::new(); trace.groups().len()];
    for call in trace.calls() {
        by_group[call.group].push(call.length.as_f64());
    }
    let enough = by_group
        .into_iter()
        .filter(|lengths| lengths.len() >= LEAST_CALLS);
    let groups: Vec<Lengths> = enough.map(Lengths::new).collect();
    if groups.len() < N_GROUPS {
        return Err(format!(
            "{path}: {} groups have {LEAST_CALLS} calls, and it takes {N_GROUPS}",
            groups.len()
        ));
    }
    let mut table = seen::head(&format!("{}, calls of a group", traces::name(path)));
    for n_rows in ROWS {
        let mut name = n_rows.to_string();
        for (variant, settings) in variants(seen::target()) {
            let repeats = 0..n_repeats;
            let repeats = repeats.map(|repeat| run(&groups, n_rows, settings, repeat));
            let repeats: Vec<Seen> = repeats.collect();
            seen::row(&mut table, [&name, variant], &repeats);
            name.clear();
        }
    }
    Ok(table)
}

fn run(groups: &[Lengths], n_rows: u64, settings: LearnedSettings, repeat: u64) -> Seen {
    let mut random = Rng::with_seed(repeat);
    let drawn = random.choose_multiple(groups, N_GROUPS);
    let mut learner = Learner::new(LearnedSettings {
        seed: repeat,
        ..settings
    });
    let mut seen = Seen::default();
    for _ in 0..n_rows {
        for (group, lengths) in drawn.iter().enumerate() {
            let lengths = lengths.get();
            let length = Tokens::floor(lengths[random.usize(0..lengths.len())]);
            let chain = random.u64(..);
            let call = seen::call(&mut learner, group, chain);
            let sent = learner.decide(&call).ceiling;
            let outcome = if length > sent {
                Outcome::CutOff
            } else {
                Outcome::Ended(length)
            };
            learner.observe(&call, sent, outcome);
        }
    }
    for (group, lengths) in drawn.iter().enumerate() {
        let chain = random.u64(..);
        let call = seen::call(&mut learner, group, chain);
        let sent = learner.decide(&call).ceiling.as_f64();
        seen.add(
            group,
            lengths.beyond(sent),
            (sent / lengths.quantile()).ln(),
        );
    }
    seen
}
