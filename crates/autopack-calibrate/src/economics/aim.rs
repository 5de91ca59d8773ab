//! A target, and why it is that: asked for, or from what a ceiling costs.

use autopack_core::{CeilingCost, RouteEconomics};

use super::CutCosts;
use crate::learned::TargetTruncation;

/// The share of calls that may be cut off, where neither anybody nor economics say: the target of the reference.
const DEFAULT_TARGET: f64 = 0.02;

/// A target, and why it is that.
#[derive(Clone, Debug, PartialEq)]
pub struct Aim {
    /// The share of calls that may be cut off.
    pub target: TargetTruncation,
    /// Why, in a sentence without its full stop.
    pub why: String,
}

impl Aim {
    /// What somebody asked for in so many words, such as a setting.
    #[must_use]
    pub fn asked(target: TargetTruncation, words: &str) -> Self {
        Self {
            target,
            why: format!("{words} asks for it"),
        }
    }

    /// What the economics of the upstream of this name ask for, where they are known.
    #[must_use]
    pub fn on(route: Option<&RouteEconomics>, name: &str) -> Self {
        let Some(route) = route else {
            return Self::unknown(&format!("what a ceiling costs on {name} is not known"));
        };
        let RouteEconomics {
            id, source, date, ..
        } = route;
        let costs = match route.ceiling {
            CeilingCost::Reserves { .. } => {
                "is held against the rate limit, so that it has a price"
            }
            CeilingCost::GuardsRunaways => "costs nothing and only stops runaways",
            CeilingCost::DrivesSpend => "drives how much is thought, at a price that is not known",
            CeilingCost::HoldsCredit => "holds credit, at a price that is not known",
            CeilingCost::Unknown => "has a cost that is not known",
        };
        let why = format!("on {id} a ceiling {costs} ({source}; {date})");
        match CutCosts::on(route.ceiling) {
            Some(costs) => Self {
                target: costs.target(),
                why,
            },
            None => Self::unknown(&why),
        }
    }

    /// The default, for the reason that nothing better is known.
    ///
    /// # Panics
    /// Never: the default is a target, which a test holds.
    #[must_use]
    pub fn unknown(why: &str) -> Self {
        let target = TargetTruncation::new(DEFAULT_TARGET).expect("two percent is a target");
        Self {
            target,
            why: format!("the default, as {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use autopack_core::Economics;

    use super::*;

    #[test]
    fn the_reason_is_that_of_the_target() {
        let economics = Economics::embedded();
        let aim = |name: &str| Aim::on(economics.find(name), name);
        let anthropic = aim("anthropic");
        assert_eq!(Some(anthropic.target), TargetTruncation::new(0.002));
        assert!(
            anthropic.why.contains("only stops runaways"),
            "{}",
            anthropic.why
        );
        for name in ["vllm", "openrouter", "my-server"] {
            let aim = aim(name);
            assert_eq!(Some(aim.target), TargetTruncation::new(DEFAULT_TARGET));
            assert!(aim.why.starts_with("the default, as "), "{}", aim.why);
        }
        let asked = TargetTruncation::new(0.05).expect("a target");
        let aim = Aim::asked(asked, "--target-truncation");
        assert_eq!(aim.target, asked);
        assert_eq!(aim.why, "--target-truncation asks for it");
    }
}
