//! The target, and why it is that: asked for, or from the economics of where the calls went.

use autopack_calibrate::CutCosts;
use autopack_calibrate::learned::TargetTruncation;
use autopack_core::{CeilingCost, Economics, RouteEconomics};

/// The share of calls that may be cut off, where neither anybody nor economics say: the target of the reference.
const DEFAULT_TARGET: f64 = 0.02;

/// Where calls went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// There are none.
    Nowhere,
    /// They do not say, or not all of them.
    Unsaid,
    /// All to the one of this name.
    One(String),
    /// To several.
    Several,
}

impl Destination {
    /// One more call went to the one of this name.
    pub(super) fn add(&mut self, name: Option<&str>) {
        match (&*self, name) {
            (Self::Nowhere, Some(name)) => *self = Self::One(name.to_owned()),
            (_, None) => *self = Self::Unsaid,
            (Self::One(one), Some(name)) if one != name => *self = Self::Several,
            _ => {}
        }
    }
}

/// The target, and why it is that.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Aim {
    pub(super) target: TargetTruncation,
    /// In a sentence.
    pub(super) why: String,
}

impl Aim {
    pub(super) fn of(asked: Option<TargetTruncation>, destination: &Destination) -> Self {
        if let Some(target) = asked {
            return Self {
                target,
                why: "--target-truncation asks for it".to_owned(),
            };
        }
        let economics = Economics::embedded();
        let unknown = match destination {
            Destination::One(name) => match economics.find(name) {
                Some(route) => return Self::on(route),
                None => format!("what a ceiling costs on {name} is not known"),
            },
            Destination::Several => "calls went to several upstreams".to_owned(),
            Destination::Unsaid => "not all calls say where they went".to_owned(),
            Destination::Nowhere => "no call came back".to_owned(),
        };
        Self::default_for(&unknown)
    }

    /// What the economics of a route ask for.
    fn on(route: &RouteEconomics) -> Self {
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
            None => Self::default_for(&why),
        }
    }

    fn default_for(why: &str) -> Self {
        let target = TargetTruncation::new(DEFAULT_TARGET).expect("two percent is a target");
        Self {
            target,
            why: format!("the default, as {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_destination_is_one_and_two_are_several() {
        let of = |names: &[Option<&str>]| {
            let mut destination = Destination::Nowhere;
            for name in names {
                destination.add(*name);
            }
            destination
        };
        let (openai, azure) = (Some("openai"), Some("azure"));
        assert_eq!(of(&[]), Destination::Nowhere);
        assert_eq!(of(&[openai, openai]), Destination::One("openai".to_owned()));
        assert_eq!(of(&[openai, azure, openai]), Destination::Several);
        assert_eq!(of(&[openai, None, openai]), Destination::Unsaid);
    }

    #[test]
    fn the_reason_is_that_of_the_target() {
        let aim = |name: &str| Aim::of(None, &Destination::One(name.to_owned()));
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
        let asked = TargetTruncation::new(0.05);
        let aim = Aim::of(asked, &Destination::One("openai".to_owned()));
        assert_eq!(Some(aim.target), asked);
        assert_eq!(aim.why, "--target-truncation asks for it");
    }
}
