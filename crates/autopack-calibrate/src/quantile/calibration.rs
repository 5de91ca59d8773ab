//! From calls to proposals: the older calls are fitted, the newer certify, all of them raise.

use autopack_core::{Policy, Tokens};
use autopack_stats::survival::bin;

use super::caveat::Caveat;
use super::certificate::{Certificate, Trial};
use super::figures::{Action, GroupFigures, curve, truncation_at_most};
use super::fit::Fit;
use super::groups::{Subject, current, gathered, set_runaways_apart};
use super::lengths::GroupLengths;
use super::observations::{GroupKey, Length, Observation, Observations};
use super::{QuantileCalibration, QuantileSettings};

/// The share of calls, the oldest, that ceilings are fitted to; the others certify them.
const FITTED_SHARE: (usize, usize) = (3, 5);
/// No group with fewer calls is lowered.
const LEAST_CALLS: u64 = 8;
/// No step lowers a ceiling below this share of it.
const LOWEST_STEP: f64 = 0.5;
/// What would move a ceiling by less than a twentieth is no change.
const LEAST_CHANGE: f64 = 0.05;
/// Below so many calls, a ceiling stays this far above the longest of the last ones.
const FEW_CALLS: u64 = 30;
const ABOVE_RECENT: f64 = 1.25;
/// No step raises a ceiling above so many times whatever was tried or seen in the group.
const LARGEST_LEAP: u64 = 2;
/// A calibration at work.
pub(super) struct Calibrating<'a> {
    settings: QuantileSettings,
    parent: &'a Policy,
    keys: &'a [GroupKey],
    calls: Vec<Observation>,
    /// The ceiling in use of each group.
    current: Vec<Tokens>,
}

impl<'a> Calibrating<'a> {
    pub(super) fn new(
        observations: &'a Observations,
        settings: QuantileSettings,
        parent: &'a Policy,
    ) -> Self {
        let keys = observations.keys();
        let mut calls = observations.calls().to_vec();
        set_runaways_apart(keys, &mut calls, settings);
        let current = current(keys, &calls, parent);
        Self {
            settings,
            parent,
            keys,
            calls,
            current,
        }
    }

    pub(super) fn finish(self, observations: &Observations) -> QuantileCalibration {
        let (numerator, denominator) = FITTED_SHARE;
        let n_fitted = self.calls.len() * numerator / denominator;
        let (older, newer) = self.calls.split_at(n_fitted);
        let lengths = gathered(self.keys.len(), older);
        let fit = Fit::of(self.keys, &lengths, self.settings.target);
        let lowered = self.lowered(&fit, &lengths);
        let certificate = self.certificate(&lowered, newer);
        let of_all = gathered(self.keys.len(), &self.calls);
        let fit_of_all = Fit::of(self.keys, &of_all, self.settings.target);
        let mut by_group: Vec<Vec<&Observation>> = vec![Vec::new(); self.keys.len()];
        for call in &self.calls {
            by_group[call.group].push(call);
        }
        let (mut groups, mut too_small) = (Vec::new(), Vec::new());
        for (group, key) in self.keys.iter().enumerate() {
            if of_all[group].n_calls() < self.settings.min_calls.max(1) {
                too_small.push((key.clone(), of_all[group].n_calls()));
                continue;
            }
            let subject = Subject {
                group,
                lengths: &of_all[group],
                calls: &by_group[group],
                lowered: certificate.factor().zip(lowered[group]),
            };
            groups.push(self.figures(&subject, &fit_of_all));
        }
        groups.sort_by(|a, b| a.group.cmp(&b.group));
        too_small.sort();
        QuantileCalibration {
            settings: self.settings,
            groups,
            too_small,
            certificate,
            n_calls: self.calls.len() as u64,
            exclusions: observations.exclusions(),
        }
    }

    /// The ceilings that were fitted for the groups that may be lowered. Which these are, the calls that
    /// certify have no part in.
    fn lowered(&self, fit: &Fit<'_>, lengths: &[GroupLengths]) -> Vec<Option<f64>> {
        let least = self.settings.min_calls.max(LEAST_CALLS);
        let of_group = |(group, lengths): (usize, &GroupLengths)| {
            let has_enough = lengths.n_ended() >= least && !lengths.is_without_spread();
            let fitted = fit.ceiling(group).filter(|_| has_enough)?;
            let is_lower = fitted <= self.current[group].as_f64() * (1.0 - LEAST_CHANGE);
            is_lower.then_some(fitted)
        };
        lengths.iter().enumerate().map(of_group).collect()
    }

    fn certificate(&self, lowered: &[Option<f64>], newer: &[Observation]) -> Certificate {
        if lowered.iter().all(Option::is_none) {
            return Certificate::NothingToLower;
        }
        let trials = newer.iter().filter_map(|call| {
            let fitted = lowered[call.group]?;
            let current = self.current[call.group].as_f64();
            let length = match call.length {
                Length::Exactly(tokens) => (tokens.as_f64() / fitted).ln(),
                Length::AtLeast(_) => f64::INFINITY,
                Length::Runaway => return None,
            };
            Some(Trial {
                length,
                highest: (current / fitted).ln(),
                lowest: (LOWEST_STEP * current / fitted).ln(),
            })
        });
        Certificate::of(&trials.collect::<Vec<_>>(), self.settings.target)
    }

    fn figures(&self, subject: &Subject<'_>, fit: &Fit<'_>) -> GroupFigures {
        let lengths = subject.lengths;
        let fitted = fit.ceiling(subject.group).filter(|_| lengths.n_ended() > 0);
        let fitted = fitted.map(up);
        let mut caveats = Vec::new();
        let action = self.action(subject, fit, fitted, &mut caveats);
        if lengths.n_runaways() > 0 {
            caveats.push(Caveat::Runaways {
                n_runaways: lengths.n_runaways(),
                n_calls: lengths.n_calls() + lengths.n_runaways(),
            });
        }
        let current = self.current[subject.group];
        let ceiling = action.ceiling().unwrap_or(current);
        let is_told = lengths.n_ended() > 0;
        GroupFigures {
            group: self.keys[subject.group].clone(),
            n_calls: lengths.n_calls(),
            n_censored: lengths.n_cut(),
            n_runaways: lengths.n_runaways(),
            current,
            fitted,
            action,
            expected_truncation: fit
                .expected_beyond(subject.group, ceiling)
                .filter(|_| is_told),
            truncation_at_most: truncation_at_most(subject.calls, ceiling),
            median_tokens: fit.median(subject.group),
            curve: curve(fit, subject.group),
            caveats,
        }
    }

    /// What becomes of a group's ceiling. It is lowered only where that is certified, and raised only where
    /// more calls were cut off than may be.
    fn action(
        &self,
        subject: &Subject<'_>,
        fit: &Fit<'_>,
        fitted: Option<Tokens>,
        caveats: &mut Vec<Caveat>,
    ) -> Action {
        let (lengths, current) = (subject.lengths, self.current[subject.group]);
        if lengths.n_ended() == 0 {
            let n_calls = lengths.n_calls();
            caveats.push(Caveat::AllCutOff { n_calls });
            return Action::Keep;
        }
        if let Some(raised) = self.raised(subject, fit, fitted, caveats) {
            return raised;
        }
        let would_lower = fitted.filter(|fitted| is_lower(*fitted, current));
        let Some(fitted) = would_lower else {
            return Action::Keep;
        };
        if lengths.is_without_spread() {
            let n_calls = lengths.n_ended();
            caveats.push(Caveat::NoSpread { n_calls });
            return Action::Keep;
        }
        let Some((factor, certified)) = subject.lowered else {
            caveats.push(Caveat::NotCertified { fitted });
            return Action::Keep;
        };
        let lowered = held(factor * certified, lengths, current, caveats);
        if is_lower(lowered, current) {
            Action::Lower(lowered)
        } else {
            Action::Keep
        }
    }

    /// The higher ceiling of a group of which more calls were cut off than may be.
    fn raised(
        &self,
        subject: &Subject<'_>,
        fit: &Fit<'_>,
        fitted: Option<Tokens>,
        caveats: &mut Vec<Caveat>,
    ) -> Option<Action> {
        let current = self.current[subject.group];
        let ceilings = subject.calls.iter().map(|call| call.ceiling);
        let highest_sent = ceilings.max().unwrap_or(current);
        if !subject.was_cut_off() {
            return None;
        }
        let beyond = bin::of(current.as_f64()).map(|bin| fit.curve(subject.group).beyond(bin));
        if beyond.is_none_or(|share| share <= self.settings.target.get()) {
            return None;
        }
        let highest = highest_sent.at_least(subject.longest());
        let farthest = highest.times(LARGEST_LEAP);
        let wanted = fitted.map_or(farthest, |fitted| fitted.at_most(farthest));
        if fitted.is_none() {
            caveats.push(Caveat::Unresolved { highest });
        }
        let limit = self.parent.numbers().budget.limit_tokens;
        if wanted > limit {
            caveats.push(Caveat::HeldByLimit { limit });
        }
        let wanted = wanted.at_most(limit);
        let is_higher = wanted.as_f64() >= current.as_f64() * (1.0 + LEAST_CHANGE);
        is_higher.then_some(Action::Raise(wanted))
    }
}

/// A certified ceiling, held above what one step may reach and above what the last calls came to.
/// Whatever is higher than what was certified is certified too.
fn held(
    certified: f64,
    lengths: &GroupLengths,
    current: Tokens,
    caveats: &mut Vec<Caveat>,
) -> Tokens {
    let mut ceiling = certified;
    let lowest = LOWEST_STEP * current.as_f64();
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

fn is_lower(ceiling: Tokens, current: Tokens) -> bool {
    ceiling.as_f64() <= current.as_f64() * (1.0 - LEAST_CHANGE)
}

/// Whole tokens, no fewer.
fn up(tokens: f64) -> Tokens {
    Tokens::floor(tokens.ceil().max(1.0))
}
