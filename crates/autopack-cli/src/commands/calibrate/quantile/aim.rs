//! The target, and why it is that: asked for, or from the economics of where the calls went.

use autopack_calibrate::learned::TargetTruncation;
use autopack_calibrate::{ChosenTarget, LimitUse, target_on};

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

/// The target: what was asked for, or what the economics of where calls went ask for.
pub(super) fn of(
    asked: Option<TargetTruncation>,
    destination: &Destination,
    limit: impl FnOnce(&str) -> LimitUse,
) -> ChosenTarget {
    if let Some(target) = asked {
        return ChosenTarget::asked(target, "--target-truncation");
    }
    ChosenTarget::default_as(match destination {
        Destination::One(name) => return target_on(name, limit(name)),
        Destination::Several => "calls went to several upstreams",
        Destination::Unsaid => "not all calls say where they went",
        Destination::Nowhere => "no call came back",
    })
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
    fn who_asks_goes_before_where_calls_went() {
        let target = |asked, destination: &Destination| of(asked, destination, |_| LimitUse::Below);
        let openai = Destination::One("openai".to_owned());
        assert_eq!(target(None, &openai), target_on("openai", LimitUse::Below));
        let asked = TargetTruncation::new(0.05);
        assert_eq!(Some(target(asked, &openai).target), asked);
        let several = target(None, &Destination::Several);
        assert_eq!(several.target, TargetTruncation::DEFAULT);
        assert_eq!(
            several.why,
            "the default, as calls went to several upstreams"
        );
    }
}
