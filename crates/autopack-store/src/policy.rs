//! Policies as they are kept: versions, which of them was active since when, and stages.

use jiff::Timestamp;

/// A version of a policy. It is written once and never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// Its name, which follows from its content.
    pub version: String,
    /// The version that was active when this one was written down.
    pub parent: Option<String>,
    /// The whole policy in TOML, with its evidence.
    pub document: String,
    /// How it came here, in words.
    pub origin: String,
    /// When it was written down.
    pub created_at: Timestamp,
}

/// How a version became the active one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivationKind {
    /// Somebody applied it.
    Applied,
    /// It had been staged.
    Promoted,
    /// It had been active before.
    RolledBack,
}

impl ActivationKind {
    const ALL: [Self; 3] = [Self::Applied, Self::Promoted, Self::RolledBack];

    /// The word in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Promoted => "promoted",
            Self::RolledBack => "rolled_back",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// That a version became the active one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// The version; one of those that come with the program, or one with a row.
    pub version: String,
    /// How it came about.
    pub kind: ActivationKind,
    /// Why, in words.
    pub reason: String,
    /// Since when.
    pub activated_at: Timestamp,
}

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageOutcome {
    /// The candidate became the active version.
    Promoted,
    /// The candidate was taken back.
    Reverted,
}

impl StageOutcome {
    const ALL: [Self; 2] = [Self::Promoted, Self::Reverted];

    /// The word in the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Promoted => "promoted",
            Self::Reverted => "reverted",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
    }
}

/// The end of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageEnd {
    /// How it ended.
    pub outcome: StageOutcome,
    /// Why, in words.
    pub reason: String,
    /// When.
    pub ended_at: Timestamp,
}

/// A version on trial.
#[derive(Clone, Debug, PartialEq)]
pub struct StageStart {
    /// The version on trial.
    pub candidate: String,
    /// The active version, which it is held against.
    pub current: String,
    /// The share of phases that the candidate decides, 0 to 1.
    pub share: f64,
    /// Since when.
    pub started_at: Timestamp,
}

/// A stage, running or over.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its key.
    pub stage_id: i64,
    /// What is on trial since when.
    pub start: StageStart,
    /// How it ended; `None` while it is running.
    pub end: Option<StageEnd>,
}

/// What has become of a change of policies. Each is made whole or not at all, and none is made that
/// another program has made pointless meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum PolicyChange {
    /// It is made.
    Made,
    /// It is not: a stage is running, and what it is held against must not change meanwhile.
    StageRuns,
    /// It is not: the stage that was to end is over.
    StageOver,
    /// It is not: the version that a stage was to be held against is not the active one.
    NotActive,
}

/// What has become of policies so far, the oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyHistory {
    /// Which version was active since when.
    pub activations: Vec<Activation>,
    /// Which was tried, and how that went.
    pub stages: Vec<Stage>,
}

impl PolicyHistory {
    /// The active version; `None` where the default of the program is.
    #[must_use]
    pub fn active(&self) -> Option<&Activation> {
        self.activations.last()
    }

    /// The stage that is running.
    #[must_use]
    pub fn running(&self) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.end.is_none())
    }

    /// The version that was active before the active one, where the first was `default`. What was rolled
    /// back is forgotten, so that each step leads further back.
    #[must_use]
    pub fn one_before<'a>(&'a self, default: &'a str) -> Option<&'a str> {
        let mut path = vec![default];
        for Activation { version, kind, .. } in &self.activations {
            let place = path.iter().rposition(|known| known == version);
            match (kind, place) {
                (ActivationKind::RolledBack, Some(place)) => path.truncate(place + 1),
                (_, Some(place)) if place + 1 == path.len() => {}
                _ => path.push(version),
            }
        }
        path.iter().nth_back(1).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(activations: &[(&str, ActivationKind)]) -> PolicyHistory {
        let activation = |(version, kind): &(&str, ActivationKind)| Activation {
            version: (*version).to_owned(),
            kind: *kind,
            reason: "a reason".to_owned(),
            activated_at: Timestamp::UNIX_EPOCH,
        };
        PolicyHistory {
            activations: activations.iter().map(activation).collect(),
            stages: Vec::new(),
        }
    }

    #[test]
    fn each_step_back_leads_further_back() {
        use ActivationKind::{Applied, Promoted, RolledBack};
        for (activations, expected) in [
            (&[][..], None),
            (&[("a", Applied)][..], Some("base")),
            (&[("a", Applied), ("b", Promoted)], Some("a")),
            (
                &[("a", Applied), ("b", Applied), ("a", RolledBack)],
                Some("base"),
            ),
            (
                &[
                    ("a", Applied),
                    ("b", Applied),
                    ("a", RolledBack),
                    ("base", RolledBack),
                ],
                None,
            ),
            (
                &[
                    ("a", Applied),
                    ("b", Applied),
                    ("a", RolledBack),
                    ("c", Applied),
                ],
                Some("a"),
            ),
            (&[("a", Applied), ("a", Applied)], Some("base")),
            (&[("a", Applied), ("b", Applied), ("a", Applied)], Some("b")),
            (&[("a", Applied), ("c", RolledBack)], Some("a")),
        ] {
            assert_eq!(
                history(activations).one_before("base"),
                expected,
                "{activations:?}"
            );
        }
    }
}
