//! The target, and why it is that: asked for, or from the economics of where the calls went.

use autopack_calibrate::Aim;
use autopack_calibrate::learned::TargetTruncation;
use autopack_core::Economics;

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
    fn add(&mut self, name: Option<&str>) {
        match (&*self, name) {
            (Self::Nowhere, Some(name)) => *self = Self::One(name.to_owned()),
            (_, None) => *self = Self::Unsaid,
            (Self::One(one), Some(name)) if one != name => *self = Self::Several,
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
    pub(super) fn add(&mut self, name: Option<&str>, route: Option<&str>) {
        let Some(name) = name else {
            return self.all.add(None);
        };
        let is_last =
            |(last, by): &(String, Option<String>)| last == name && by.as_deref() == route;
        if self.last.as_ref().is_some_and(is_last) {
            return;
        }
        let host = route.and_then(|route| route.split_once('@'));
        let host = host.map(|(_, host)| host);
        let known = self.economics.of_upstream(host, name);
        self.all
            .add(Some(known.map_or(name, |known| known.id.as_str())));
        self.last = Some((name.to_owned(), route.map(str::to_owned)));
    }

    pub(super) fn all(self) -> Destination {
        self.all
    }
}

/// What to aim at.
pub(super) fn aim(asked: Option<TargetTruncation>, destination: &Destination) -> Aim {
    if let Some(target) = asked {
        return Aim::asked(target, "--target-truncation");
    }
    match destination {
        Destination::One(name) => Aim::on(Economics::embedded().find(name), name),
        Destination::Several => Aim::unknown("calls went to several upstreams"),
        Destination::Unsaid => Aim::unknown("not all calls say where they went"),
        Destination::Nowhere => Aim::unknown("no call came back"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(calls: &[(Option<&str>, Option<&str>)]) -> Destination {
        let mut destinations = Destinations::new();
        for (name, route) in calls {
            destinations.add(*name, *route);
        }
        destinations.all()
    }

    #[test]
    fn one_destination_is_one_and_two_are_several() {
        let named = |names: &[Option<&str>]| {
            let calls: Vec<_> = names.iter().map(|name| (*name, None)).collect();
            of(&calls)
        };
        let (openai, azure) = (Some("openai"), Some("azure"));
        assert_eq!(named(&[]), Destination::Nowhere);
        let one = Destination::One("openai".to_owned());
        assert_eq!(named(&[openai, openai]), one);
        assert_eq!(named(&[openai, azure, openai]), Destination::Several);
        assert_eq!(named(&[openai, None, openai]), Destination::Unsaid);
    }

    #[test]
    fn the_host_says_whose_economics_count() {
        let mine = Some("mine");
        let here = Some("mine@eu.openai.azure.com");
        let there = Some("mine@us.openai.azure.com");
        let azure = Destination::One("azure".to_owned());
        assert_eq!(of(&[(mine, here), (mine, there)]), azure);
        assert_eq!(of(&[(Some("azure"), None), (mine, here)]), azure);
        let own = Some("mine@127.0.0.1:8000");
        assert_eq!(of(&[(mine, own)]), Destination::One("mine".to_owned()));
    }
}
