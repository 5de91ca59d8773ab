//! What each part is good for: the learned policy without it, on traces.

use std::fmt::Write as _;

use autopack_calibrate::backtest::{Economics, FiguresOf, Policy, oracle};
use autopack_calibrate::learned::{LearnedSettings, LeftOut, Part, TargetTruncation};
use autopack_core::Tokens;

use crate::traces;

/// The fallback of `build-142`, which most groups of traces have.
const BASES: [Tokens; 1] = [Tokens::new(8192)];
/// One call in so many, from the beginning, is warm-up.
const WARM_UP_PART: usize = 5;

/// What is explored where something is: the upper end of what the literature on censored demand asks for.
const EXPLORED: f64 = 0.03;

/// The whole, without one part at a time, and with exploration, which the whole does without.
pub(crate) fn variants(target: TargetTruncation) -> [(&'static str, LearnedSettings); 7] {
    let whole = LearnedSettings::new(target);
    let without = |part| LearnedSettings {
        left_out: LeftOut::default().and(part),
        ..whole
    };
    let exploring = LearnedSettings {
        exploration_share: EXPLORED,
        ..whole
    };
    [
        ("whole", whole),
        ("without censoring", without(Part::Censoring)),
        ("without shrinkage", without(Part::Shrinkage)),
        ("without tracker", without(Part::Tracker)),
        ("without drift reset", without(Part::DriftReset)),
        ("without aim", without(Part::Aim)),
        ("with exploration 3 %", exploring),
    ]
}

pub(crate) fn table(paths: &[String]) -> Result<String, String> {
    let mut table = String::from(
        "| trace | learned | cut off | at most | worst group | to oracle | pinball | excess cost |\n\
         |---|---|--:|--:|--:|--:|--:|--:|\n",
    );
    let target = TargetTruncation::new(0.02).ok_or("no target")?;
    for path in paths {
        let trace = traces::read(path)?;
        let oracle = oracle(&trace, target);
        let judge = FiguresOf {
            trace: &trace,
            oracle: &oracle,
            target,
            n_warm_up: trace.calls().len() / WARM_UP_PART,
            economics: Economics::default(),
        };
        let mut name = traces::name(path);
        for (variant, settings) in variants(target) {
            let ceilings = Policy::Learned(settings).ceilings(&trace, &BASES, None);
            let ceilings = ceilings.map_err(|error| error.to_string())?;
            let figures = judge.figures(&ceilings).ok_or("no calls")?;
            let percent = |share: f64| format!("{:.2} %", 100.0 * share);
            let worst = figures.worst_group.map(|worst| percent(worst.rate));
            let pinball = figures.pinball_to_oracle.unwrap_or(f64::NAN);
            let _ = writeln!(
                table,
                "| {name} | {variant} | {} | {} | {} | {:.3} | {pinball:.2} | {} |",
                percent(figures.truncation_rate),
                percent(figures.truncation_bound),
                worst.unwrap_or_else(|| "-".to_owned()),
                figures.ceiling_to_oracle,
                percent(figures.excess_cost),
            );
            name.clear();
        }
    }
    Ok(table)
}
