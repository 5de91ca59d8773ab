//! The target, and why it is that: asked for, or from the economics of where the calls went.

use autopack_calibrate::learned::TargetTruncation;
use autopack_calibrate::{ChosenTarget, LimitUse, target_on};
use autopack_core::Economics;

/// Where calls went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// There are none.
    Nowhere,
    /// They do not say, or not all of them.
    Unsaid,
    /// All to the one of this name: that of its economics, where they are known. The upstream of the first
    /// call says how much of the rate limit is in use.
    One { name: String, upstream: String },
    /// To several.
    Several,
}

impl Destination {
    /// One more call went to the one of this name, by this upstream.
    fn add(&mut self, name: Option<&str>, upstream: &str) {
        match (&*self, name) {
            (Self::Nowhere, Some(name)) => {
                *self = Self::One {
                    name: name.to_owned(),
                    upstream: upstream.to_owned(),
                }
            }
            (_, None) => *self = Self::Unsaid,
            (Self::One { name: one, .. }, Some(name)) if one != name => *self = Self::Several,
            _ => {}
        }
    }
}

/// Finds out where calls went.
pub(super) struct Destinations {
    economics: Economics,
    /// Name and route of the last call: most have those of the one before.
    last: Option<(String, Option<String>)>,
    all: Destination,
}

impl Destinations {
    pub(super) fn new() -> Self {
        Self {
            economics: Economics::embedded(),
            last: None,
            all: Destination::Nowhere,
        }
    }

    /// One more call went to the upstream of this name, by a route such as `openai@api.openai.com`.
    pub(super) fn add(&mut self, upstream: Option<&str>, route: Option<&str>) {
        let Some(upstream) = upstream else {
            return self.all.add(None, "");
        };
        let is_last =
            |(last, by): &(String, Option<String>)| last == upstream && by.as_deref() == route;
        if self.last.as_ref().is_some_and(is_last) {
            return;
        }
        let host = route.and_then(|route| route.split_once('@'));
        let host = host.map(|(_, host)| host);
        let known = self.economics.of_upstream(host, upstream);
        let name = known.map_or(upstream, |known| known.id.as_str());
        self.all.add(Some(name), upstream);
        self.last = Some((upstream.to_owned(), route.map(str::to_owned)));
    }

    pub(super) fn all(self) -> Destination {
        self.all
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
        Destination::One { name, upstream } => {
            let economics = Economics::embedded();
            return target_on(economics.find(name), name, limit(upstream));
        }
        Destination::Several => "calls went to several upstreams",
        Destination::Unsaid => "not all calls say where they went",
        Destination::Nowhere => "no call came back",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn went(calls: &[(Option<&str>, Option<&str>)]) -> Destination {
        let mut destinations = Destinations::new();
        for (name, route) in calls {
            destinations.add(*name, *route);
        }
        destinations.all()
    }

    fn one(name: &str, upstream: &str) -> Destination {
        Destination::One {
            name: name.to_owned(),
            upstream: upstream.to_owned(),
        }
    }

    #[test]
    fn one_destination_is_one_and_two_are_several() {
        let named = |names: &[Option<&str>]| {
            let calls: Vec<_> = names.iter().map(|name| (*name, None)).collect();
            went(&calls)
        };
        let (openai, azure) = (Some("openai"), Some("azure"));
        assert_eq!(named(&[]), Destination::Nowhere);
        assert_eq!(named(&[openai, openai]), one("openai", "openai"));
        assert_eq!(named(&[openai, azure, openai]), Destination::Several);
        assert_eq!(named(&[openai, None, openai]), Destination::Unsaid);
    }

    #[test]
    fn the_host_says_whose_economics_count() {
        let mine = Some("mine");
        let here = Some("mine@eu.openai.azure.com");
        let there = Some("mine@us.openai.azure.com");
        assert_eq!(went(&[(mine, here), (mine, there)]), one("azure", "mine"));
        let azure = one("azure", "azure");
        assert_eq!(went(&[(Some("azure"), None), (mine, here)]), azure);
        let own = Some("mine@127.0.0.1:8000");
        assert_eq!(went(&[(mine, own)]), one("mine", "mine"));
    }

    #[test]
    fn who_asks_goes_before_where_calls_went() {
        let of_openai = |asked, limit: LimitUse| {
            let openai = one("openai", "mine");
            of(asked, &openai, |upstream| {
                assert_eq!(upstream, "mine");
                limit
            })
        };
        let known = Economics::embedded();
        let known = known.find("openai");
        for limit in [LimitUse::Below, LimitUse::Near] {
            assert_eq!(of_openai(None, limit), target_on(known, "openai", limit));
        }
        let asked = TargetTruncation::new(0.05);
        let target = of_openai(asked, LimitUse::Below).target;
        assert_eq!(Some(target), asked);
        let several = of(None, &Destination::Several, |_| LimitUse::Below);
        assert_eq!(several.target, TargetTruncation::DEFAULT);
        assert_eq!(
            several.why,
            "the default, as calls went to several upstreams"
        );
    }
}
