//! What groups have in common: where their lengths lie, and how they scatter around it.
//!
//! All groups, those of a category, and those of a cell are a node each. Where few calls are known, a
//! node is like the one above it, and a group like its cell.

use std::collections::HashMap;

use autopack_core::Category;
use autopack_stats::Survival;

use super::lengths::GroupLengths;
use super::observations::GroupKey;
use crate::cell::Cell;
use crate::residuals::{self, Center, MEDIAN_VARIANCE, Median, N_RESIDUAL_BINS};

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
        let (curve, _) = pooled(0..keys.len(), groups, &positions);
        let spread_variance = residuals::spread_variance(&curve);
        pool.find_centers(&medians, spread_variance);
        pool.find_curves(groups);
        pool
    }

    /// P(length > the edge of `bin`) of a group like all in its cell, with its center where it is.
    pub(super) fn beyond(&self, group: usize, bin: usize) -> Option<f64> {
        let curve = &self.nodes[self.parents[group]].curve;
        residuals::beyond(curve, bin, self.centers[group]?)
    }

    fn find_centers(&mut self, medians: &[Option<Median>], spread_variance: f64) {
        for place in 0..self.nodes.len() {
            let node = &self.nodes[place];
            let above = node.parent.and_then(|parent| self.nodes[parent].center);
            let known = node.groups.iter().filter_map(|id| medians[*id]);
            self.nodes[place].center = Center::of(known, spread_variance, above).or(above);
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
            let (curve, weight) = pooled(node.groups.iter().copied(), groups, &self.centers);
            let mut curve: Vec<f64> = (0..N_RESIDUAL_BINS).map(|bin| curve.beyond(bin)).collect();
            if let Some(parent) = node.parent {
                residuals::shrink(&mut curve, weight, &self.nodes[parent].curve);
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

/// The curve of all lengths of these groups around their centers, and how many calls it rests on.
fn pooled(
    ids: impl Iterator<Item = usize>,
    groups: &[GroupLengths],
    centers: &[Option<f64>],
) -> (Survival, f64) {
    residuals::pooled(ids.filter_map(|id| Some((groups[id].sketch(), centers[id]?))))
}
