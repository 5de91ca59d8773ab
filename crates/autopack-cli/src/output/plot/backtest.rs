//! The picture of `backtest --plot`: the ceilings of one group against its lengths, truncation over time,
//! and how far each group is from what it needs.

use super::{PREDICTIONS, Place, RATES, Rates, WASTES, at, ceilings, framed, groups, rates};

/// Ceilings stand where a report has predictions, and groups where it has wastes.
const CEILINGS: Place = PREDICTIONS;
const GROUPS: Place = WASTES;

/// What is drawn.
pub(crate) struct Picture {
    pub(crate) title: String,
    pub(crate) ceilings: Ceilings,
    pub(crate) rates: Rates,
    pub(crate) groups: Groups,
    /// What the picture does not show.
    pub(crate) notes: Vec<String>,
}

/// Calls of one group, in tokens, by their place in the trace.
pub(crate) struct Ceilings {
    pub(crate) group: String,
    pub(crate) n_whole: u64,
    pub(crate) n_truncated: u64,
    /// Lengths that are drawn.
    pub(crate) whole: Vec<(f64, f64)>,
    pub(crate) truncated: Vec<(f64, f64)>,
    /// In order.
    pub(crate) decided: Vec<(f64, f64)>,
    /// The true quantile.
    pub(crate) oracle: f64,
}

/// Ceiling over the true quantile, geometric means by group, of calls after the warm-up.
pub(crate) struct Groups {
    /// Calls and ratio of each group.
    pub(crate) ratios: Vec<(u64, f64)>,
}

/// Draws the picture.
pub(crate) fn svg(picture: &Picture) -> anyhow::Result<String> {
    framed(&picture.title, &picture.notes, |root| {
        ceilings::draw(&at(root, CEILINGS), &picture.ceilings)?;
        groups::draw(&at(root, GROUPS), &picture.groups)?;
        rates::draw(&at(root, RATES), &picture.rates)
    })
}
