//! What groups have in common: where their lengths lie, and how they scatter around it.

mod node;

use std::collections::HashMap;

use super::group::Group;
use crate::residuals::Center;
use autopack_core::policy::Exponent;
use node::Node;

pub(super) use node::Knowledge;

/// Deeper names are pooled as if they ended here.
const MAX_DEPTH: usize = 4;

/// The groups by what their names have in common; the first node is all of them.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    nodes: Vec<Node>,
    ids: HashMap<String, usize>,
}

/// What a group may be expected to be like before it had calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prior<'a> {
    node: &'a Node,
    center: Center,
}

impl Pool {
    pub(super) fn new() -> Self {
        Self {
            nodes: vec![Node::new(0)],
            ids: HashMap::new(),
        }
    }

    /// Enters a group under the longest part of its name before a `/`, and returns that node.
    pub(super) fn enter(&mut self, name: &str, group: usize) -> usize {
        let mut parent = 0;
        self.nodes[0].add_group(group);
        for (end, _) in name.match_indices('/').take(MAX_DEPTH - 1) {
            let prefix = &name[..end];
            let next = self.nodes.len();
            let node = *self.ids.entry(prefix.to_owned()).or_insert(next);
            if node == next {
                self.nodes.push(Node::new(parent));
            }
            self.nodes[node].add_group(group);
            parent = node;
        }
        parent
    }

    /// What is known at each node.
    pub(super) fn knowledge(&self) -> impl Iterator<Item = &Knowledge> {
        self.nodes.iter().map(Node::known)
    }

    /// Takes what was read back as known at each node; whether it fits.
    pub(super) fn know(&mut self, knowledge: Vec<Knowledge>) -> bool {
        let fits = knowledge.len() == self.nodes.len();
        let mut nodes = self.nodes.iter_mut().zip(knowledge);
        fits && nodes.all(|(node, known)| node.know(known))
    }

    /// Takes over what `before` knew at the nodes that there still are.
    pub(super) fn inherit(&mut self, mut before: Self) {
        let old = self.ids.iter().filter_map(|(name, node)| {
            let old = before.ids.get(name)?;
            Some((*node, *old))
        });
        // The root has no name, and is always there.
        for (node, old) in old.chain([(0, 0)]) {
            self.nodes[node].inherit(&mut before.nodes[old]);
        }
    }

    /// Pools what the groups know by now.
    pub(super) fn refresh(&mut self, groups: &[Group]) {
        let medians: Vec<_> = groups.iter().map(Group::median).collect();
        for node in 0..self.nodes.len() {
            let (above, rest) = self.nodes.split_at_mut(node);
            let Some(this) = rest.first_mut() else {
                return;
            };
            // The root is its own parent; all others come after theirs.
            let parent = above.get(this.parent());
            this.refresh(groups, &medians, parent);
        }
    }

    /// What is known of groups under a node whose lengths are measured by `exponent`.
    pub(super) fn prior(&self, node: usize, exponent: Exponent) -> Option<Prior<'_>> {
        let node = &self.nodes[node];
        let center = node.center(exponent)?;
        Some(Prior { node, center })
    }
}

impl Prior<'_> {
    /// The variance of one length around the center of its group, in bins squared.
    pub(super) fn spread_variance(&self) -> f64 {
        self.node.spread_variance()
    }

    pub(super) const fn center(&self) -> Center {
        self.center
    }

    /// P(length > the edge of `bin`) of a group with its median at `center`, in bins.
    pub(super) fn beyond(&self, bin: usize, center: f64) -> f64 {
        self.node.beyond(bin, center)
    }
}
