//! The groups under one part of a name, pooled.

mod runs;

use serde::{Deserialize, Serialize};

use super::super::group::Group;
use crate::residuals::{self, Center, Median, N_RESIDUAL_BINS};
use autopack_core::policy::Exponent;

/// The next call of all may be longer than all before it, as in split conformal prediction: what few calls
/// in all show of a tail is too little of it. The parts of the whole have it from their parents.
const NEXT_CALL: f64 = 0.5;
/// What groups have in common.
#[derive(Clone, Debug)]
pub(in super::super) struct Node {
    parent: usize,
    groups: Vec<usize>,
    known: Knowledge,
}

/// What the groups of a node have in common.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in super::super) struct Knowledge {
    centers: [Option<Center>; 3],
    /// P(residual > edge), shrunk toward the parent's.
    #[serde(with = "runs")]
    curve: Vec<f64>,
    spread_variance: f64,
}

impl Node {
    pub(super) const fn new(parent: usize) -> Self {
        Self {
            parent,
            groups: Vec::new(),
            known: Knowledge {
                centers: [None; 3],
                curve: Vec::new(),
                spread_variance: 0.0,
            },
        }
    }

    pub(super) const fn known(&self) -> &Knowledge {
        &self.known
    }

    /// Takes what was read back as known; whether it can be.
    pub(super) fn know(&mut self, known: Knowledge) -> bool {
        let curve = &known.curve;
        let is_whole = curve.is_empty() || curve.len() == N_RESIDUAL_BINS;
        let is_asked = known.centers.iter().any(Option::is_some);
        let centers = known.centers.iter().flatten();
        let is_finite = centers
            .flat_map(|center| [center.mean, center.variance])
            .chain(curve.iter().copied())
            .chain([known.spread_variance])
            .all(f64::is_finite);
        let is_sound = is_whole && is_finite && (!is_asked || !curve.is_empty());
        self.known = known;
        is_sound
    }

    /// Takes what another one knew, and leaves nothing there.
    pub(super) fn inherit(&mut self, other: &mut Self) {
        self.known = std::mem::take(&mut other.known);
    }

    pub(super) fn add_group(&mut self, group: usize) {
        self.groups.push(group);
    }

    pub(super) const fn parent(&self) -> usize {
        self.parent
    }

    pub(super) const fn spread_variance(&self) -> f64 {
        self.known.spread_variance
    }

    pub(super) const fn center(&self, exponent: Exponent) -> Option<Center> {
        self.known.centers[exponent.index()]
    }

    pub(super) fn beyond(&self, bin: usize, center: f64) -> f64 {
        // Only nodes that know a center are asked, and those have a curve.
        residuals::beyond(&self.known.curve, bin, center).unwrap_or(1.0)
    }

    pub(super) fn refresh(
        &mut self,
        groups: &[Group],
        medians: &[Option<Median>],
        parent: Option<&Self>,
    ) {
        let known: Vec<(&Group, Median)> = self
            .groups
            .iter()
            .filter_map(|id| Some((&groups[*id], medians[*id]?)))
            .collect();
        if known.is_empty() {
            if let Some(parent) = parent {
                self.known.clone_from(&parent.known);
            }
            return;
        }
        let (curve, weight) = residuals::pooled(known.iter().map(|(group, median)| {
            let center = group.center().unwrap_or(median.position);
            (group.sketch(), center)
        }));
        self.known.spread_variance = residuals::spread_variance(&curve);
        for exponent in Exponent::ALL {
            let of_parent = parent.and_then(|parent| parent.center(exponent));
            let own = center(&known, exponent, self.known.spread_variance, of_parent);
            self.known.centers[exponent.index()] = own.or(of_parent);
        }
        let next = if parent.is_some() { 0.0 } else { NEXT_CALL };
        let beyond = |bin| (weight * curve.beyond(bin) + next) / (weight + next);
        self.known.curve = (0..N_RESIDUAL_BINS).map(beyond).collect();
        if let Some(parent) = parent.filter(|parent| !parent.known.curve.is_empty()) {
            residuals::shrink(&mut self.known.curve, weight, &parent.known.curve);
        }
    }
}

/// Where groups with this exponent lie, and how far apart.
fn center(
    known: &[(&Group, Median)],
    exponent: Exponent,
    spread_variance: f64,
    of_parent: Option<Center>,
) -> Option<Center> {
    let alike = known
        .iter()
        .filter(|(group, _)| group.exponent() == exponent);
    Center::of(alike.map(|(_, median)| *median), spread_variance, of_parent)
}
