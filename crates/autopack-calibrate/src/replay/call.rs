//! Calls added up.

use autopack_core::Tokens;
use autopack_stats::survival::bin;
use autopack_stats::{Sample, SurvivalSketch};

use super::ReplayedCall;
use super::figures::{Bounds, ReplayFigures, Side};
use crate::backtest::Economics;

/// What became of calls under their own ceilings, and would have become of them under others.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    n_calls: u64,
    n_lowered: u64,
    n_raised: u64,
    logged: Sums,
    candidate: Sums,
    /// Calls that were cut off and would have had a larger ceiling: the one they had, and the other.
    unknown: Vec<(Tokens, Tokens)>,
    /// How many of the unknown are expected to be cut off, where the calls of a cell tell.
    n_expected: f64,
    lengths: SurvivalSketch,
    /// Of whole answers.
    outputs: Vec<f64>,
}

/// What calls come to under one of the two ceilings.
#[derive(Clone, Debug, Default)]
struct Sums {
    n_cut: u64,
    reserved: Tokens,
    /// The ceilings of those that were cut off: what they wrote.
    written_cut: Tokens,
    written_whole: Tokens,
    /// Ceiling over output, of whole answers.
    wastes: Vec<f64>,
}

impl Sums {
    fn add(&mut self, ceiling: Tokens, length: Option<Tokens>) {
        self.reserved = self.reserved.plus(ceiling);
        match length {
            None => {
                self.n_cut += 1;
                self.written_cut = self.written_cut.plus(ceiling);
            }
            Some(length) => {
                self.written_whole = self.written_whole.plus(length);
                if length > Tokens::new(0) {
                    self.wastes.push(ceiling.as_f64() / length.as_f64());
                }
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        self.n_cut += other.n_cut;
        self.reserved = self.reserved.plus(other.reserved);
        self.written_cut = self.written_cut.plus(other.written_cut);
        self.written_whole = self.written_whole.plus(other.written_whole);
        self.wastes.extend_from_slice(&other.wastes);
    }

    fn median_waste(&self) -> Option<f64> {
        self.wastes.iter().copied().collect::<Sample>().median()
    }
}

impl Tally {
    pub(super) fn add(&mut self, call: ReplayedCall) {
        let ReplayedCall {
            ceiling,
            candidate,
            length,
        } = call;
        self.n_calls += 1;
        self.n_lowered += u64::from(candidate < ceiling);
        self.n_raised += u64::from(candidate > ceiling);
        self.logged.add(ceiling, length);
        if let Some(length) = length {
            self.outputs.push(length.as_f64());
            self.lengths.add_event(length.as_f64());
            // Some servers write a little more than they were told: that cut nothing off.
            let is_cut = candidate < ceiling && length > candidate;
            self.candidate.add(candidate, (!is_cut).then_some(length));
            return;
        }
        self.lengths.add_censored(ceiling.as_f64());
        if candidate > ceiling {
            self.candidate.reserved = self.candidate.reserved.plus(candidate);
            self.unknown.push((ceiling, candidate));
        } else {
            self.candidate.add(candidate, None);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.n_calls += other.n_calls;
        self.n_lowered += other.n_lowered;
        self.n_raised += other.n_raised;
        self.logged.merge(&other.logged);
        self.candidate.merge(&other.candidate);
        self.n_expected += other.expected();
        self.lengths.merge(&other.lengths);
        self.outputs.extend_from_slice(&other.outputs);
        self.unknown.extend_from_slice(&other.unknown);
    }

    /// How many of the unknown are expected to be cut off: each with the share that goes on beyond the
    /// larger ceiling of those that go on beyond the smaller, by Kaplan and Meier. Where nothing that long
    /// was seen to end, that share is 1.
    fn expected(&self) -> f64 {
        if self.n_expected > 0.0 || self.unknown.is_empty() {
            return self.n_expected;
        }
        let curve = self.lengths.survival();
        let beyond =
            |ceiling: Tokens| bin::of(ceiling.as_f64()).map_or(1.0, |bin| curve.beyond(bin));
        let shares = self.unknown.iter().map(|(ceiling, candidate)| {
            let at_risk = beyond(*ceiling);
            if at_risk > 0.0 {
                (beyond(*candidate) / at_risk).min(1.0)
            } else {
                1.0
            }
        });
        shares.sum()
    }

    pub(super) fn figures(&self, economics: Economics) -> Option<ReplayFigures> {
        let failure = self.outputs.iter().copied().collect::<Sample>().median();
        let failure = economics.failure_outputs * failure.unwrap_or(0.0);
        let output = self.logged.written_whole.plus(self.logged.written_cut);
        if self.n_calls == 0 || output == Tokens::new(0) {
            return None;
        }
        let again = economics.reserved_token * Tokens::new(economics.retry_factor).as_f64();
        let cost = |reserved: Tokens, cut: Tokens, n_cut: u64| {
            let failed = (1.0 + again) * cut.as_f64() + failure * Tokens::new(n_cut).as_f64();
            (economics.reserved_token * reserved.as_f64() + failed) / output.as_f64()
        };
        let sure = &self.candidate;
        let n_unknown = self.unknown.len() as u64;
        let had: Tokens = self.unknown.iter().map(|(had, _)| *had).sum();
        let more: Tokens = self.unknown.iter().map(|(_, more)| *more).sum();
        let written = sure.written_whole.plus(sure.written_cut);
        let n_most = sure.n_cut + n_unknown;
        let logged = &self.logged;
        Some(ReplayFigures {
            n_calls: self.n_calls,
            n_lowered: self.n_lowered,
            n_raised: self.n_raised,
            n_unknown,
            n_cut_expected: Tokens::new(sure.n_cut).as_f64() + self.expected(),
            logged: Side {
                n_cut: Bounds::exactly(logged.n_cut),
                reserved_tokens: logged.reserved.get(),
                written_tokens: Bounds::exactly(output.get()),
                median_waste: logged.median_waste(),
                excess_cost: Bounds::exactly(cost(
                    logged.reserved,
                    logged.written_cut,
                    logged.n_cut,
                )),
            },
            candidate: Side {
                n_cut: Bounds {
                    low: sure.n_cut,
                    high: n_most,
                },
                reserved_tokens: sure.reserved.get(),
                written_tokens: Bounds {
                    low: written.plus(had).get(),
                    high: written.plus(more).get(),
                },
                median_waste: sure.median_waste(),
                excess_cost: Bounds {
                    low: cost(sure.reserved, sure.written_cut, sure.n_cut),
                    high: cost(sure.reserved, sure.written_cut.plus(more), n_most),
                },
            },
        })
    }
}
