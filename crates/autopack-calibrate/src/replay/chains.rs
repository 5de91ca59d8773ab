//! What later attempts tell of an answer that was cut off.

use std::collections::HashMap;

use autopack_core::Tokens;

use super::call::Length;
use super::logged::{End, LoggedCall};
use crate::quantile::Extent;

/// The chains whose answer has not come whole yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Chains {
    open: HashMap<Box<str>, Open>,
    /// How many calls were dropped before those that are kept.
    n_dropped: usize,
}

/// A chain whose answer has not come whole yet.
#[derive(Clone, Debug)]
struct Open {
    /// The place of its first attempt, counted with those that were dropped.
    place: usize,
    /// The ceiling of its first attempt, which the answer is longer than.
    ceiling: Tokens,
    /// What the parts so far come to.
    written: Tokens,
    /// What has to be the same for another attempt to be as long.
    model: Box<str>,
    thinking_budget: Option<Tokens>,
}

impl Chains {
    /// A first attempt, at this place among the calls that are kept, was cut off.
    pub(super) fn begin(&mut self, first: &LoggedCall<'_>, ceiling: Tokens, place: usize) {
        let Some(chain) = first.chain else {
            return;
        };
        let open = Open {
            place: self.n_dropped + place,
            ceiling,
            written: first.output.unwrap_or(ceiling),
            model: first.model.into(),
            thinking_budget: first.thinking_budget,
        };
        self.open.insert(chain.into(), open);
    }

    /// What a later attempt tells of the length of the first, and the place of that; `None` where it tells nothing.
    /// Written anew, an answer may come out shorter; the first attempt was longer than its ceiling all the same.
    pub(super) fn go_on(&mut self, later: &LoggedCall<'_>) -> Option<(usize, Length)> {
        let chain = later.chain?;
        let open = self.open.get_mut(chain)?;
        let is_alike = *open.model == *later.model && open.thinking_budget == later.thinking_budget;
        if later.end == End::Failure || !is_alike {
            return None;
        }
        let place = open.place.checked_sub(self.n_dropped)?;
        let output = later.output?;
        let written = match later.extent {
            Extent::Rest => open.written.plus(output),
            Extent::Whole => output.at_least(open.written),
        };
        if later.end == End::Itself {
            let longer = open.ceiling.plus(Tokens::new(1));
            self.open.remove(chain);
            return Some((place, Length::ByRetry(written.at_least(longer))));
        }
        open.written = written;
        Some((place, Length::AtLeast(written.at_least(open.ceiling))))
    }

    /// The first of the calls that are kept are dropped.
    pub(super) fn forget_before(&mut self, n_dropped: usize) {
        self.n_dropped += n_dropped;
        self.open.retain(|_, open| open.place >= self.n_dropped);
    }
}
