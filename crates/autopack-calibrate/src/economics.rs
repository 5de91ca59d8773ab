//! Which share of calls may be cut off, from what a ceiling costs and what a cut costs.
//!
//! A token of the ceiling costs what it takes of the rate limit, `r`, and is written in vain where an answer
//! does not end, in a share `w` of calls. An answer that is cut off wastes what was written, has to be sent
//! again, `a`, and reserves a ceiling `g` times as high for that. All of it in prices of an output token, of
//! which the ceiling `c` allows as many: so no list price is needed, and no currency. The sum
//!
//! ```text
//! (r + w) c + S(c) (c + a + r g c)
//! ```
//!
//! where `S(c)` is the share of answers longer than `c`, is least where
//!
//! ```text
//! S(c) = (r + w) m / ((1 + r g) (c - m) + a)        m = S(c) / -S'(c)
//! ```
//!
//! The tail is taken to fall by a power of the length, as steep as lengths of one group fall at their upper 2 %:
//! then `m` is the ceiling over the tail's index, and the share follows from the costs alone.

mod aim;

use autopack_core::CeilingCost;

use crate::learned::TargetTruncation;

pub use aim::Aim;

/// The index of the tail: a log-normal length with a standard deviation of a half, as those of one group have,
/// falls that steeply at its upper 2 % (2.42 / 0.5).
const TAIL_INDEX: f64 = 4.8;
/// What the ceiling is there, in median lengths: exp(2.05 × 0.5).
const CEILING_MEDIANS: f64 = 2.8;
/// How much higher the ceiling of the next attempt is.
const NEXT_CEILING_RATIO: f64 = 2.0;

/// What a token of the rate limit is worth, in thousandths of an output token: a rule of thumb for whoever uses
/// less than 70 % of the limit. Near it a token is worth four times as much.
const LIMIT_TOKEN_PER_MILLE: u32 = 50;
/// What sending again costs besides the output, in thousandths of a median output: half of one.
const AGAIN_PER_MILLE: u32 = 500;
/// The share of answers that do not end by themselves, in thousandths, until it is known better.
const RUNAWAYS_PER_MILLE: u32 = 5;

/// What ceilings and cuts cost, in thousandths of the price of an output token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutCosts {
    /// A token of the ceiling, for what it takes of the rate limit.
    pub reserved_per_mille: u32,
    /// To send an answer again, besides its output: the input once more, the delay, the risk that it fails;
    /// in thousandths of a median output.
    pub again_per_mille: u32,
    /// The share of answers that do not end by themselves, in thousandths.
    pub runaways_per_mille: u32,
}

impl CutCosts {
    /// The least and the largest target that costs alone may ask for. Below, the tail is a guess; above, a
    /// rule of thumb would cut off more calls than anybody asked for.
    pub const RANGE: (f64, f64) = (0.002, 0.03);

    /// The costs on a route; `None` where what a ceiling costs there has no price that is known.
    #[must_use]
    pub const fn on(ceiling: CeilingCost) -> Option<Self> {
        let reserved_per_mille = match ceiling {
            CeilingCost::Reserves { weight } => weight.get().saturating_mul(LIMIT_TOKEN_PER_MILLE),
            CeilingCost::GuardsRunaways => 0,
            CeilingCost::DrivesSpend | CeilingCost::HoldsCredit | CeilingCost::Unknown => {
                return None;
            }
        };
        Some(Self {
            reserved_per_mille,
            again_per_mille: AGAIN_PER_MILLE,
            runaways_per_mille: RUNAWAYS_PER_MILLE,
        })
    }

    /// The share of calls that may be cut off, in tenths of a percent (the costs carry no more), within
    /// [`RANGE`](Self::RANGE).
    ///
    /// # Panics
    /// Never: the range is one of targets, which a test holds.
    #[must_use]
    pub fn target(self) -> TargetTruncation {
        let (least, most) = Self::RANGE;
        let rounded = (1000.0 * self.cheapest_share()).round() / 1000.0;
        TargetTruncation::new(rounded.clamp(least, most)).expect("a target")
    }

    /// The share at which the sum of all costs is least, with `c` as the unit.
    fn cheapest_share(self) -> f64 {
        let again = of_one(self.again_per_mille) / CEILING_MEDIANS;
        let written = 1.0 + of_one(self.reserved_per_mille) * NEXT_CEILING_RATIO;
        let ceiling = of_one(self.reserved_per_mille) + of_one(self.runaways_per_mille);
        ceiling / TAIL_INDEX / (written * (1.0 - 1.0 / TAIL_INDEX) + again)
    }
}

fn of_one(per_mille: u32) -> f64 {
    f64::from(per_mille) / 1000.0
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use autopack_core::Economics;
    use proptest::prelude::*;

    use super::*;

    fn costs(reserved_per_mille: u32, again_per_mille: u32, runaways_per_mille: u32) -> CutCosts {
        CutCosts {
            reserved_per_mille,
            again_per_mille,
            runaways_per_mille,
        }
    }

    #[test]
    fn each_route_has_its_target_or_none() {
        let economics = Economics::embedded();
        let target = |id| {
            let route = economics.find(id).expect(id);
            CutCosts::on(route.ceiling).map(|costs| costs.target().get())
        };
        // A runaway guard is as generous as may be; what is reserved has a price.
        assert_eq!(target("anthropic"), Some(0.002));
        assert_eq!(target("gemini"), Some(0.002));
        for id in ["openai", "azure", "bedrock"] {
            assert_eq!(target(id), Some(0.011), "{id}");
        }
        for id in ["gemini-thinking", "openrouter", "vllm"] {
            assert_eq!(target(id), None, "{id}");
        }
        let weight = NonZeroU32::MAX;
        let dear = CutCosts::on(CeilingCost::Reserves { weight }).expect("costs");
        assert_eq!(Some(dear.target()), TargetTruncation::new(0.03));
    }

    /// The sum itself is least at the ceiling that has the share beyond it.
    #[test]
    fn no_other_ceiling_is_cheaper() {
        for costs in [costs(50, 500, 5), costs(200, 5000, 0), costs(0, 0, 5)] {
            let reserved = of_one(costs.reserved_per_mille);
            let again = of_one(costs.again_per_mille) / CEILING_MEDIANS;
            let sum = |ceiling: f64| {
                let beyond = costs.cheapest_share() * ceiling.powf(-TAIL_INDEX);
                let cut = (1.0 + reserved * NEXT_CEILING_RATIO) * ceiling + again;
                (reserved + of_one(costs.runaways_per_mille)) * ceiling + beyond * cut
            };
            let ceilings = (500_u32..=2000).map(of_one);
            let cheapest = ceilings.min_by(|a, b| sum(*a).total_cmp(&sum(*b)));
            assert_eq!(cheapest, Some(1.0), "{costs:?}");
        }
    }

    proptest! {
        #[test]
        fn dearer_cuts_are_rarer_and_dearer_ceilings_lower(
            reserved in 0_u32..1000, again in 0_u32..20_000, runaways in 0_u32..100, more in 1_u32..10_000,
        ) {
            let here = costs(reserved, again, runaways);
            prop_assert!(costs(reserved, again + more, runaways).target() <= here.target());
            prop_assert!(costs(reserved, again, runaways + more).target() >= here.target());
            prop_assert!(costs(reserved + more, again, runaways).target() >= here.target());
        }

        #[test]
        fn a_target_is_within_its_range(reserved: u32, again: u32, runaways: u32) {
            let (least, most) = CutCosts::RANGE;
            let target = costs(reserved, again, runaways).target().get();
            prop_assert!((least..=most).contains(&target), "{target}");
        }
    }
}
