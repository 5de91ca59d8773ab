//! What groups have in common: where their lengths lie, and how they scatter around it.
//!
//! All groups, those of a category, and those of a cell are a node each. Where few calls are known, a
//! node is like the one above it, and a group like its cell.

use std::collections::HashMap;

use autopack_core::Category;
use autopack_stats::Survival;
use autopack_stats::survival::bin::N_BINS;

use super::lengths::GroupLengths;
use super::observations::GroupKey;
use crate::cell::Cell;

/// Lengths around the center of their group are counted in bins with the center in the middle.
const MIDDLE: usize = N_BINS;
const N_RESIDUAL_BINS: usize = 2 * N_BINS + 1;
/// How many calls the curve of the node above counts for.
const CALLS_ABOVE: f64 = 100.0;
/// How fast curves fall beyond the last length that ended, where the longest were cut off: a sixteenth
/// is left after a doubling, as for ceilings that are learned call by call.
const TAIL_INDEX: f64 = 4.0;
/// Medians scatter more than means do: by π/2 in variance, where lengths are log-normal.
const MEDIAN_VARIANCE: f64 = std::f64::consts::FRAC_PI_2;
/// How far groups are taken to lie apart where one alone is known: an octave, in bins squared.
const UNKNOWN_VARIANCE: f64 = 64.0;
/// Groups lie at least half a bin apart, in bins squared: less is below what bins can tell.
const LEAST_BETWEEN: f64 = 0.25;
/// Lengths scatter by at least half a bin.
const LEAST_SPREAD: f64 = 0.5;
/// The distance of the quartiles of a normal variable, in deviations.
const QUARTILES_APART: f64 = 1.349;

/// The nodes above all groups.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    nodes: Vec<Node>,
    /// The node of the cell of each group.
    parents: Vec<usize>,
    /// Where each group lies, in bins; `None` where nothing is known of any.
    centers: Vec<Option<f64>>,
}

#[derive(Clone, Debug)]
struct Node {
    parent: Option<usize>,
    groups: Vec<usize>,
    center: Option<Center>,
    /// P(length around the center > edge), shrunk toward that of the node above.
    curve: Vec<f64>,
}

/// Where groups lie, in bins, and how far apart, in bins squared.
#[derive(Clone, Copy, Debug)]
struct Center {
    mean: f64,
    variance: f64,
}

/// The median of a group, in bins, and how many calls it rests on.
#[derive(Clone, Copy, Debug)]
struct Median {
    position: f64,
    weight: f64,
}

impl Pool {
    /// Pools the groups: the lengths of each beside its key, and its curve.
    pub(super) fn of(keys: &[GroupKey], groups: &[GroupLengths], curves: &[Survival]) -> Self {
        let (nodes, parents) = tree(keys);
        let mut pool = Self {
            nodes,
            parents,
            centers: vec![None; keys.len()],
        };
        let medians: Vec<Option<Median>> = groups
            .iter()
            .zip(curves)
            .map(|(group, curve)| median(group, curve))
            .collect();
        let positions: Vec<_> = medians
            .iter()
            .map(|median| median.map(|median| median.position))
            .collect();
        let (curve, _) = residuals(0..keys.len(), groups, &positions);
        let spread_variance = spread(&curve).powi(2);
        pool.find_centers(&medians, spread_variance);
        pool.find_curves(groups);
        pool
    }

    /// P(length > the edge of `bin`) of a group like all in its cell, with its center where it is.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positions lie among a few hundred bins"
    )]
    pub(super) fn beyond(&self, group: usize, bin: usize) -> Option<f64> {
        let center = self.centers[group]?;
        let curve = &self.nodes[self.parents[group]].curve;
        let last = curve.len().checked_sub(1)?;
        let position = (bin as f64 - center + MIDDLE as f64).clamp(0.0, last as f64);
        let below = position as usize;
        let (left, right) = (curve[below], curve[(below + 1).min(last)]);
        Some(left + (right - left) * position.fract())
    }

    fn find_centers(&mut self, medians: &[Option<Median>], spread_variance: f64) {
        for place in 0..self.nodes.len() {
            let node = &self.nodes[place];
            let above = node.parent.and_then(|parent| self.nodes[parent].center);
            let known: Vec<Median> = node.groups.iter().filter_map(|id| medians[*id]).collect();
            self.nodes[place].center = center(&known, spread_variance, above);
        }
        for (group, own) in medians.iter().enumerate() {
            let above = self.nodes[self.parents[group]].center;
            self.centers[group] = above.map(|above| match own {
                None => above.mean,
                Some(own) => {
                    let by_chance = MEDIAN_VARIANCE * spread_variance / own.weight;
                    let trust = above.variance / (above.variance + by_chance);
                    trust * own.position + (1.0 - trust) * above.mean
                }
            });
        }
    }

    fn find_curves(&mut self, groups: &[GroupLengths]) {
        for place in 0..self.nodes.len() {
            let node = &self.nodes[place];
            let (curve, weight) = residuals(node.groups.iter().copied(), groups, &self.centers);
            let mut curve: Vec<f64> = (0..N_RESIDUAL_BINS).map(|bin| curve.beyond(bin)).collect();
            if let Some(parent) = node.parent {
                for (own, above) in curve.iter_mut().zip(&self.nodes[parent].curve) {
                    *own = (weight * *own + CALLS_ABOVE * above) / (weight + CALLS_ABOVE);
                }
            }
            self.nodes[place].curve = curve;
        }
    }
}

/// The nodes, each behind the one above it, and the node of the cell of each group.
fn tree(keys: &[GroupKey]) -> (Vec<Node>, Vec<usize>) {
    let node = |parent| Node {
        parent,
        groups: Vec::new(),
        center: None,
        curve: Vec::new(),
    };
    let mut nodes = vec![node(None)];
    let mut categories: HashMap<&Category, usize> = HashMap::new();
    let mut cells: HashMap<&Cell, usize> = HashMap::new();
    let mut parents = Vec::with_capacity(keys.len());
    for (group, key) in keys.iter().enumerate() {
        let next = nodes.len();
        let category = *categories.entry(&key.cell.category).or_insert(next);
        if category == next {
            nodes.push(node(Some(0)));
        }
        let next = nodes.len();
        let cell = *cells.entry(&key.cell).or_insert(next);
        if cell == next {
            nodes.push(node(Some(category)));
        }
        for place in [0, category, cell] {
            nodes[place].groups.push(group);
        }
        parents.push(cell);
    }
    (nodes, parents)
}

fn median(group: &GroupLengths, curve: &Survival) -> Option<Median> {
    let weight = group.sketch().weight();
    let position = curve.position_above(0.5)?;
    (weight >= 1.0).then_some(Median { position, weight })
}

/// Where groups with these medians lie, and how far apart beyond what chance does.
fn center(known: &[Median], spread_variance: f64, above: Option<Center>) -> Option<Center> {
    let n = known.iter().map(|_| 1.0).sum::<f64>();
    if n < 1.0 {
        return above;
    }
    let mean = known.iter().map(|median| median.position).sum::<f64>() / n;
    if n < 2.0 {
        let variance = above.map_or(UNKNOWN_VARIANCE, |above| above.variance);
        return Some(Center { mean, variance });
    }
    let squares = known.iter().map(|median| (median.position - mean).powi(2));
    let apart = squares.sum::<f64>() / (n - 1.0);
    let by_chance = known
        .iter()
        .map(|median| MEDIAN_VARIANCE * spread_variance / median.weight);
    let variance = (apart - by_chance.sum::<f64>() / n).max(LEAST_BETWEEN);
    Some(Center { mean, variance })
}

/// The curve of all lengths of these groups around their centers, and how many calls it rests on.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions lie among a few hundred bins"
)]
fn residuals(
    ids: impl Iterator<Item = usize>,
    groups: &[GroupLengths],
    centers: &[Option<f64>],
) -> (Survival, f64) {
    let mut events = vec![0.0; N_RESIDUAL_BINS];
    let mut censored = vec![0.0; N_RESIDUAL_BINS];
    for id in ids {
        let Some(center) = centers[id] else {
            continue;
        };
        let shift = MIDDLE as f64 - center;
        let (whole, part) = (shift.floor(), shift - shift.floor());
        for bin in 0..N_BINS {
            let sketch = groups[id].sketch();
            let (ended, cut) = (sketch.events(bin), sketch.censored(bin));
            if ended + cut <= 0.0 {
                continue;
            }
            let place = (bin as f64 + whole).clamp(0.0, (N_RESIDUAL_BINS - 2) as f64) as usize;
            events[place] += ended * (1.0 - part);
            events[place + 1] += ended * part;
            censored[place] += cut * (1.0 - part);
            censored[place + 1] += cut * part;
        }
    }
    let weight = events.iter().chain(&censored).sum();
    let curve = Survival::of_counts(&events, &censored).with_tail(TAIL_INDEX);
    (curve, weight)
}

/// The deviation of lengths around their center, in bins, by the quartiles.
fn spread(curve: &Survival) -> f64 {
    let quartiles = curve.position_above(0.25).zip(curve.position_above(0.75));
    let apart = quartiles.map_or(0.0, |(upper, lower)| upper - lower);
    (apart / QUARTILES_APART).max(LEAST_SPREAD)
}
