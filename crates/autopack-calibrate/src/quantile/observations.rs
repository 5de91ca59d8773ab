//! From attempts to calls: what is known of the length of each answer, each chain once.

use std::collections::HashMap;

use autopack_core::{CallFacts, Tokens};

use super::attempt::{Attempt, Ending, Exclusion, Exclusions, Extent};
use super::key::{GroupKey, Within};
use crate::cell::Cell;

/// The most groups that are kept apart, for the same reason as cells of the ratio method.
pub const MAX_GROUPS: usize = 10_000;

/// The most finer groups that are kept apart, of some kilobytes each: calls beyond them are learned in the
/// next group around that is kept.
pub const MAX_FINER_GROUPS: usize = 10_000;

/// The most calls that are kept, of forty bytes each; of more, the newest half of them at the least.
pub const MAX_CALLS: usize = 2_000_000;

/// What is known of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// All of it.
    Exactly(Tokens),
    /// It is longer.
    AtLeast(Tokens),
    /// No ceiling would have been enough.
    Runaway,
}

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Observation {
    /// The finest group that it belongs to.
    pub(super) group: usize,
    /// What was predicted.
    pub(super) estimate: Tokens,
    /// The ceiling of its first attempt.
    pub(super) ceiling: Tokens,
    pub(super) length: Length,
}

/// A chain whose answer is not known whole yet.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// The place of its call, counted from the first ever taken in.
    place: usize,
    /// What the parts so far come to.
    written: Tokens,
}

/// Takes attempts in, in order of time, and keeps what they say of calls.
#[derive(Clone, Debug, Default)]
pub struct Observations {
    min_output_tokens: u64,
    ids: HashMap<GroupKey, usize>,
    keys: Vec<GroupKey>,
    /// The groups that are directly inside each, by name.
    finer: Vec<HashMap<Box<str>, usize>>,
    calls: Vec<Observation>,
    /// How many calls were dropped from the beginning.
    n_dropped: usize,
    open: HashMap<Box<str>, Open>,
    exclusions: Exclusions,
}

impl Observations {
    /// Nothing yet; answers with fewer tokens are to be left out.
    #[must_use]
    pub fn new(min_output_tokens: u64) -> Self {
        Self {
            min_output_tokens,
            ..Self::default()
        }
    }

    /// Takes an attempt in.
    pub fn read(&mut self, attempt: &Attempt<'_>) {
        if let Err(exclusion) = self.take(attempt) {
            self.exclusions.count(exclusion, 1);
        }
    }

    /// How many calls there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The attempts that are no calls to learn from.
    #[must_use]
    pub const fn exclusions(&self) -> Exclusions {
        self.exclusions
    }

    pub(super) fn calls(&self) -> &[Observation] {
        &self.calls
    }

    pub(super) fn keys(&self) -> &[GroupKey] {
        &self.keys
    }

    fn take(&mut self, attempt: &Attempt<'_>) -> Result<(), Exclusion> {
        if attempt.ending == Ending::Failed {
            return Err(Exclusion::Failed);
        }
        if let Some(open) = attempt
            .chain
            .and_then(|chain| self.open.get(chain).copied())
        {
            return self.go_on(attempt, open);
        }
        if attempt.number > 1 || attempt.extent == Extent::Rest {
            return Err(Exclusion::LaterAttempt);
        }
        let estimate = attempt.predicted.ok_or(Exclusion::NoPrediction)?;
        let (ceiling, length) = self.first(attempt)?;
        let group = self.group(attempt)?;
        self.make_room();
        if let (Length::AtLeast(written), Some(chain)) = (length, attempt.chain) {
            let place = self.n_dropped + self.calls.len();
            self.open.insert(chain.into(), Open { place, written });
        }
        self.calls.push(Observation {
            group,
            estimate,
            ceiling,
            length,
        });
        Ok(())
    }

    /// The ceiling of a first attempt, and what it says of its answer.
    fn first(&self, attempt: &Attempt<'_>) -> Result<(Tokens, Length), Exclusion> {
        if attempt.has_thinking_budget {
            return Err(Exclusion::ThinkingBudget);
        }
        let known = |tokens: Option<Tokens>| tokens.filter(|tokens| tokens.get() > 0);
        let ceiling = known(attempt.ceiling).ok_or(Exclusion::NoCeiling)?;
        let length = match attempt.ending {
            Ending::CutOffAnyway => Length::Runaway,
            // Where the output of what was cut off is not known, it was the ceiling.
            Ending::CutOff => Length::AtLeast(known(attempt.output).unwrap_or(ceiling)),
            _ => Length::Exactly(self.whole(attempt.output)?),
        };
        Ok((ceiling, length))
    }

    fn whole(&self, output: Option<Tokens>) -> Result<Tokens, Exclusion> {
        match output {
            None => Err(Exclusion::NoOutput),
            Some(output) if output.get() == 0 => Err(Exclusion::ZeroOutput),
            Some(output) if output.get() < self.min_output_tokens => Err(Exclusion::ShortOutput),
            Some(output) => Ok(output),
        }
    }

    /// A later attempt at an answer that was cut off so far: its rest, or all of it once more. Written
    /// anew, an answer may come out shorter; the first attempt was longer than its ceiling all the same.
    fn go_on(&mut self, attempt: &Attempt<'_>, open: Open) -> Result<(), Exclusion> {
        let Some(chain) = attempt.chain else {
            return Err(Exclusion::LaterAttempt);
        };
        let Some(call) = open.place.checked_sub(self.n_dropped) else {
            self.open.remove(chain);
            return Err(Exclusion::TooOld);
        };
        let output = attempt.output.unwrap_or_default();
        let written = match attempt.extent {
            Extent::Rest => open.written.plus(output),
            Extent::Whole => output.at_least(open.written.plus(Tokens::new(1))),
        };
        let length = match attempt.ending {
            Ending::CutOff => Length::AtLeast(written.at_least(open.written)),
            Ending::CutOffAnyway => Length::Runaway,
            _ if attempt.output.is_none() => return Err(Exclusion::NoOutput),
            _ => Length::Exactly(written),
        };
        self.calls[call].length = length;
        if let Length::AtLeast(written) = length {
            let open = Open { written, ..open };
            self.open.insert(chain.into(), open);
        } else {
            self.open.remove(chain);
        }
        Err(Exclusion::LaterAttempt)
    }

    /// The finest group of an attempt.
    fn group(&mut self, attempt: &Attempt<'_>) -> Result<usize, Exclusion> {
        let key = GroupKey {
            cell: Cell {
                category: attempt.category.clone(),
                complexity: attempt.complexity,
            },
            provider: attempt.provider,
            within: Within::default(),
        };
        let whole = if let Some(id) = self.ids.get(&key) {
            *id
        } else {
            if self.ids.len() >= MAX_GROUPS {
                return Err(Exclusion::TooManyGroups);
            }
            self.ids.insert(key.clone(), self.keys.len());
            self.enter(key)
        };
        Ok(self.finest(whole, attempt.facts))
    }

    /// The finest group in this one that calls of which so much is known belong to.
    fn finest(&mut self, whole: usize, facts: CallFacts<'_>) -> usize {
        let mut group = whole;
        for (_, name) in facts.names() {
            if let Some(finer) = self.finer[group].get(name) {
                group = *finer;
                continue;
            }
            if self.keys.len() - self.ids.len() >= MAX_FINER_GROUPS {
                break;
            }
            let within = self.keys[group].within.with(name);
            let key = GroupKey {
                within,
                ..self.keys[group].clone()
            };
            self.finer[group].insert(name.into(), self.keys.len());
            group = self.enter(key);
        }
        group
    }

    fn enter(&mut self, key: GroupKey) -> usize {
        self.keys.push(key);
        self.finer.push(HashMap::new());
        self.keys.len() - 1
    }

    /// Drops the older half where no more may be kept.
    fn make_room(&mut self) {
        if self.calls.len() < MAX_CALLS {
            return;
        }
        let n_dropped = MAX_CALLS / 2;
        self.calls.drain(..n_dropped);
        self.n_dropped += n_dropped;
        self.exclusions.count(Exclusion::TooOld, n_dropped as u64);
        let first = self.n_dropped;
        self.open.retain(|_, open| open.place >= first);
    }
}
