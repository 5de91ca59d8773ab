//! Where all calls went, what the certificate says, and why there may be nothing to propose.

use autopack_calibrate::quantile::{Action, Certificate, GroupKey};

use super::Learned;
use crate::commands::calibrate::percent;

/// Where all calls went, a line each.
pub(super) fn accounts(learned: &Learned<'_>) -> Vec<String> {
    let calibration = &learned.calibration;
    let left_out = calibration.exclusions.iter();
    let left_out = left_out.map(|(exclusion, n_attempts)| format!(", {n_attempts} {exclusion}"));
    let mut lines = vec![format!(
        "{} calls in {} rows{}",
        calibration.n_calls,
        learned.count.n_rows,
        left_out.collect::<String>()
    )];
    if !calibration.too_small.is_empty() {
        lines.push(format!(
            "fewer than {} calls: {}",
            calibration.settings.min_calls,
            named(&calibration.too_small)
        ));
    }
    lines
}

/// The most groups that one line names.
const MAX_NAMED: usize = 20;

fn named(groups: &[(GroupKey, u64)]) -> String {
    let first = groups.iter().take(MAX_NAMED);
    let mut parts: Vec<String> = first
        .map(|(group, n_calls)| format!("{group} ({n_calls})"))
        .collect();
    let n_more = groups.len().saturating_sub(MAX_NAMED);
    if n_more > 0 {
        parts.push(format!("and {n_more} more"));
    }
    parts.join(", ")
}

/// What is certain of lower ceilings, in a sentence or two.
pub(super) fn certificate(learned: &Learned<'_>) -> String {
    let target = percent(learned.calibration.settings.target.get());
    let n_by_themselves = n_by_themselves(learned);
    let (nothing, other) = match n_by_themselves {
        0 => ("nothing is lowered", ""),
        _ => ("nothing else is lowered", "other "),
    };
    let pooled = match learned.calibration.certificate {
        Certificate::TooFew { n_calls, needed } => format!(
            "{nothing}: that takes {needed} newer calls of groups to be lowered to be sure of {target}, and there are {n_calls}"
        ),
        Certificate::Failed { n_calls, n_beyond } => format!(
            "{nothing}: of {n_calls} newer calls, {n_beyond} were cut off as it is, too many to be sure of {target}"
        ),
        Certificate::Passed {
            n_calls,
            n_beyond,
            at_most,
            factor,
        } => format!(
            "certified: of {n_calls} newer calls, {n_beyond} are longer than the lower ceilings ({factor:.2} times what older \
             calls ask for), so that at most {} of calls are, with 95 % confidence",
            percent(at_most)
        ),
        Certificate::NothingToLower => {
            format!("no {other}ceiling is higher than it has to be, as far as calls tell")
        }
    };
    match n_by_themselves {
        0 => pooled,
        n => format!(
            "{pooled}; {n} with finer rows below are certified each by itself, on the calls left to it"
        ),
    }
}

/// How many groups with finer rows below are lowered.
fn n_by_themselves(learned: &Learned<'_>) -> usize {
    let groups = learned.calibration.groups.iter();
    groups
        .filter(|figures| figures.is_certified() && figures.own_certificate.is_some())
        .count()
}

/// How many groups there are inside others.
pub(super) fn n_finer(learned: &Learned<'_>) -> usize {
    let groups = learned.calibration.groups.iter();
    groups
        .filter(|figures| !figures.group.within.is_empty())
        .count()
}

/// How many groups there are, in words.
pub(super) fn n_groups(learned: &Learned<'_>) -> String {
    let n_groups = learned.calibration.groups.len();
    match n_finer(learned) {
        0 => n_groups.to_string(),
        n_finer => format!("{} and {n_finer} finer ones", n_groups - n_finer),
    }
}

/// Why nothing is proposed, and what to do about it; `None` where something is.
pub(super) fn why_nothing(learned: &Learned<'_>) -> Option<String> {
    let calibration = &learned.calibration;
    if calibration.moved().next().is_some() {
        return None;
    }
    let database = &learned.database;
    Some(if learned.count.n_rows == 0 {
        let is_filtered = learned.args.since.is_some() || !learned.args.include_run_id.is_empty();
        if is_filtered {
            format!(
                "no calls in {database} that pass the filters: go back further, or name another run"
            )
        } else {
            format!("no calls in {database}: run a plan first")
        }
    } else if calibration.n_calls == 0 {
        format!(
            "no calls to learn from in {database}: {}\na call is learned from where it came back with a prediction, a \
             ceiling and an output: run more phases",
            accounts(learned)[0]
        )
    } else if calibration.groups.is_empty() {
        format!(
            "no group has {} calls: run more phases, or lower --min-samples\n{}",
            calibration.settings.min_calls,
            accounts(learned).join("\n")
        )
    } else {
        format!(
            "no ceiling of `{}` would change: keep it, and look again when there are more calls",
            learned.parent.name()
        )
    })
}

/// How many ceilings would be raised and lowered.
pub(super) fn n_moved(learned: &Learned<'_>) -> (usize, usize) {
    let count = |is: fn(&Action) -> bool| {
        let groups = learned.calibration.groups.iter();
        groups.filter(|figures| is(&figures.action)).count()
    };
    (
        count(|action| matches!(action, Action::Raise(_))),
        count(|action| matches!(action, Action::Lower(_))),
    )
}
