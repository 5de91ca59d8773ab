//! Ceilings that go with the estimate.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::tokens::Tokens;

/// How strongly lengths go with estimates: with which power of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exponent {
    /// Not at all.
    #[default]
    Zero,
    /// With the root: the estimate is half right.
    Half,
    /// In proportion.
    One,
}

/// Estimates are held in this range, in tokens, before they are divided by: a ratio outside is no information.
const ESTIMATE_RANGE: (f64, f64) = (16.0, 131_072.0);

impl Exponent {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Zero, Self::Half, Self::One];

    /// The place in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The number.
    #[must_use]
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Zero => 0.0,
            Self::Half => 0.5,
            Self::One => 1.0,
        }
    }

    /// The exponent that is this number.
    #[must_use]
    pub fn of(number: f64) -> Option<Self> {
        let is_same = |exponent: &Self| exponent.as_f64().total_cmp(&number).is_eq();
        Self::ALL.into_iter().find(is_same)
    }

    /// How many times as long an answer is at one estimate as at another, both in tokens.
    #[must_use]
    pub fn scale(self, estimate: f64, reference: f64) -> f64 {
        let (least, most) = ESTIMATE_RANGE;
        let held = |estimate: f64| estimate.clamp(least, most);
        let relative = held(estimate) / held(reference);
        match self {
            Self::Zero => 1.0,
            Self::Half => relative.sqrt(),
            Self::One => relative,
        }
    }
}

/// How a learned ceiling goes with the estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relative {
    /// The estimate at which the ceiling is the number that is written down.
    pub at_estimate: Tokens,
    /// How strongly the ceiling goes with estimates.
    pub exponent: Exponent,
    /// What no low estimate lowers the ceiling below.
    pub down_to: Option<Tokens>,
}

impl Relative {
    /// The ceiling at an estimate, where `ceiling` is that at the one that is written down.
    #[must_use]
    pub fn ceiling(self, ceiling: Tokens, estimate: Tokens) -> Tokens {
        let Self {
            at_estimate,
            exponent,
            down_to,
        } = self;
        let scale = exponent.scale(estimate.as_f64(), at_estimate.as_f64());
        let least = down_to.unwrap_or(Tokens::new(1));
        ceiling.scaled_by(scale).at_least(least)
    }
}

impl fmt::Display for Relative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at_estimate,
            exponent,
            down_to,
        } = self;
        write!(f, "at an estimate of {at_estimate}")?;
        match exponent {
            Exponent::Zero => {}
            Exponent::Half => f.write_str(", with its root")?,
            Exponent::One => f.write_str(", in proportion")?,
        }
        down_to.map_or(Ok(()), |least| write!(f, ", down to {least}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceiling_goes_with_the_estimate_as_strongly_as_is_written_down() {
        let at = |exponent, down_to: Option<u64>, estimate| {
            let relative = Relative {
                at_estimate: Tokens::new(1500),
                exponent,
                down_to: down_to.map(Tokens::new),
            };
            relative
                .ceiling(Tokens::new(3000), Tokens::new(estimate))
                .get()
        };
        assert_eq!(at(Exponent::One, None, 3000), 6000);
        assert_eq!(at(Exponent::Half, None, 6000), 6000);
        assert_eq!(at(Exponent::Zero, None, 6000), 3000);
        assert_eq!(at(Exponent::One, Some(2048), 750), 2048);
        // Estimates of nothing and of everything are held within what tells something.
        assert_eq!(
            [at(Exponent::One, None, 0), at(Exponent::One, None, 16)],
            [32, 32]
        );
        assert_eq!(at(Exponent::One, None, u64::MAX), 262_144);
        for exponent in Exponent::ALL {
            assert_eq!(Exponent::of(exponent.as_f64()), Some(exponent));
        }
        assert_eq!(Exponent::of(0.7), None);
    }
}
