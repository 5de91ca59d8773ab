//! The rate that is asked for.

use serde::{Deserialize, Serialize};

/// The share of calls that may be cut off: 0.1 % to 30 %.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64")]
pub struct TargetTruncation(f64);

/// A share that is no target.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a target of `{0}` cannot be: allowed are shares of 0.001 to 0.3")]
pub struct BadTarget(f64);

impl TryFrom<f64> for TargetTruncation {
    type Error = BadTarget;

    fn try_from(share: f64) -> Result<Self, BadTarget> {
        Self::new(share).ok_or(BadTarget(share))
    }
}

impl TargetTruncation {
    /// The least and the largest target. A smaller one needs more calls than a group remembers, a
    /// larger one is no ceiling.
    pub const RANGE: (f64, f64) = (0.001, 0.3);

    /// The target where neither anybody nor economics say one: that of the reference.
    pub const DEFAULT: Self = Self(0.02);

    /// A target; `None` outside the range, and for NaN.
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

    /// How many calls a group remembers: twenty of them are expected beyond the ceiling. Fewer tell
    /// little of a tail, and more forget too slowly.
    pub(crate) fn memory_calls(self) -> f64 {
        const REMEMBERED_BEYOND: f64 = 20.0;
        REMEMBERED_BEYOND / self.0
    }
}
