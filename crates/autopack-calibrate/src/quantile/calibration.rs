//! From calls to proposals: the older calls are fitted, the newer certify, all of them raise.

use autopack_core::policy::Relative;
use autopack_core::{Policy, Tokens};

use super::caveat::Caveat;
use super::figures::{Action, GroupFigures, curve, truncation_at_most};
use super::fit::Fit;
use super::ground::Ground;
use super::groups::{Subject, set_runaways_apart};
use super::key::GroupKey;
use super::lengths::GroupLengths;
use super::lowering::{Lowering, up};
use super::observations::{Observation, Observations};
use super::raising::{self, Raise};
use super::tree::Tree;
use super::{QuantileCalibration, QuantileSettings};

/// The share of calls, the oldest, that ceilings are fitted to; the others certify them.
const FITTED_SHARE: (usize, usize) = (3, 5);
/// Below so many calls, a ceiling stays this far above the longest of the last ones.
const FEW_CALLS: u64 = 30;
const ABOVE_RECENT: f64 = 1.25;

/// A calibration at work.
pub(super) struct Calibrating<'a> {
    ground: Ground<'a>,
    calls: Vec<Observation>,
    /// How many calls, the oldest, are fitted.
    n_fitted: usize,
}

impl<'a> Calibrating<'a> {
    pub(super) fn new(
        observations: &Observations,
        settings: QuantileSettings,
        policy: &'a Policy,
    ) -> Self {
        let mut calls = observations.calls().to_vec();
        let tree = Tree::pruned(observations.keys(), &mut calls, policy);
        set_runaways_apart(&tree, &mut calls);
        let (numerator, denominator) = FITTED_SHARE;
        let n_fitted = calls.len() * numerator / denominator;
        let ground = Ground::new(tree, &calls, n_fitted, settings, policy);
        Self {
            ground,
            calls,
            n_fitted,
        }
    }

    pub(super) fn finish(self, observations: &Observations) -> QuantileCalibration {
        let Self { ground, calls, .. } = &self;
        let (older, newer) = calls.split_at(self.n_fitted);
        let (keys, target) = (&ground.tree.keys, ground.settings.target);
        let lengths = ground.tree.gathered(older, &ground.measures);
        let fit = Fit::of(keys, &lengths, target);
        let lowering = Lowering::of(ground, &fit, &lengths);
        let certificates = lowering.certificates(ground, newer);
        let of_all = ground.tree.gathered(calls, &ground.measures);
        let fit = Fit::of(keys, &of_all, target);
        let by_group = self.by_group(&of_all);
        let looked_at = (0..keys.len()).filter(|group| self.is_looked_at(*group, &of_all[*group]));
        let subjects: Vec<Subject<'_>> = looked_at
            .map(|group| Subject {
                group,
                lengths: &of_all[group],
                calls: &by_group[group],
                standing: lowering.standing(group, &certificates),
            })
            .collect();
        let groups = self.figures_of(&subjects, &lowering, &fit);
        QuantileCalibration {
            settings: ground.settings,
            groups,
            too_small: self.too_small(&of_all),
            certificate: certificates.pooled,
            n_calls: calls.len() as u64,
            exclusions: observations.exclusions(),
        }
    }

    /// Whether a group has figures: with enough calls, or with a row and any.
    fn is_looked_at(&self, group: usize, lengths: &GroupLengths) -> bool {
        let Ground {
            tree,
            decides,
            settings,
            ..
        } = &self.ground;
        let least = match (tree.is_root(group), decides[group]) {
            (true, _) => settings.min_calls.max(1),
            (false, true) => 1,
            (false, false) => self.ground.n_enough(),
        };
        lengths.n_calls() >= least
    }

    /// The calls of each group that has figures, with those of the groups in it.
    fn by_group(&self, lengths: &[GroupLengths]) -> Vec<Vec<&Observation>> {
        let groups = lengths.iter().enumerate();
        let has_figures: Vec<bool> = groups
            .map(|(group, lengths)| self.is_looked_at(group, lengths))
            .collect();
        let mut by_group: Vec<Vec<&Observation>> = vec![Vec::new(); lengths.len()];
        for call in &self.calls {
            let around = self.ground.tree.around(call.group);
            around
                .filter(|group| has_figures[*group])
                .for_each(|group| by_group[group].push(call));
        }
        by_group
    }

    fn too_small(&self, lengths: &[GroupLengths]) -> Vec<(GroupKey, u64)> {
        let tree = &self.ground.tree;
        let groups = (0..tree.len())
            .filter(|group| tree.is_root(*group) && !self.is_looked_at(*group, &lengths[*group]));
        let named = groups.map(|group| (tree.keys[group].clone(), lengths[group].n_calls()));
        let mut too_small: Vec<_> = named.collect();
        too_small.sort();
        too_small
    }

    fn figures_of(
        &self,
        subjects: &[Subject<'_>],
        lowering: &Lowering,
        fit: &Fit<'_>,
    ) -> Vec<GroupFigures> {
        let mut raises = raising::raised(&self.ground, fit, subjects);
        let mut actions = vec![Action::Keep; raises.len()];
        let mut groups = Vec::with_capacity(subjects.len());
        for subject in subjects {
            let group = subject.group;
            let raise = std::mem::take(&mut raises[group]);
            let fitted = fit.ceiling(group).filter(|_| subject.lengths.n_ended() > 0);
            let fitted = fitted.map(up);
            let (mut action, mut caveats) = self.action(subject, raise, lowering, fitted);
            if action == Action::Keep && !self.ground.decides[group] {
                action = self.below(group, lowering, &actions);
                if let Action::Hold(_) = action {
                    caveats = vec![Caveat::Held];
                }
            }
            actions[group] = action;
            groups.push(self.figures(subject, fit, fitted, action, caveats));
        }
        groups.sort_by(|a, b| a.group.cmp(&b.group));
        groups
    }

    /// What becomes of a group without a row: it follows the row above, unless that is lowered and its own
    /// calls ask for what it has.
    fn below(&self, group: usize, lowering: &Lowering, actions: &[Action]) -> Action {
        let Ground {
            tree,
            decides,
            current,
            ..
        } = &self.ground;
        let has_row = |group: &usize| decides[*group] || actions[*group].is_change();
        let above = tree.around(group).skip(1).find(has_row);
        let Some(above) = above else {
            return Action::Keep;
        };
        let ceiling = actions[above].ceiling();
        let ceiling =
            ceiling.map(|ceiling| up(self.ground.seen_from(group, above, ceiling.as_f64())));
        match (actions[above], ceiling) {
            (Action::Lower(_), Some(ceiling))
                if ceiling < current[group] && lowering.is_own(group) =>
            {
                Action::Hold(current[group])
            }
            (_, ceiling) => Action::Follow(ceiling.unwrap_or(current[group])),
        }
    }

    fn figures(
        &self,
        subject: &Subject<'_>,
        fit: &Fit<'_>,
        fitted: Option<Tokens>,
        action: Action,
        mut caveats: Vec<Caveat>,
    ) -> GroupFigures {
        let Subject { group, lengths, .. } = *subject;
        if lengths.n_runaways() > 0 {
            caveats.push(Caveat::Runaways {
                n_runaways: lengths.n_runaways(),
                n_calls: lengths.n_calls() + lengths.n_runaways(),
            });
        }
        let current = self.ground.current[group];
        let ceiling = action.ceiling().unwrap_or(current);
        let is_told = lengths.n_ended() > 0;
        let relative = self.relative(group, action);
        if let Some(relative) = relative {
            caveats.push(Caveat::GoesWithTheEstimate { relative });
        }
        GroupFigures {
            group: self.ground.tree.keys[group].clone(),
            n_calls: lengths.n_calls(),
            n_censored: lengths.n_cut(),
            n_runaways: lengths.n_runaways(),
            current,
            fitted,
            action,
            relative,
            own_certificate: subject.standing.own,
            expected_truncation: fit.expected_beyond(group, ceiling).filter(|_| is_told),
            truncation_at_most: truncation_at_most(subject.calls, ceiling, relative),
            median_tokens: fit.median(group),
            curve: curve(fit, group),
            caveats,
        }
    }

    /// How the ceiling of a group goes with the estimate. A least one lowers nothing, and needs no bound below.
    fn relative(&self, group: usize, action: Action) -> Option<Relative> {
        let is_least = matches!(action, Action::Raise(_));
        let down_to = self.ground.down_to(group);
        self.ground.measures[group].relative((!is_least).then_some(down_to))
    }

    /// What becomes of a group's ceiling. It is lowered only where that is certified, and raised only where
    /// more calls were cut off than may be.
    fn action(
        &self,
        subject: &Subject<'_>,
        raise: Raise,
        lowering: &Lowering,
        fitted: Option<Tokens>,
    ) -> (Action, Vec<Caveat>) {
        let Subject { group, lengths, .. } = *subject;
        if lengths.n_ended() == 0 {
            let n_calls = lengths.n_calls();
            return (Action::Keep, vec![Caveat::AllCutOff { n_calls }]);
        }
        let mut caveats = raise.caveats;
        if let Some(raised) = raise.ceiling {
            return (Action::Raise(raised), caveats);
        }
        let would_lower = |ceiling: &Tokens| self.ground.would_lower(group, ceiling.as_f64());
        let has_row = self.ground.decides[group] || lowering.is_own(group);
        let Some(fitted) = fitted.filter(would_lower).filter(|_| has_row) else {
            return (Action::Keep, caveats);
        };
        if lengths.is_without_spread() {
            let n_calls = lengths.n_ended();
            caveats.push(Caveat::NoSpread { n_calls });
            return (Action::Keep, caveats);
        }
        let Some(certified) = subject.standing.certified else {
            caveats.push(match subject.standing.own {
                None => Caveat::NotCertified { fitted },
                Some(_) => Caveat::LeftWithTooFew { fitted },
            });
            return (Action::Keep, caveats);
        };
        let lowest = self.ground.lowest_step(group);
        let lowered = held(certified, lengths, lowest, &mut caveats);
        let action = if would_lower(&lowered) {
            Action::Lower(lowered)
        } else {
            Action::Keep
        };
        (action, caveats)
    }
}

/// A certified ceiling, held above what one step may reach and above what the last calls came to.
/// Whatever is higher than what was certified is certified too.
fn held(certified: f64, lengths: &GroupLengths, lowest: f64, caveats: &mut Vec<Caveat>) -> Tokens {
    let mut ceiling = certified;
    if ceiling < lowest {
        caveats.push(Caveat::HeldByStep);
        ceiling = lowest;
    }
    let longest = lengths.longest_recent();
    let above_recent = ABOVE_RECENT * longest.as_f64();
    if lengths.n_calls() < FEW_CALLS && ceiling < above_recent {
        caveats.push(Caveat::HeldByRecent { longest });
        ceiling = above_recent;
    }
    up(ceiling)
}
