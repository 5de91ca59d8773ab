//! The figures of a group, and what is proposed for it.

use autopack_core::Tokens;
use autopack_core::policy::Relative;
use autopack_stats::exact_upper_bound;
use autopack_stats::survival::bin::{self, N_BINS};

use super::caveat::Caveat;
use super::certificate::{Certificate, LEVEL};
use super::fit::Fit;
use super::key::GroupKey;
use super::observations::{Length, Observation};

/// What becomes of the ceiling of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It stays: too little speaks for another.
    Keep,
    /// It is raised to this: too many calls were cut off.
    Raise(Tokens),
    /// It is lowered to this, which is certified.
    Lower(Tokens),
    /// It has no row of its own, and none is needed: the row above gives it this.
    Follow(Tokens),
    /// It stays, in a row of its own: the row above is lowered, and its own calls ask for this.
    Hold(Tokens),
}

impl Action {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Raise(_) => "raise",
            Self::Lower(_) => "lower",
            Self::Follow(_) => "follow",
            Self::Hold(_) => "hold",
        }
    }

    /// Whether a row of a policy changes by it.
    #[must_use]
    pub const fn is_change(self) -> bool {
        !matches!(self, Self::Keep | Self::Follow(_))
    }

    /// The ceiling that follows; `None` where it stays.
    #[must_use]
    pub const fn ceiling(self) -> Option<Tokens> {
        match self {
            Self::Keep => None,
            Self::Raise(ceiling)
            | Self::Lower(ceiling)
            | Self::Follow(ceiling)
            | Self::Hold(ceiling) => Some(ceiling),
        }
    }
}

/// What the calls of a group say. Shares are fractions, 0 to 1; lengths and ceilings are tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupFigures {
    /// Whose figures these are.
    pub group: GroupKey,
    /// Calls, runaways left out.
    pub n_calls: u64,
    /// Those of them that were cut off, and nobody knows how long they are.
    pub n_censored: u64,
    /// Calls that were cut off as no ceiling mends.
    pub n_runaways: u64,
    /// The ceiling in use: the learned one of the policy, or the upper median of those that were sent.
    pub current: Tokens,
    /// The ceiling that the group's calls ask for; `None` where they do not tell.
    pub fitted: Option<Tokens>,
    /// What is proposed.
    pub action: Action,
    /// How ceilings and lengths go with the estimate, where they do: all figures are then at that estimate.
    pub relative: Option<Relative>,
    /// What newer calls say of lowering a group with finer rows below it: those that are left to its row.
    pub own_certificate: Option<Certificate>,
    /// The share of calls that is expected beyond the proposed ceiling, or beyond the one in use.
    pub expected_truncation: Option<f64>,
    /// The exact upper bound of that share at 95 %, by the calls that had at least this ceiling; `None`
    /// where none had.
    pub truncation_at_most: Option<f64>,
    /// The median length.
    pub median_tokens: Option<f64>,
    /// The Kaplan-Meier curve: lengths, and the share of calls that is longer.
    pub curve: Vec<(f64, f64)>,
    /// What has to be said.
    pub caveats: Vec<Caveat>,
}

impl GroupFigures {
    /// The ceiling that the group would have.
    #[must_use]
    pub fn proposed(&self) -> Tokens {
        self.action.ceiling().unwrap_or(self.current)
    }

    /// Whether the proposal is certified.
    #[must_use]
    pub const fn is_certified(&self) -> bool {
        matches!(self.action, Action::Lower(_))
    }

    /// The ceiling in use over the median length.
    #[must_use]
    pub fn current_waste(&self) -> Option<f64> {
        self.median_tokens
            .map(|median| self.current.as_f64() / median)
    }

    /// The proposed ceiling over the median length.
    #[must_use]
    pub fn expected_waste(&self) -> Option<f64> {
        self.median_tokens
            .map(|median| self.proposed().as_f64() / median)
    }
}

/// The points at which a group's own curve falls.
pub(super) fn curve(fit: &Fit<'_>, group: usize) -> Vec<(f64, f64)> {
    let curve = fit.curve(group);
    let mut before = 1.0;
    let points = (0..N_BINS).map(|bin| (bin::edge(bin), curve.beyond(bin)));
    points
        .filter(|(_, share)| {
            let falls = *share < before;
            before = *share;
            falls
        })
        .collect()
}

/// The exact upper bound of the share of calls beyond `ceiling`: by all of them, where every length is known
/// well enough, else by those that were sent with at least as much.
pub(super) fn truncation_at_most(
    calls: &[&Observation],
    ceiling: Tokens,
    relative: Option<Relative>,
) -> Option<f64> {
    let at = |call: &Observation| {
        relative.map_or(ceiling, |relative| relative.ceiling(ceiling, call.estimate))
    };
    let is_open =
        |call: &&&Observation| matches!(call.length, Length::AtLeast(length) if length < at(call));
    let all_tell = calls.iter().find(is_open).is_none();
    let (mut n, mut n_beyond) = (0, 0);
    for call in calls
        .iter()
        .filter(|call| all_tell || call.ceiling >= at(call))
    {
        let is_beyond = match call.length {
            Length::Exactly(length) => length > at(call),
            Length::AtLeast(_) => true,
            Length::Runaway => continue,
        };
        n += 1;
        n_beyond += u64::from(is_beyond);
    }
    exact_upper_bound(n_beyond, n, LEVEL)
}
