//! Calls of earlier times, put together again from their rows.

use std::collections::{BTreeMap, HashMap};

use autopack_core::{Catalogue, Tokens};
use autopack_store::OutcomeRow;
use autopack_wire::CallPath;

use crate::decide::{End, PastCall};

/// The most rows that are looked at: what a hundred groups remember, read in a second.
pub(crate) const MAX_ROWS: u32 = 100_000;

/// What the learner of an upstream knows already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// The newest row that it has learned from.
    pub(crate) row: i64,
    /// Calls that went on then, and the first row of each.
    pub(crate) open: BTreeMap<String, i64>,
}

impl Known {
    /// Rows up to this one say nothing new.
    pub(crate) fn floor(&self) -> i64 {
        let first = self.open.values().min();
        first.map_or(self.row, |first| self.row.min(first - 1))
    }

    fn has(&self, row: &OutcomeRow) -> bool {
        let goes_on = row
            .chain_id
            .as_ref()
            .is_some_and(|chain| self.open.contains_key(chain));
        row.event_id <= self.row && !goes_on
    }
}

/// Puts calls together from rows that come the newest first, and so the last attempt of each call before
/// its first.
#[derive(Debug)]
pub(crate) struct Past<'a> {
    catalogue: &'a Catalogue,
    /// What is known, by upstream; of others nothing is learned.
    known: &'a HashMap<String, Known>,
    /// Attempts at calls whose first one is still to come, the last first, with the place of the call.
    later: HashMap<String, (usize, Vec<OutcomeRow>)>,
    /// In the order of their ends, the last first; none where that teaches nothing.
    calls: Vec<Option<PastCall>>,
}

impl<'a> Past<'a> {
    pub(crate) fn new(catalogue: &'a Catalogue, known: &'a HashMap<String, Known>) -> Self {
        Self {
            catalogue,
            known,
            later: HashMap::new(),
            calls: Vec::new(),
        }
    }

    /// Takes the next row in.
    pub(crate) fn add(&mut self, row: OutcomeRow) {
        let upstream = row.group_key.split('/').next().unwrap_or_default();
        if self.known.get(upstream).is_none_or(|known| known.has(&row)) {
            return;
        }
        let next = self.calls.len();
        let Some(chain) = row.chain_id.clone() else {
            let call = self.call(&[row]);
            return self.calls.push(call);
        };
        let is_first = row.attempt.unwrap_or(1) <= 1;
        let (place, rows) = self
            .later
            .entry(chain.clone())
            .or_insert((next, Vec::new()));
        let place = *place;
        rows.push(row);
        if place == next {
            self.calls.push(None);
        }
        if is_first && let Some((_, mut rows)) = self.later.remove(&chain) {
            rows.reverse();
            self.calls[place] = self.call(&rows);
        }
    }

    /// The calls, the one that ended first before the others.
    pub(crate) fn calls(self) -> impl Iterator<Item = PastCall> {
        self.calls.into_iter().rev().flatten()
    }

    /// What these attempts at one call teach, as it was taught when it ended.
    fn call(&self, attempts: &[OutcomeRow]) -> Option<PastCall> {
        let (last, before) = attempts.split_last()?;
        let (mut first, mut n_cuts) = (0, 0);
        for (attempt, number) in before.iter().zip(1..) {
            // What was not cut off was not taken as it was, and the call began anew.
            (first, n_cuts) = match attempt.truncation {
                Some(_) => (first, n_cuts + 1),
                None => (number, 0),
            };
        }
        let end = End {
            cut: last.truncation.as_deref(),
            used: last.actual_output_tokens,
            is_whole: last.success == Some(true),
        };
        let sent = attempts[first].actual_max_tokens;
        let sent = sent.or_else(|| self.limit(last)).or(end.used)?;
        Some(PastCall {
            group: last.group_key.clone(),
            sent,
            outcome: end.outcome(n_cuts, sent)?,
        })
    }

    /// What the model can write, where that is known.
    fn limit(&self, row: &OutcomeRow) -> Option<Tokens> {
        let name = CallPath::makers_name(&row.model);
        let found = self.catalogue.find(row.provider?, name);
        found.known.then_some(found.entry.max_output_tokens)
    }
}

#[cfg(test)]
mod tests;
