//! The calls on both sides of a stage, each chain once.

use std::collections::BTreeMap;

use autopack_calibrate::{Arm, GroupArms, StageCalls};
use autopack_core::Tokens;
use autopack_store::{EstimationRow, StageStart};
use serde_json::Value;

use crate::commands::report::figures::{Figures, Gathered};
use crate::commands::report::observed;
use crate::commands::report::rate::Rate;

/// What both sides came to.
pub(in crate::commands::policy) struct Arms {
    pub(in crate::commands::policy) staged: ArmFigures,
    pub(in crate::commands::policy) current: ArmFigures,
}

/// What one side came to: the figures of the first attempts of its chains.
pub(in crate::commands::policy) struct ArmFigures {
    pub(in crate::commands::policy) figures: Figures,
    /// Chains that went on with a larger ceiling.
    pub(in crate::commands::policy) escalated: Rate,
    /// Its calls by group, in the order in which groups came up.
    groups: Vec<(String, Arm)>,
}

impl Arms {
    /// The counts that the verdict rests on.
    pub(super) fn calls(&self) -> StageCalls {
        let current = |name: &str| {
            let mut groups = self.current.groups.iter();
            let arm = groups.find(|(known, _)| known == name);
            arm.map(|(_, arm)| *arm).unwrap_or_default()
        };
        let groups = self.staged.groups.iter().map(|(name, staged)| GroupArms {
            name: name.clone(),
            staged: *staged,
            current: current(name),
        });
        StageCalls {
            staged: self.staged.arm(),
            current: self.current.arm(),
            groups: groups.collect(),
        }
    }
}

impl ArmFigures {
    /// The counts that the verdict rests on.
    pub(super) const fn arm(&self) -> Arm {
        Arm {
            n_calls: self.figures.truncated.n,
            n_truncated: self.figures.truncated.n_hits,
        }
    }

    pub(super) fn json(&self) -> Value {
        let mut json = self.figures.json();
        json["n_escalated"] = self.escalated.n_hits.into();
        json["escalation_rate"] = self.escalated.share().into();
        json
    }
}

/// Calls on their way to the figures.
pub(super) struct Gathering<'a> {
    start: &'a StageStart,
    staged: Side,
    current: Side,
}

/// The calls of one side.
#[derive(Default)]
struct Side {
    gathered: Gathered,
    /// The chains that came back, each with the ceiling of its first attempt until a larger one has followed.
    /// They are held since the stage began: a run that is gone on with counts the attempts of a chain anew,
    /// and a chain counts once.
    chains: BTreeMap<Chain, Option<Tokens>>,
    n_escalated: u64,
    groups: Vec<(String, Arm)>,
    places: BTreeMap<String, usize>,
}

/// A phase of a run on an upstream: its first attempt and what followed.
type Chain = (String, String, String);

impl<'a> Gathering<'a> {
    pub(super) fn of(start: &'a StageStart) -> Self {
        Self {
            start,
            staged: Side::default(),
            current: Side::default(),
        }
    }

    /// Takes a call in, where one of the two policies decided it. Calls come in order of time.
    pub(super) fn add(&mut self, row: &EstimationRow) {
        match row.policy_version.as_ref() {
            Some(version) if *version == self.start.candidate => self.staged.add(row),
            Some(version) if *version == self.start.current => self.current.add(row),
            _ => {}
        }
    }

    pub(super) fn finish(self) -> Arms {
        Arms {
            staged: self.staged.finish(),
            current: self.current.finish(),
        }
    }
}

impl Side {
    fn add(&mut self, row: &EstimationRow) {
        let (chain, ceiling) = (chain(row), observed::ceiling(row));
        let known = self.chains.get_mut(&chain);
        if observed::is_first_attempt(row) {
            if known.is_some() {
                return;
            }
            let is_cut = row.truncated && !observed::is_cut_elsewhere(row);
            if observed::came_back(row) {
                self.chains.insert(chain, ceiling);
                self.count(row, is_cut);
            }
            self.gathered.add(&EstimationRow {
                truncated: is_cut,
                ..row.clone()
            });
        } else if let Some(first) = known.filter(|first| first.is_some() && ceiling > **first) {
            self.n_escalated += 1;
            *first = None;
        }
    }

    /// Counts a call in its group.
    fn count(&mut self, row: &EstimationRow, is_cut: bool) {
        let provider = row.provider.map(|provider| format!("/{provider}"));
        let provider = provider.unwrap_or_default();
        let name = format!("{}/{}{provider}", row.category, row.complexity);
        let next = self.groups.len();
        let place = *self.places.entry(name.clone()).or_insert(next);
        if place == next {
            self.groups.push((name, Arm::default()));
        }
        let (_, arm) = &mut self.groups[place];
        arm.n_calls += 1;
        arm.n_truncated += u64::from(is_cut);
    }

    fn finish(self) -> ArmFigures {
        let figures = self.gathered.figures();
        ArmFigures {
            escalated: Rate {
                n_hits: self.n_escalated,
                n: figures.truncated.n,
            },
            figures,
            groups: self.groups,
        }
    }
}

fn chain(row: &EstimationRow) -> Chain {
    let provider = row.provider.map(|provider| provider.to_string());
    let upstream = row.upstream.clone().or(provider).unwrap_or_default();
    (row.run_id.clone(), row.phase_id.clone(), upstream)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::commands::report::rows;

    fn row(policy: &str, phase_id: &str, attempt: u32, ceiling: u64) -> EstimationRow {
        EstimationRow {
            policy_version: Some(policy.to_owned()),
            phase_id: phase_id.to_owned(),
            attempt: Some(attempt),
            actual_max_tokens: Some(Tokens::new(ceiling)),
            ..rows::row()
        }
    }

    fn cut(row: EstimationRow) -> EstimationRow {
        EstimationRow {
            actual_output_tokens: row.actual_max_tokens,
            truncated: true,
            success: Some(false),
            ..row
        }
    }

    fn failed(row: EstimationRow) -> EstimationRow {
        EstimationRow {
            actual_output_tokens: None,
            success: Some(false),
            ..row
        }
    }

    fn arms(rows: &[EstimationRow]) -> Arms {
        let start = StageStart {
            candidate: "b".to_owned(),
            current: "a".to_owned(),
            share: 0.25,
            started_at: Timestamp::UNIX_EPOCH,
        };
        let mut gathering = Gathering::of(&start);
        for row in rows {
            gathering.add(row);
        }
        gathering.finish()
    }

    #[test]
    fn a_chain_counts_once_by_its_first_attempt() {
        let arms = arms(&[
            row("a", "p1", 1, 4096),
            cut(row("b", "p2", 1, 3584)),
            row("b", "p2", 2, 4480),
            row("other", "p3", 1, 4096),
            cut(row("b", "p4", 1, 3584)),
            cut(row("b", "p4", 2, 4480)),
            // Asked again at the same ceiling because the answer could not be used.
            row("b", "p5", 1, 3584),
            row("b", "p5", 2, 3584),
            // The run is gone on with.
            cut(row("b", "p4", 1, 3584)),
            row("b", "p4", 2, 4480),
        ]);
        let counts = |arm: &ArmFigures| {
            (
                arm.arm().n_truncated,
                arm.arm().n_calls,
                arm.escalated.n_hits,
            )
        };
        assert_eq!(counts(&arms.staged), (2, 3, 2));
        assert_eq!(counts(&arms.current), (0, 1, 0));
    }

    #[test]
    fn what_did_not_come_back_says_nothing_of_the_ceiling() {
        let arms = arms(&[
            failed(row("b", "p1", 1, 3584)),
            row("b", "p1", 1, 3584),
            failed(row("b", "p2", 1, 3584)),
        ]);
        assert_eq!(arms.staged.arm().n_calls, 1);
        assert_eq!(arms.staged.figures.n_failed, 2);
        let median = arms.staged.figures.median_waste;
        assert!(median.is_some_and(|waste| (waste - 3584.0 / 1200.0).abs() < 1e-12));
    }

    #[test]
    fn a_cut_that_no_ceiling_mends_is_none_of_the_policy() {
        let of_kind = |phase_id: &str, kind: &str| EstimationRow {
            truncation: Some(kind.to_owned()),
            ..cut(row("b", phase_id, 1, 3584))
        };
        let old = EstimationRow {
            stop_reason: Some("context_window".to_owned()),
            ..cut(row("b", "p5", 1, 3584))
        };
        let arms = arms(&[
            of_kind("p1", "at_ceiling"),
            of_kind("p2", "empty_by_reasoning"),
            of_kind("p3", "window_full"),
            of_kind("p4", "runaway"),
            old,
        ]);
        let arm = arms.staged.arm();
        assert_eq!((arm.n_truncated, arm.n_calls), (2, 5));
    }

    #[test]
    fn the_same_phase_elsewhere_is_another_chain() {
        let on = |upstream: &str| EstimationRow {
            upstream: Some(upstream.to_owned()),
            ..row("b", "p1", 1, 3584)
        };
        let old = EstimationRow {
            upstream: None,
            ..row("b", "p1", 1, 3584)
        };
        let arms = arms(&[on("openai"), on("vllm"), old]);
        assert_eq!(
            arms.staged.arm().n_calls,
            2,
            "a row without an upstream went to its vendor"
        );
    }
}
