//! The way up from a ceiling at which a reply was cut off. There is no way to the same ceiling again: a
//! rung is only made above the one before, and the last is the request as it came.

use autopack_core::Tokens;

/// How many times the last ceiling the next one is: on real traces the cheapest of the factors that were
/// tried (research note on calibration, section 4).
const FACTOR: u64 = 3;

/// Where a call stands on its way up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ladder {
    rung: Rung,
    /// The client's own ceiling.
    own: Option<Tokens>,
    /// What the model can write, where that is known.
    limit: Option<Tokens>,
}

/// What a call is sent with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rung {
    /// A ceiling of ours, below the client's own.
    First(Tokens),
    /// A larger one, still below.
    Second(Tokens),
    /// Nothing of ours.
    AsItCame,
}

/// How a reply came to be cut off, as far as the way up is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// More room may do.
    WantsRoom,
    /// More room may not do, as with a reply that repeats itself; but what the client would have seen only
    /// its own ceiling can show.
    WantsAll,
}

impl Ladder {
    /// The call as the client sent it, with this ceiling or none.
    pub(crate) const fn as_it_came(own: Option<Tokens>) -> Self {
        Self {
            rung: Rung::AsItCame,
            own,
            limit: None,
        }
    }

    /// A ceiling of ours; `None` where it is not below the client's own, or above what the model can write.
    pub(crate) fn lowered(to: Tokens, own: Option<Tokens>, limit: Option<Tokens>) -> Option<Self> {
        let ladder = Self {
            rung: Rung::First(to),
            own,
            limit,
        };
        ladder.has_room_for(to).then_some(ladder)
    }

    /// Whether a ceiling of ours may be this one.
    fn has_room_for(self, ceiling: Tokens) -> bool {
        self.own.is_none_or(|own| ceiling < own) && self.limit.is_none_or(|limit| ceiling <= limit)
    }

    /// The ceiling that is ours to send; `None` where the call goes out as it came.
    pub(crate) const fn of_ours(self) -> Option<Tokens> {
        match self.rung {
            Rung::First(ceiling) | Rung::Second(ceiling) => Some(ceiling),
            Rung::AsItCame => None,
        }
    }

    /// The ceiling on the wire; `None` where there is none.
    pub(crate) const fn sent(self) -> Option<Tokens> {
        match self.of_ours() {
            Some(ceiling) => Some(ceiling),
            None => self.own,
        }
    }

    /// The next rung after a reply that was cut off at this one; `None` where the client would have seen
    /// it cut off too.
    pub(crate) fn up(self, cut: Cut) -> Option<Self> {
        let last = Self::as_it_came(self.own);
        match (self.rung, cut) {
            (Rung::AsItCame, _) => None,
            (Rung::First(ceiling), Cut::WantsRoom) => {
                let larger = ceiling.times(FACTOR);
                let is_between = larger > ceiling && self.has_room_for(larger);
                Some(if is_between {
                    Self {
                        rung: Rung::Second(larger),
                        ..self
                    }
                } else {
                    last
                })
            }
            (Rung::First(_), Cut::WantsAll) | (Rung::Second(_), _) => Some(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(count: u64) -> Tokens {
        Tokens::new(count)
    }

    #[test]
    fn two_steps_up_and_the_last_is_the_clients_own() {
        let first = Ladder::lowered(tokens(500), Some(tokens(4000)), None).expect("lower");
        let second = first.up(Cut::WantsRoom).expect("a rung");
        assert_eq!(second.sent(), Some(tokens(1500)));
        let last = second.up(Cut::WantsRoom).expect("a rung");
        assert_eq!((last.of_ours(), last.sent()), (None, Some(tokens(4000))));
        assert_eq!(last.up(Cut::WantsRoom), None);
    }

    #[test]
    fn without_a_ceiling_the_last_is_none() {
        let first = Ladder::lowered(tokens(500), None, None).expect("lower");
        let last = first.up(Cut::WantsAll).expect("a rung");
        assert_eq!((last.of_ours(), last.sent()), (None, None));
        assert_eq!(last.up(Cut::WantsAll), None);
    }

    #[test]
    fn nothing_is_lowered_that_is_as_low() {
        assert_eq!(Ladder::lowered(tokens(500), Some(tokens(500)), None), None);
        assert_eq!(Ladder::lowered(tokens(501), Some(tokens(500)), None), None);
    }

    #[test]
    fn no_rung_is_above_what_the_model_can_write() {
        let limit = Some(tokens(1000));
        assert_eq!(Ladder::lowered(tokens(1001), None, limit), None);
        let first = Ladder::lowered(tokens(500), None, limit).expect("lower");
        let last = first.up(Cut::WantsRoom).expect("a rung");
        assert_eq!(last.of_ours(), None, "1500 is too much");
    }

    proptest! {
        #[test]
        fn every_rung_is_above_the_last_and_none_above_the_clients(
            first in 1..u64::MAX,
            own in proptest::option::of(1..u64::MAX),
            runaways: [bool; 4],
        ) {
            let own = own.map(Tokens::new);
            let mut ladder = Ladder::lowered(tokens(first), own, None);
            let mut before = None;
            for wants_all in runaways {
                let Some(now) = ladder else { break };
                let sent = now.sent().map_or(u64::MAX, Tokens::get);
                prop_assert!(before.is_none_or(|before| sent > before || now.own.is_none()));
                prop_assert!(own.is_none_or(|own| sent <= own.get()));
                before = Some(sent);
                ladder = now.up(if wants_all { Cut::WantsAll } else { Cut::WantsRoom });
            }
            prop_assert!(ladder.is_none(), "three rungs at the most");
        }
    }
}
