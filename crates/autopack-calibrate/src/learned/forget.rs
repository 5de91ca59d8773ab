//! Groups that are forgotten, so that whoever meets new ones for ever can go on.

use std::mem;

use super::pool::Pool;
use super::{GroupId, Learner};

impl Learner {
    /// Forgets all groups but those that `keeps` names. The others go on as they were, and what they have in
    /// common with those that are gone stays until it is learned anew. A [`GroupId`] from before means nothing
    /// any more: ask for the group by its name.
    pub fn retain(&mut self, mut keeps: impl FnMut(&str) -> bool) {
        let mut names: Vec<(GroupId, String)> =
            self.ids.drain().map(|(name, id)| (id, name)).collect();
        names.sort_unstable_by_key(|(id, _)| id.0);
        let kept: Vec<bool> = names.iter().map(|(_, name)| keeps(name)).collect();
        // In their place: all of them are megabytes.
        let mut is_kept = kept.iter();
        self.groups.retain(|_| is_kept.next() == Some(&true));
        let names = names.into_iter().zip(kept).filter(|(_, kept)| *kept);
        let before = mem::replace(&mut self.pool, Pool::new());
        for (id, ((_, name), _)) in names.enumerate() {
            let parent = self.pool.enter(&name, id);
            self.groups[id].move_under(parent);
            self.ids.insert(name, GroupId(id));
        }
        self.pool.inherit(before);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Call, LearnedSettings, Outcome, TargetTruncation};
    use super::*;
    use autopack_core::Tokens;
    use proptest::prelude::*;

    const NAMES: [&str; 5] = ["a", "a/b", "a/c", "d/e/f", "d/e/g"];

    fn observe(learner: &mut Learner, (name, length): (&str, u64)) -> Tokens {
        let call = Call {
            group: learner.group(name).expect("room"),
            chain: 0,
            estimate: None,
            base: Tokens::new(4096),
            limit: None,
        };
        let sent = learner.decide(&call).ceiling;
        learner.observe(&call, sent, Outcome::Ended(Tokens::new(length)));
        learner.decide(&call).ceiling
    }

    proptest! {
        #[test]
        fn those_that_stay_go_on_and_are_written_down_whole(
            calls in prop::collection::vec((0..NAMES.len(), 1_u64..5000), 1..300),
            more in prop::collection::vec((0..NAMES.len(), 1_u64..5000), 1..50),
            kept: [bool; NAMES.len()],
        ) {
            let target = TargetTruncation::new(0.05).expect("a target");
            let mut learner = Learner::new(LearnedSettings::new(target));
            let mut ceilings = [None; NAMES.len()];
            for (name, length) in calls {
                observe(&mut learner, (NAMES[name], length));
                for (ceiling, name) in ceilings.iter_mut().zip(NAMES) {
                    *ceiling = ceiling_of(&learner, name);
                }
            }
            learner.retain(|name| NAMES.iter().zip(kept).any(|(known, kept)| kept && name == *known));
            for ((name, ceiling), kept) in NAMES.into_iter().zip(ceilings).zip(kept) {
                prop_assert_eq!(ceiling_of(&learner, name), ceiling.filter(|_| kept));
            }
            let mut again = Learner::restore(&learner.state()).expect("whole");
            for (name, length) in more {
                let call = (NAMES[name], length);
                prop_assert_eq!(observe(&mut again, call), observe(&mut learner, call));
            }
        }
    }

    /// The ceiling of a group that there is.
    fn ceiling_of(learner: &Learner, name: &str) -> Option<Tokens> {
        let call = Call {
            group: *learner.ids.get(name)?,
            chain: 0,
            estimate: None,
            base: Tokens::new(4096),
            limit: None,
        };
        Some(learner.decide(&call).ceiling)
    }
}
