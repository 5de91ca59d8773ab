//! Which phases of a plan wait for which: every name is known, and no phase waits for itself,
//! not even by way of others.

use std::collections::HashMap;

use crate::phase::PhaseDraft;
use crate::plan::{PlanError, shown};

/// How many phases of a cycle a message names: enough to see the loop, short enough to read.
const MAX_SHOWN: usize = 10;

/// The order among the phases of a plan. Phases are numbered from 0, as the plan lists them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanOrder {
    /// For each phase the ones it waits for, ascending, each once.
    after: Vec<Vec<usize>>,
    levels: Vec<Vec<usize>>,
}

impl PlanOrder {
    /// The order that `phases` ask for; their ids are there and differ.
    pub(crate) fn of(phases: &[PhaseDraft]) -> Result<Self, PlanError> {
        let ids: Vec<&str> = phases
            .iter()
            .map(|phase| phase.phase_id.as_deref().unwrap_or_default())
            .collect();
        let after = numbered(phases, &ids)?;
        let levels = levels(&after);
        if levels.iter().map(Vec::len).sum::<usize>() < after.len() {
            let cycle = render(&cycle(&after, &levels), &ids);
            return Err(PlanError::Cycle { cycle });
        }
        Ok(Self { after, levels })
    }

    /// The phases that phase `number` waits for, ascending; none for a number that no phase has.
    #[must_use]
    pub fn after(&self, number: usize) -> &[usize] {
        self.after.get(number).map_or(&[], Vec::as_slice)
    }

    /// The phases in levels: each waits for none but phases of the levels before it, and for one of
    /// the level just before. Within a level they stand as in the plan.
    #[must_use]
    pub fn levels(&self) -> &[Vec<usize>] {
        &self.levels
    }

    /// Every phase once, each behind those it waits for.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.levels.iter().flatten().copied()
    }
}

fn numbered(phases: &[PhaseDraft], ids: &[&str]) -> Result<Vec<Vec<usize>>, PlanError> {
    let numbers: HashMap<&str, usize> = ids.iter().copied().zip(0..).collect();
    let number_of = |phase: &str, id: &str| {
        numbers
            .get(id)
            .copied()
            .ok_or_else(|| PlanError::UnknownAfter {
                id: phase.to_owned(),
                after: shown(id),
            })
    };
    let waits_for = |(phase, id): (&PhaseDraft, &&str)| {
        let names = phase.after.as_deref().unwrap_or_default();
        let found: Result<Vec<usize>, PlanError> =
            names.iter().map(|name| number_of(id, name)).collect();
        let mut found = found?;
        found.sort_unstable();
        found.dedup();
        Ok(found)
    };
    phases.iter().zip(ids).map(waits_for).collect()
}

/// Takes away, level by level, the phases that wait for nothing that is left. What is on a cycle, or
/// waits for one, stays in no level.
fn levels(after: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut n_missing: Vec<usize> = after.iter().map(Vec::len).collect();
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); after.len()];
    for (number, waits_for) in after.iter().enumerate() {
        for &first in waits_for {
            before[first].push(number);
        }
    }
    let mut levels = Vec::new();
    let mut level: Vec<usize> = (0..after.len())
        .filter(|&number| n_missing[number] == 0)
        .collect();
    while !level.is_empty() {
        let mut next = Vec::new();
        for &number in level.iter().flat_map(|&done| &before[done]) {
            n_missing[number] -= 1;
            if n_missing[number] == 0 {
                next.push(number);
            }
        }
        next.sort_unstable();
        levels.push(std::mem::replace(&mut level, next));
    }
    levels
}

/// A cycle among the phases that are in no level. Each of them waits for another of them, so a walk
/// from one to the next has to come back.
fn cycle(after: &[Vec<usize>], levels: &[Vec<usize>]) -> Vec<usize> {
    let mut is_left = vec![true; after.len()];
    for &number in levels.iter().flatten() {
        is_left[number] = false;
    }
    let next = |number: usize| after[number].iter().copied().find(|&n| is_left[n]);
    let mut walk: Vec<usize> = Vec::new();
    let mut place = vec![None; after.len()];
    let mut at = is_left.iter().position(|&left| left);
    while let Some(number) = at {
        if let Some(start) = place[number] {
            walk.drain(..start);
            walk.push(number);
            break;
        }
        place[number] = Some(walk.len());
        walk.push(number);
        at = next(number);
    }
    walk
}

fn render(cycle: &[usize], ids: &[&str]) -> String {
    let mut names: Vec<String> = cycle
        .iter()
        .map(|&number| format!("`{}`", ids[number]))
        .collect();
    let n_phases = names.len().saturating_sub(1);
    if n_phases > MAX_SHOWN {
        names.splice(MAX_SHOWN..n_phases, ["…".to_owned()]);
    }
    names.join(" after ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(edges: &[(&str, &[&str])]) -> Result<PlanOrder, PlanError> {
        let phases: Vec<PhaseDraft> = edges
            .iter()
            .map(|(id, after)| PhaseDraft {
                phase_id: Some((*id).to_owned()),
                after: Some(after.iter().map(|&id| id.to_owned()).collect()),
                ..PhaseDraft::default()
            })
            .collect();
        PlanOrder::of(&phases)
    }

    #[test]
    fn levels_follow_the_longest_way() {
        let order = order(&[
            ("d", &["b", "a", "b"]),
            ("a", &[]),
            ("b", &["a"]),
            ("c", &[]),
        ])
        .expect("an order");
        assert_eq!(order.levels(), [vec![1, 3], vec![2], vec![0]]);
        assert_eq!(order.after(0), [1, 2]);
        assert_eq!(order.after(9), [0; 0]);
        assert_eq!(order.iter().collect::<Vec<_>>(), [1, 3, 2, 0]);
    }

    #[test]
    fn a_name_that_is_no_phase_is_told() {
        let error = order(&[("a", &["z"])]).expect_err("unknown").to_string();
        assert_eq!(
            error,
            "phase `a` is to run after `z`, which is no phase of the plan: allowed are other \
             `phase_id`s"
        );
    }

    #[test]
    fn a_cycle_is_named() {
        for (edges, expected) in [
            (&[("a", &["a"][..])][..], "(`a` after `a`)"),
            (
                &[
                    ("x", &["a"]),
                    ("a", &["b"]),
                    ("b", &["c"]),
                    ("c", &["a"]),
                    ("ok", &[]),
                ],
                "(`a` after `b` after `c` after `a`)",
            ),
        ] {
            let error = order(edges).expect_err("a cycle").to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_long_cycle_is_shortened_and_a_long_chain_is_fine() {
        let ids: Vec<String> = (0..5000).map(|n| format!("p{n}")).collect();
        let mut phases: Vec<PhaseDraft> = ids
            .iter()
            .map(|id| PhaseDraft {
                phase_id: Some(id.clone()),
                ..PhaseDraft::default()
            })
            .collect();
        for n in 1..phases.len() {
            phases[n].after = Some(vec![ids[n - 1].clone()]);
        }
        let order = PlanOrder::of(&phases).expect("a chain");
        assert_eq!(order.levels().len(), 5000);
        phases[0].after = Some(vec![ids[4999].clone()]);
        let error = PlanOrder::of(&phases).expect_err("a cycle").to_string();
        assert!(error.contains("`p4991` after … after `p0`)"), "{error}");
    }
}
