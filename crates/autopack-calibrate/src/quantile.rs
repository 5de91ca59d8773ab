//! Ceilings with a stated truncation rate, from telemetry in which some answers were cut off.
//!
//! Attempts become calls ([`Observations`]): an answer that was cut off is a lower bound of its length, until
//! a later attempt of its chain shows the whole. Calls are learned in groups by category, complexity and
//! provider, and in finer ones by model, effort, template and input size. For each, the Kaplan-Meier curve, together with what the groups around it have in common,
//! gives the ceiling that the target share of calls is likely not to exceed ([`Fit`]). What comes of it is
//! careful: a ceiling is raised where more calls were cut off than may be, and lowered only where the newer
//! calls, which had no part in the fit, certify it ([`Certificate`]).
//!
//! Without data nothing is proposed, and the policy stays what it is, bit for bit.
//!
//! ```
//! use autopack_calibrate::learned::TargetTruncation;
//! use autopack_calibrate::quantile::{
//!     Action, Attempt, Ending, Extent, Observations, QuantileSettings, calibrate,
//! };
//! use autopack_core::{CallFacts, Category, Complexity, Policy, Provider, Tokens};
//!
//! let mut observations = Observations::new(0);
//! for n in 0..1000 {
//!     observations.read(&Attempt {
//!         category: &Category::Docs,
//!         complexity: Complexity::Low,
//!         provider: Some(Provider::OpenAi),
//!         facts: CallFacts::default(),
//!         chain: None,
//!         number: 1,
//!         extent: Extent::Whole,
//!         predicted: Some(Tokens::new(2600)),
//!         has_thinking_budget: false,
//!         ceiling: Some(Tokens::new(4096)),
//!         output: Some(Tokens::new(1900 + 37 * n % 500)),
//!         ending: Ending::Whole,
//!     });
//! }
//! let target = TargetTruncation::new(0.02).expect("a rate");
//! let settings = QuantileSettings { target, min_calls: 8 };
//! let calibration = calibrate(&observations, settings, &Policy::build_142());
//! assert!(matches!(calibration.groups[0].action, Action::Lower(ceiling) if ceiling < Tokens::new(2800)));
//! ```

mod attempt;
mod calibration;
mod caveat;
mod certificate;
mod figures;
mod fit;
mod ground;
mod groups;
pub(crate) mod in_use;
mod key;
mod lengths;
mod lowering;
mod measure;
mod observations;
mod pool;
mod raising;
mod tree;

use autopack_core::Policy;
use serde::Serialize;

use crate::learned::TargetTruncation;
use crate::proposal::{Basis, Change, Effect, Evidence, Proposal};

pub use attempt::{Attempt, Ending, Exclusion, Exclusions, Extent};
pub use caveat::Caveat;
pub use certificate::{Certificate, LEVEL};
pub use figures::{Action, GroupFigures};
pub use fit::Fit;
pub use key::{GroupKey, Within};
pub use lengths::GroupLengths;
pub use observations::{MAX_CALLS, MAX_FINER_GROUPS, MAX_GROUPS, Observations};

use calibration::Calibrating;

/// The name of the method.
pub const NAME: &str = "quantile";

/// What this method cannot do, a line each.
pub const CANNOT: [&str; 4] = [
    "it takes calls for independent of each other: those of one run may not be, and then less is certain than it says",
    "it certifies the share over all groups that are lowered, in the mix of the calls it saw, not each group alone; only a row with finer ones below it is certified by itself",
    "it tells calls apart by category, complexity, provider, model, effort, template and input size, in this order, as far as each is known and has calls enough: what else tells them apart it does not see",
    "it cannot tell how long answers are beyond the highest ceiling that was tried: there it raises step by step",
];

/// What is asked for, and what is enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileSettings {
    /// The share of calls that may be cut off.
    pub target: TargetTruncation,
    /// A group with fewer calls is left alone.
    pub min_calls: u64,
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileCalibration {
    /// What it was asked.
    pub settings: QuantileSettings,
    /// The groups with enough calls, in order.
    pub groups: Vec<GroupFigures>,
    /// The groups with too few, and how many each has.
    pub too_small: Vec<(GroupKey, u64)>,
    /// Whether ceilings may be lowered, and how far; of those with finer rows below them, that is said in
    /// their figures.
    pub certificate: Certificate,
    /// All calls, those of groups that are too small and runaways too.
    pub n_calls: u64,
    /// Attempts that are no calls to learn from.
    pub exclusions: Exclusions,
}

/// What the calls say of the ceilings of `parent`, the policy in use.
#[must_use]
pub fn calibrate(
    observations: &Observations,
    settings: QuantileSettings,
    parent: &Policy,
) -> QuantileCalibration {
    Calibrating::new(observations, settings, parent).finish(observations)
}

impl QuantileCalibration {
    /// The groups whose row would change.
    pub fn moved(&self) -> impl Iterator<Item = &GroupFigures> {
        self.groups
            .iter()
            .filter(|figures| figures.action.is_change())
    }

    /// How many calls were cut off, and nobody knows how long they are, in groups with enough calls.
    #[must_use]
    pub fn n_censored(&self) -> u64 {
        let whole = self
            .groups
            .iter()
            .filter(|figures| figures.group.within.is_empty());
        whole.map(|figures| figures.n_censored).sum()
    }

    /// What is proposed, for a target that is what it is for this reason.
    #[must_use]
    pub fn proposal(&self, why_target: &str) -> Proposal {
        Proposal {
            method: NAME,
            basis: Basis::Quantile(QuantileBasis {
                target_truncation: self.settings.target.get(),
                why_target: why_target.to_owned(),
                n_calls: self.n_calls,
                n_excluded: self.exclusions.total(),
                min_calls: self.settings.min_calls,
                certificate: self.certificate,
            }),
            changes: self.moved().filter_map(GroupFigures::change).collect(),
        }
    }
}

/// What a proposal of this method rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuantileBasis {
    /// The share of calls that may be cut off.
    pub target_truncation: f64,
    /// Why it is that, in a sentence.
    pub why_target: String,
    /// All calls.
    pub n_calls: u64,
    /// Attempts that are no calls to learn from.
    pub n_excluded: u64,
    /// The least number of calls of a group.
    pub min_calls: u64,
    /// Whether lower ceilings are certified.
    pub certificate: Certificate,
}

/// What speaks for one ceiling of this method.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct QuantileEvidence {
    /// Calls of the group.
    pub n_calls: u64,
    /// Those that were cut off, and nobody knows how long they are.
    pub n_censored: u64,
    /// The ceiling that was in use.
    pub current: u64,
    /// The share of calls that is expected to be cut off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_truncation: Option<f64>,
    /// Its exact upper bound at 95 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncation_at_most: Option<f64>,
    /// Whether the ceiling is certified.
    pub is_certified: bool,
    /// By what, where that is by itself and not together with others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_certificate: Option<Certificate>,
}

impl GroupFigures {
    fn change(&self) -> Option<Change> {
        let effect = match self.action {
            Action::Keep | Action::Follow(_) => return None,
            Action::Hold(ceiling) => Effect::AsItIs(ceiling),
            Action::Raise(ceiling) => Effect::AtLeast {
                ceiling,
                relative: self.relative,
                before: self.current,
            },
            Action::Lower(ceiling) => Effect::Exactly {
                ceiling,
                relative: self.relative,
            },
        };
        Some(Change {
            cell: self.group.cell.clone(),
            provider: self.group.provider,
            within: self.group.within.clone(),
            effect,
            evidence: Evidence::Quantile(QuantileEvidence {
                n_calls: self.n_calls,
                n_censored: self.n_censored,
                current: self.current.get(),
                expected_truncation: self.expected_truncation,
                truncation_at_most: self.truncation_at_most,
                is_certified: self.is_certified(),
                own_certificate: self.own_certificate.filter(|_| self.is_certified()),
            }),
        })
    }
}

#[cfg(test)]
mod tests;
