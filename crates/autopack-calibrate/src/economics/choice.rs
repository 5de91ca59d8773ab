//! A target, and why it is that: for every command and the gateway alike.

use autopack_core::{CeilingCost, RouteEconomics};

use super::{CutCosts, LimitUse};
use crate::learned::TargetTruncation;

/// The share of calls that may be cut off, and why it is that.
#[derive(Clone, Debug, PartialEq)]
pub struct ChosenTarget {
    /// The share.
    pub target: TargetTruncation,
    /// The reason, in a sentence without a point at its end.
    pub why: String,
    /// What it follows from; `None` where somebody asked for it, or nothing is known.
    pub costs: Option<CutCosts>,
}

/// What the economics of the upstream of this name ask for, where they are known; else the
/// [default](TargetTruncation::DEFAULT).
#[must_use]
pub fn target_on(route: Option<&RouteEconomics>, name: &str, limit: LimitUse) -> ChosenTarget {
    route.map_or_else(
        || ChosenTarget::default_as(&format!("what a ceiling costs on {name} is not known")),
        |route| ChosenTarget::on(route, limit),
    )
}

impl ChosenTarget {
    /// What somebody asked for with this flag or setting.
    #[must_use]
    pub fn asked(target: TargetTruncation, with: &str) -> Self {
        Self {
            target,
            why: format!("{with} asks for it"),
            costs: None,
        }
    }

    /// The default, where nobody asked and this stands in the way of economics.
    #[must_use]
    pub fn default_as(unknown: &str) -> Self {
        Self {
            target: TargetTruncation::DEFAULT,
            why: format!("the default, as {unknown}"),
            costs: None,
        }
    }

    /// What the economics of a route ask for.
    #[must_use]
    pub fn on(route: &RouteEconomics, limit: LimitUse) -> Self {
        let RouteEconomics {
            id, source, date, ..
        } = route;
        let costs = match (route.ceiling, limit) {
            (CeilingCost::Reserves { .. }, LimitUse::Below) => {
                "is held against the rate limit, so that it has a price"
            }
            (CeilingCost::Reserves { .. }, LimitUse::Near) => {
                "is held against the rate limit, which is nearly used up, so that it has a high price"
            }
            (CeilingCost::GuardsRunaways, _) => "costs nothing and only stops runaways",
            (CeilingCost::DrivesSpend, _) => {
                "drives how much is thought, at a price that is not known"
            }
            (CeilingCost::HoldsCredit, _) => "holds credit, at a price that is not known",
            (CeilingCost::Unknown, _) => "has a cost that is not known",
        };
        let why = format!("on {id} a ceiling {costs} ({source}; {date})");
        match CutCosts::on(route.ceiling, limit) {
            Some(costs) => Self {
                target: costs.target(),
                why,
                costs: Some(costs),
            },
            None => Self::default_as(&why),
        }
    }
}

#[cfg(test)]
mod tests {
    use autopack_core::Economics;

    use super::*;

    fn on(name: &str, limit: LimitUse) -> ChosenTarget {
        target_on(Economics::embedded().find(name), name, limit)
    }

    #[test]
    fn the_reason_is_that_of_the_target() {
        let anthropic = on("anthropic", LimitUse::Below);
        assert_eq!(Some(anthropic.target), TargetTruncation::new(0.002));
        assert!(
            anthropic.why.contains("only stops runaways"),
            "{}",
            anthropic.why
        );
        for name in ["vllm", "openrouter", "my-server"] {
            let chosen = on(name, LimitUse::Near);
            assert_eq!(chosen.target, TargetTruncation::DEFAULT);
            assert_eq!(chosen.costs, None);
            let why = &chosen.why;
            assert!(why.starts_with("the default, as "), "{why}");
            assert!(why.contains(name), "{why}");
        }
        let target = TargetTruncation::new(0.05).expect("a rate");
        let asked = ChosenTarget::asked(target, "--target-truncation");
        assert_eq!(asked.target, target);
        assert_eq!(asked.why, "--target-truncation asks for it");
    }

    #[test]
    fn near_the_limit_more_may_be_cut_off_where_the_limit_counts() {
        for (name, below, near) in [
            ("openai", 0.011, 0.03),
            ("bedrock", 0.011, 0.03),
            ("anthropic", 0.002, 0.002),
            ("gemini", 0.002, 0.002),
        ] {
            let target = |limit| on(name, limit).target.get();
            assert_eq!(target(LimitUse::Below).to_bits(), f64::to_bits(below));
            assert_eq!(target(LimitUse::Near).to_bits(), f64::to_bits(near));
        }
        let why = on("openai", LimitUse::Near).why;
        assert!(why.contains("nearly used up"), "{why}");
    }
}
