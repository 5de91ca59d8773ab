//! Calls of earlier times, put together again from their rows.

use std::collections::HashMap;

use autopack_calibrate::learned::Outcome;
use autopack_core::{Catalogue, Tokens};
use autopack_store::OutcomeRow;
use autopack_wire::Truncation;

use crate::decide::PastCall;

/// The most rows that are looked at: what a hundred groups remember, read in a second.
pub(crate) const MAX_ROWS: u32 = 100_000;

/// Puts calls together from rows that come the newest first, and so the last attempt of each call before
/// its first.
#[derive(Debug)]
pub(crate) struct Past<'a> {
    catalogue: &'a Catalogue,
    /// What came of the last attempts of calls whose first one is still to come.
    endings: HashMap<String, (u32, OutcomeRow)>,
    calls: Vec<PastCall>,
}

impl<'a> Past<'a> {
    pub(crate) fn new(catalogue: &'a Catalogue) -> Self {
        Self {
            catalogue,
            endings: HashMap::new(),
            calls: Vec::new(),
        }
    }

    /// Takes the next row in.
    pub(crate) fn add(&mut self, row: OutcomeRow) {
        let attempt = row.attempt.unwrap_or(1);
        if attempt > 1 {
            if let Some(chain) = row.chain_id.clone() {
                self.endings.entry(chain).or_insert((attempt, row));
            }
            return;
        }
        let later = row
            .chain_id
            .as_ref()
            .and_then(|chain| self.endings.remove(chain));
        let (n_attempts, ending) = match &later {
            Some((n_attempts, ending)) => (*n_attempts, ending),
            None => (1, &row),
        };
        let Some(outcome) = outcome(ending, n_attempts) else {
            return;
        };
        let Some(sent) = row
            .actual_max_tokens
            .or_else(|| self.limit(&row))
            .or(ending.actual_output_tokens)
        else {
            return;
        };
        self.calls.push(PastCall {
            group: row.group_key,
            sent,
            outcome,
        });
    }

    /// The calls, the oldest first.
    pub(crate) fn calls(mut self) -> Vec<PastCall> {
        self.calls.reverse();
        self.calls
    }

    /// What the model can write, where that is known.
    fn limit(&self, row: &OutcomeRow) -> Option<Tokens> {
        let found = self.catalogue.find(row.provider?, &row.model);
        found.known.then_some(found.entry.max_output_tokens)
    }
}

/// What came of a call, as learning takes it; none where that says nothing of its length.
fn outcome(ending: &OutcomeRow, n_attempts: u32) -> Option<Outcome> {
    let used = ending.actual_output_tokens;
    if let Some(truncation) = &ending.truncation {
        if truncation == Truncation::WindowFull.as_str() {
            return None;
        }
        return Some(match n_attempts {
            1 => Outcome::CutOff,
            _ => Outcome::CutOffWhenRetried(used?),
        });
    }
    let used = used.filter(|_| ending.success == Some(true))?;
    Some(match n_attempts {
        1 => Outcome::Ended(used),
        _ => Outcome::EndedWhenRetried(used),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use autopack_core::Provider;

    fn row(
        chain: &str,
        attempt: u32,
        sent: Option<u64>,
        used: u64,
        truncation: Option<Truncation>,
    ) -> OutcomeRow {
        OutcomeRow {
            group_key: "openai/gpt-5/titles".to_owned(),
            provider: Some(Provider::OpenAi),
            model: "gpt-5".to_owned(),
            chain_id: Some(chain.to_owned()),
            attempt: Some(attempt),
            actual_max_tokens: sent.map(Tokens::new),
            actual_output_tokens: Some(Tokens::new(used)),
            truncation: truncation.map(|kind| kind.as_str().to_owned()),
            success: Some(truncation.is_none()),
        }
    }

    #[test]
    fn attempts_become_calls_in_their_order() {
        let catalogue = Catalogue::embedded();
        let mut past = Past::new(&catalogue);
        let failed = OutcomeRow {
            success: Some(false),
            ..row("d", 1, Some(9), 5, None)
        };
        for row in [
            failed,
            row("c", 1, Some(100), 100, Some(Truncation::WindowFull)),
            row("b", 2, Some(900), 350, None),
            row("b", 1, Some(300), 300, Some(Truncation::AtCeiling)),
            row("a", 1, None, 200, None),
        ] {
            past.add(row);
        }
        let found: Vec<_> = past
            .calls()
            .into_iter()
            .map(|call| (call.sent.get(), call.outcome))
            .collect();
        let expected = [
            (128_000, Outcome::Ended(Tokens::new(200))),
            (300, Outcome::EndedWhenRetried(Tokens::new(350))),
        ];
        assert_eq!(found, expected);
    }
}
