//! The groups under one part of a name, pooled.

mod runs;

use autopack_stats::Survival;
use autopack_stats::survival::bin::N_BINS;
use serde::{Deserialize, Serialize};

use super::super::group::{Group, Median};
use super::super::location::Exponent;
use super::super::shape::TAIL_INDEX;

/// Residuals of lengths are counted in bins that have the group's median in the middle.
const MIDDLE: usize = N_BINS;
const N_RESIDUAL_BINS: usize = 2 * N_BINS + 1;
/// How many calls the curve of the parent counts for.
const PARENT_CALLS: f64 = 100.0;
/// The next call of all may be longer than all before it, as in split conformal prediction: what few calls
/// in all show of a tail is too little of it. The parts of the whole have it from their parents.
const NEXT_CALL: f64 = 0.5;
/// Medians scatter more than means do: by π/2 in variance, where lengths are log-normal.
pub(in super::super) const MEDIAN_VARIANCE: f64 = std::f64::consts::FRAC_PI_2;
/// How far groups are taken to lie apart where one alone is known: an octave, in bins squared.
const UNKNOWN_VARIANCE: f64 = 64.0;
/// Groups lie at least half a bin apart, in bins squared: less is below what bins can tell.
const LEAST_BETWEEN: f64 = 0.25;
/// Lengths scatter by at least half a bin.
const LEAST_SPREAD: f64 = 0.5;
/// The distance of the quartiles of a normal variable, in deviations.
const QUARTILES_APART: f64 = 1.349;

/// Where the medians of groups lie, in bins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Center {
    pub(in super::super) mean: f64,
    /// The variance between groups.
    pub(in super::super) variance: f64,
}

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

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positions lie among a few hundred bins"
    )]
    pub(super) fn beyond(&self, bin: usize, center: f64) -> f64 {
        let last = self.known.curve.len().saturating_sub(1);
        let position = (bin as f64 - center + MIDDLE as f64).clamp(0.0, last as f64);
        let below = position as usize;
        let (left, right) = (
            self.known.curve[below],
            self.known.curve[(below + 1).min(last)],
        );
        left + (right - left) * position.fract()
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
        let (curve, weight) = residuals(&known);
        self.known.spread_variance = spread(&curve).powi(2);
        for exponent in Exponent::ALL {
            let of_parent = parent.and_then(|parent| parent.center(exponent));
            let own = center(&known, exponent, self.known.spread_variance, of_parent);
            self.known.centers[exponent.index()] = own.or(of_parent);
        }
        let next = if parent.is_some() { 0.0 } else { NEXT_CALL };
        let beyond = |bin| (weight * curve.beyond(bin) + next) / (weight + next);
        self.known.curve = (0..N_RESIDUAL_BINS).map(beyond).collect();
        if let Some(parent) = parent.filter(|parent| !parent.known.curve.is_empty()) {
            for (own, above) in self.known.curve.iter_mut().zip(&parent.known.curve) {
                *own = (weight * *own + PARENT_CALLS * above) / (weight + PARENT_CALLS);
            }
        }
    }
}

/// The curve of all lengths around the centers of their groups, and how many calls it rests on.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions lie among a few hundred bins"
)]
fn residuals(known: &[(&Group, Median)]) -> (Survival, f64) {
    let mut events = vec![0.0; N_RESIDUAL_BINS];
    let mut censored = vec![0.0; N_RESIDUAL_BINS];
    for (group, median) in known {
        let shift = MIDDLE as f64 - group.center().unwrap_or(median.position);
        let (whole, part) = (shift.floor(), shift - shift.floor());
        for bin in group.sketch().bins() {
            let (ended, cut) = (group.sketch().events(bin), group.sketch().censored(bin));
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

/// Where groups with this exponent lie, and how far apart beyond what chance does.
fn center(
    known: &[(&Group, Median)],
    exponent: Exponent,
    spread_variance: f64,
    of_parent: Option<Center>,
) -> Option<Center> {
    let alike = || {
        let alike = known
            .iter()
            .filter(|(group, _)| group.exponent() == exponent);
        alike.map(|(_, median)| median)
    };
    let n = alike().map(|_| 1.0).sum::<f64>();
    if n < 1.0 {
        return None;
    }
    let mean = alike().map(|median| median.position).sum::<f64>() / n;
    if n < 2.0 {
        let variance = of_parent.map_or(UNKNOWN_VARIANCE, |parent| parent.variance);
        return Some(Center { mean, variance });
    }
    let squares = alike().map(|median| (median.position - mean).powi(2));
    let apart = squares.sum::<f64>() / (n - 1.0);
    let by_chance = alike().map(|median| MEDIAN_VARIANCE * spread_variance / median.weight);
    let variance = (apart - by_chance.sum::<f64>() / n).max(LEAST_BETWEEN);
    Some(Center { mean, variance })
}
