//! Which groups are to be raised: those of which more calls are cut off than may be.
//!
//! What can be mended in a finer group is mended there: the row above is raised only where too many of the
//! calls are cut off that are left to it, and a finer group only where the row above does not reach as far.

use autopack_core::Tokens;
use autopack_stats::Survival;
use autopack_stats::survival::bin;

use super::caveat::Caveat;
use super::fit::Fit;
use super::ground::{Ground, is_higher};
use super::groups::Subject;
use super::lengths::GroupLengths;
use super::lowering::up;
use super::observations::Observation;

/// No step raises a ceiling above so many times whatever was tried or seen in the group.
const LARGEST_LEAP: u64 = 2;

/// The higher ceiling that a group is to get, if any, and what has to be said of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Raise {
    pub(super) ceiling: Option<Tokens>,
    pub(super) caveats: Vec<Caveat>,
}

/// The higher ceiling of each group; `subjects` are those that may get one.
pub(super) fn raised(ground: &Ground<'_>, fit: &Fit<'_>, subjects: &[Subject<'_>]) -> Vec<Raise> {
    let mut wanted = vec![Raise::default(); ground.tree.len()];
    for subject in subjects {
        wanted[subject.group] = wish(ground, fit, subject);
    }
    // What is mended below goes first from the inside out: a group is around others of lower ids only.
    for subject in subjects.iter().rev() {
        let deciders = ground.deciders(|group| wanted[group].ceiling.is_some());
        if wanted[subject.group].ceiling.is_some() && is_mended(ground, &deciders, subject) {
            wanted[subject.group] = Raise::default();
        }
    }
    let raised = apart(ground, &wanted);
    for (wish, is_raised) in wanted.iter_mut().zip(raised) {
        if wish.ceiling.is_some() && !is_raised {
            *wish = Raise::default();
        }
    }
    wanted
}

/// Which of those that want a higher ceiling are raised by themselves: those that the row above does not
/// raise as far.
fn apart(ground: &Ground<'_>, wanted: &[Raise]) -> Vec<bool> {
    let mut raised = vec![false; wanted.len()];
    for (group, wish) in wanted.iter().enumerate() {
        let Some(ceiling) = wish.ceiling else {
            continue;
        };
        let above = ground.tree.around(group).skip(1);
        let mut above = above.filter(|group| raised[*group] || ground.decides[*group]);
        let above = above.next().filter(|_| !ground.decides[group]);
        let above = above.filter(|above| raised[*above]);
        let without = above.and_then(|above| {
            let without = wanted[above].ceiling?;
            Some(ground.seen_from(group, above, without.as_f64()))
        });
        raised[group] = without.is_none_or(|without| is_higher(ceiling.as_f64(), without));
    }
    raised
}

/// Whether finer groups that want a higher ceiling leave a group calls of which few enough are cut off.
fn is_mended(ground: &Ground<'_>, deciders: &[usize], subject: &Subject<'_>) -> bool {
    let group = subject.group;
    let is_left = |call: &&&Observation| deciders[call.group] == group;
    let left: Vec<_> = subject.calls.iter().filter(is_left).copied().collect();
    if left.is_empty() || left.len() == subject.calls.len() {
        return false;
    }
    let measure = ground.measures[group];
    let lengths = left
        .iter()
        .map(|call| (call.length, measure.scale(call.estimate)));
    let lengths = GroupLengths::of(&lengths.collect::<Vec<_>>());
    let left = Subject {
        calls: &left,
        lengths: &lengths,
        ..*subject
    };
    !is_cut_off_too_often(ground, &left, &lengths.sketch().survival())
}

/// Whether more calls of a group with this curve are cut off than may be.
fn is_cut_off_too_often(ground: &Ground<'_>, subject: &Subject<'_>, curve: &Survival) -> bool {
    let current = ground.current[subject.group].as_f64();
    let target = ground.settings.target.get();
    let is_beyond = |bin| curve.beyond(bin) > target;
    subject.was_cut_off() && bin::of(current).is_some_and(is_beyond)
}

/// The higher ceiling that a group wants by itself.
fn wish(ground: &Ground<'_>, fit: &Fit<'_>, subject: &Subject<'_>) -> Raise {
    let current = ground.current[subject.group];
    let is_told = subject.lengths.n_ended() > 0;
    if !is_told || !is_cut_off_too_often(ground, subject, fit.curve(subject.group)) {
        return Raise::default();
    }
    let mut caveats = Vec::new();
    let highest = subject.highest(ground.measures[subject.group]);
    let farthest = highest.times(LARGEST_LEAP);
    let fitted = fit.ceiling(subject.group).map(up);
    if fitted.is_none() {
        caveats.push(Caveat::Unresolved { highest });
    }
    let wanted = fitted.map_or(farthest, |fitted| fitted.at_most(farthest));
    let limit = ground.policy.numbers().budget.limit_tokens;
    if wanted > limit {
        caveats.push(Caveat::HeldByLimit { limit });
    }
    let ceiling = wanted.at_most(limit);
    let ceiling = is_higher(ceiling.as_f64(), current.as_f64()).then_some(ceiling);
    Raise { ceiling, caveats }
}
