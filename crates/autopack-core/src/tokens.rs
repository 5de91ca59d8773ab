//! A count of tokens, and the one rounding rule of the estimates.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number of tokens. Zero means zero: an unknown count is an `Option` or a [`crate::Count`], never 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Tokens(u64);

/// The largest ceiling a caller may ask for, in tokens: ten times what the largest model in the
/// catalogue can write (1,048,576), so that anything above is a slip of the keyboard.
pub const MAX_CALLER_CEILING: Tokens = Tokens(10_485_760);

impl Tokens {
    /// A count of `count` tokens.
    #[must_use]
    pub const fn new(count: u64) -> Self {
        Self(count)
    }

    /// The bare number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number as a double, for ratios. Exact below 2^53.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no model writes 2^53 tokens")]
    pub fn as_f64(self) -> f64 {
        self.0 as f64
    }

    /// `⌊self × factor⌋` in IEEE doubles: the rounding of every rule in the budget specification.
    /// A factor that is not a number gives zero; one too large saturates.
    #[must_use]
    pub fn scaled_by(self, factor: f64) -> Self {
        Self::floor(self.as_f64() * factor)
    }

    /// The whole tokens in `value`; negative values and NaN give zero, huge ones saturate.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "truncation is the rule; `as` saturates at both ends"
    )]
    pub fn floor(value: f64) -> Self {
        Self(value as u64)
    }

    /// The larger of the two: a floor under a budget.
    #[must_use]
    pub fn at_least(self, floor: Self) -> Self {
        self.max(floor)
    }

    /// The smaller of the two: a limit over a budget.
    #[must_use]
    pub fn at_most(self, limit: Self) -> Self {
        self.min(limit)
    }

    /// The sum, saturating.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// This many tokens `n` times over, saturating.
    #[must_use]
    pub const fn times(self, n: u64) -> Self {
        Self(self.0.saturating_mul(n))
    }
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::iter::Sum for Tokens {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self(0), Self::plus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_truncates_as_doubles_do() {
        assert_eq!(Tokens::new(2176).scaled_by(1.3), Tokens::new(2828));
        assert_eq!(Tokens::new(4875).scaled_by(2.2), Tokens::new(10_725));
        assert_eq!(Tokens::new(10).scaled_by(f64::NAN), Tokens::new(0));
        assert_eq!(Tokens::new(10).scaled_by(-1.0), Tokens::new(0));
        assert_eq!(Tokens::new(u64::MAX).scaled_by(2.0), Tokens::new(u64::MAX));
    }
}
