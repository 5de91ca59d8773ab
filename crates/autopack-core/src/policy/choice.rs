//! Which policy decides which phase: the current one, and for a share of them a staged one.

use std::fmt;
use std::str::FromStr;

use super::Policy;
use crate::hash::StableHash;

/// The share of phases that a staged policy decides.
///
/// At most a half, because the current policy is what the stage is held against: where it decides
/// less than the stage, the risk grows and the comparison does not. At least a hundredth, because
/// below it thousands of phases go by before anything can be said.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct StageShare(f64);

impl StageShare {
    /// The least and the largest share.
    pub const RANGE: (f64, f64) = (0.01, 0.5);

    /// A share; `None` outside the range, and for NaN.
    #[must_use]
    pub fn new(share: f64) -> Option<Self> {
        let (least, most) = Self::RANGE;
        (least..=most).contains(&share).then_some(Self(share))
    }

    /// The bare number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// A text that is no share of a stage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no share: allowed is a number from {} to {}", StageShare::RANGE.0, StageShare::RANGE.1)]
pub struct BadShare {
    found: String,
}

impl FromStr for StageShare {
    type Err = BadShare;

    fn from_str(text: &str) -> Result<Self, BadShare> {
        let share = text.trim().parse().ok().and_then(Self::new);
        share.ok_or_else(|| BadShare {
            found: text.to_owned(),
        })
    }
}

impl fmt::Display for StageShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One of the two sides of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The policy that decides wherever the staged one does not.
    Current,
    /// The policy on trial.
    Staged,
}

impl Side {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Staged => "staged",
        }
    }
}

/// A policy on trial, and its share of the phases.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyStage {
    /// What it decides by.
    pub policy: Policy,
    /// How many of the phases it decides.
    pub share: StageShare,
}

/// The policies of a run, or of whoever else decides.
///
/// The side of a phase is a function of the names of run and phase alone: 53 bits of a hash that is the
/// same everywhere, taken as a fraction, lie below the share. So a retry, a resumed run and the same
/// phase on another provider stay on their side, and a larger share keeps those that were staged before.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyChoice {
    current: Policy,
    stage: Option<PolicyStage>,
}

impl From<Policy> for PolicyChoice {
    fn from(current: Policy) -> Self {
        Self {
            current,
            stage: None,
        }
    }
}

impl PolicyChoice {
    /// The current policy and one on trial.
    #[must_use]
    pub const fn staged(current: Policy, stage: PolicyStage) -> Self {
        Self {
            current,
            stage: Some(stage),
        }
    }

    /// The policy that decides wherever no staged one does.
    #[must_use]
    pub const fn current(&self) -> &Policy {
        &self.current
    }

    /// The policy on trial.
    #[must_use]
    pub const fn stage(&self) -> Option<&PolicyStage> {
        self.stage.as_ref()
    }

    /// The current policy alone.
    #[must_use]
    pub fn without_stage(self) -> Self {
        self.current.into()
    }

    /// The side of a phase. A phase without a name has none to stay on and is never staged; a run
    /// without a name is as good as any other.
    #[must_use]
    pub fn side(&self, run_id: &str, phase_id: &str) -> Side {
        match &self.stage {
            Some(stage) if !phase_id.is_empty() && fraction(run_id, phase_id) < stage.share.0 => {
                Side::Staged
            }
            _ => Side::Current,
        }
    }

    /// The policy that decides a phase.
    #[must_use]
    pub fn of(&self, run_id: &str, phase_id: &str) -> &Policy {
        match (self.side(run_id, phase_id), &self.stage) {
            (Side::Staged, Some(stage)) => &stage.policy,
            _ => &self.current,
        }
    }
}

/// The bits of a double's fraction.
const FRACTION_BITS: u32 = 53;

/// Where a phase lies, 0 to below 1.
#[expect(
    clippy::cast_precision_loss,
    reason = "53 bits and one more fit a double"
)]
fn fraction(run_id: &str, phase_id: &str) -> f64 {
    let hash = StableHash::new().text(run_id).text(phase_id).finish();
    let n_fractions = (1_u64 << FRACTION_BITS) as f64;
    (hash >> (u64::BITS - FRACTION_BITS)) as f64 / n_fractions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(share: f64) -> PolicyChoice {
        let current = Policy::build_142();
        let stage = PolicyStage {
            policy: current.with("base.docs.low", 3584).expect("a policy"),
            share: StageShare::new(share).expect("a share"),
        };
        PolicyChoice::staged(current, stage)
    }

    #[test]
    fn sides_are_the_same_everywhere_and_always() {
        // Worked out by another program. A change of these numbers moves phases to the other side in the
        // middle of a run that is resumed.
        for (run_id, phase_id, expected) in [
            ("r", "guide", 0.476_408_837_721_627_45),
            ("v8b-1", "installation-steps", 0.505_752_446_661_949_1),
            ("v8b-1", "configuration-basics", 0.389_792_618_547_166_6),
            ("", "a", 0.458_883_373_068_137),
            ("run", "ü", 0.605_301_615_728_613),
        ] {
            let found = fraction(run_id, phase_id);
            assert!((found - expected).abs() < 1e-15, "{run_id}, {phase_id}");
        }
        let choice = choice(0.48);
        assert_eq!(choice.side("r", "guide"), Side::Staged);
        assert_eq!(
            choice.of("r", "guide").name(),
            "build-142+base.docs.low=3584"
        );
        assert_eq!(choice.side("v8b-1", "installation-steps"), Side::Current);
        assert_eq!(choice.of("v8b-1", "installation-steps").name(), "build-142");
    }

    #[test]
    fn the_share_is_kept_whatever_names_look_like() {
        let quarter = choice(0.25);
        let names = |n: usize| format!("phase-{n:04}");
        let n_staged = (0..10_000)
            .filter(|n| quarter.side("nightly-20261124-101500.123", &names(*n)) == Side::Staged)
            .count();
        // Five deviations of a binomial of 10,000 at a quarter are 217.
        assert!(n_staged.abs_diff(2500) < 217, "{n_staged}");
        let is_without = |run: &usize| {
            let run_id = format!("run-{run}");
            (0..10).all(|n| quarter.side(&run_id, &format!("p{n}")) == Side::Current)
        };
        let n_without = (0..1000).filter(is_without).count();
        // Within a run phases fall independently: a thousand runs of ten have 56 with none staged,
        // give or take five deviations of 36.
        assert!(n_without.abs_diff(56) < 37, "{n_without}");
    }

    #[test]
    fn a_larger_share_keeps_those_that_were_staged() {
        let (small, large) = (choice(0.1), choice(0.5));
        for n in 0..1000 {
            let phase_id = format!("p{n}");
            if small.side("r", &phase_id) == Side::Staged {
                assert_eq!(large.side("r", &phase_id), Side::Staged);
            }
        }
    }

    #[test]
    fn without_a_stage_or_a_name_the_current_policy_decides() {
        let staged = choice(0.5);
        assert!((0..100).all(|n| staged.side(&format!("r{n}"), "") == Side::Current));
        let alone = staged.without_stage();
        assert!((0..100).all(|n| alone.side("r", &format!("p{n}")) == Side::Current));
        assert_eq!(alone, Policy::build_142().into());
    }

    #[test]
    fn a_share_is_a_hundredth_to_a_half() {
        for text in ["0.01", "0.25", " 0.5 "] {
            assert!(text.parse::<StageShare>().is_ok(), "{text}");
        }
        for text in ["0", "0.009", "0.51", "1", "-0.1", "nan", "25%", ""] {
            let error = text.parse::<StageShare>().expect_err(text).to_string();
            assert_eq!(
                error,
                format!("`{text}` is no share: allowed is a number from 0.01 to 0.5")
            );
        }
    }
}
