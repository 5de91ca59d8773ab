//! What groups have in common: where their lengths lie, and how they scatter around it.
//!
//! All groups, those of a category, and those of a cell are a node each, and so are the finer groups that
//! are directly inside a group. Where few calls are known, a node is like the one above it, and a group
//! like the others of its node.

use std::collections::HashMap;

use autopack_core::Category;
use autopack_stats::Survival;

use super::key::GroupKey;
use super::lengths::GroupLengths;
use super::tree::parents;
use crate::cell::Cell;
use crate::residuals::{self, Center, MEDIAN_VARIANCE, Median, N_RESIDUAL_BINS};

/// The nodes above all groups.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    nodes: Vec<Node>,
    /// The node that each group is directly in.
    places: Vec<usize>,
    /// Where each group lies, in bins; `None` where nothing is known of any.
    centers: Vec<Option<f64>>,
}

#[derive(Clone, Debug)]
struct Node {
    parent: Option<usize>,
    /// The group that its groups are inside of; `None` of all groups, of a category and of a cell.
    owner: Option<usize>,
    groups: Vec<usize>,
    center: Option<Center>,
    /// P(length around the center > edge), shrunk toward that of the node above.
    curve: Vec<f64>,
}

impl Node {
    const fn new(parent: Option<usize>, owner: Option<usize>) -> Self {
        Self {
            parent,
            owner,
            groups: Vec::new(),
            center: None,
            curve: Vec::new(),
        }
    }
}

impl Pool {
    /// Pools the groups: the lengths of each beside its key, and its curve.
    pub(super) fn of(keys: &[GroupKey], groups: &[GroupLengths], curves: &[Survival]) -> Self {
        let (nodes, places) = tree(keys);
        let mut pool = Self {
            nodes,
            places,
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
        let of_all = pool.nodes[0].groups.iter().copied();
        let (curve, _) = pooled(of_all, groups, &positions);
        let spread_variance = residuals::spread_variance(&curve);
        pool.find_centers(&medians, spread_variance);
        pool.find_curves(groups);
        pool
    }

    /// P(length > the edge of `bin`) of a group like all in its node, with its center where it is.
    pub(super) fn beyond(&self, group: usize, bin: usize) -> Option<f64> {
        let curve = &self.nodes[self.places[group]].curve;
        residuals::beyond(curve, bin, self.centers[group]?)
    }

    fn find_centers(&mut self, medians: &[Option<Median>], spread_variance: f64) {
        for place in 0..self.nodes.len() {
            let node = &self.nodes[place];
            let above = self.center_above(node);
            let known = node.groups.iter().filter_map(|id| medians[*id]);
            let center = Center::of(known, spread_variance, above).or(above);
            let here = node.groups.iter();
            let here: Vec<usize> = here
                .copied()
                .filter(|id| self.places[*id] == place)
                .collect();
            self.nodes[place].center = center;
            for group in here {
                self.centers[group] = center.map(|above| match medians[group] {
                    None => above.mean,
                    Some(own) => {
                        let by_chance = MEDIAN_VARIANCE * spread_variance / own.weight;
                        let trust = above.variance / (above.variance + by_chance);
                        trust * own.position + (1.0 - trust) * above.mean
                    }
                });
            }
        }
    }

    /// Where the groups of a node lie as far as it does not know itself: like those above, around the group
    /// that they are inside of.
    fn center_above(&self, node: &Node) -> Option<Center> {
        let above = self.nodes[node.parent?].center?;
        let around = node.owner.and_then(|owner| self.centers[owner]);
        let mean = around.unwrap_or(above.mean);
        Some(Center { mean, ..above })
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

/// The nodes, each behind the one above it, and the node that each group is directly in.
fn tree(keys: &[GroupKey]) -> (Vec<Node>, Vec<usize>) {
    let mut nodes = vec![Node::new(None, None)];
    let mut categories: HashMap<&Category, usize> = HashMap::new();
    let mut cells: HashMap<&Cell, usize> = HashMap::new();
    let mut places = vec![0; keys.len()];
    let parents = parents(keys);
    let roots = keys
        .iter()
        .enumerate()
        .filter(|(id, _)| parents[*id].is_none());
    for (group, key) in roots {
        let next = nodes.len();
        let category = *categories.entry(&key.cell.category).or_insert(next);
        if category == next {
            nodes.push(Node::new(Some(0), None));
        }
        let next = nodes.len();
        let cell = *cells.entry(&key.cell).or_insert(next);
        if cell == next {
            nodes.push(Node::new(Some(category), None));
        }
        for place in [0, category, cell] {
            nodes[place].groups.push(group);
        }
        places[group] = cell;
    }
    let mut inside: Vec<Option<usize>> = vec![None; keys.len()];
    for (group, parent) in parents.iter().enumerate() {
        let Some(parent) = *parent else { continue };
        let place = *inside[parent].get_or_insert_with(|| {
            nodes.push(Node::new(Some(places[parent]), Some(parent)));
            nodes.len() - 1
        });
        nodes[place].groups.push(group);
        places[group] = place;
    }
    (nodes, places)
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
