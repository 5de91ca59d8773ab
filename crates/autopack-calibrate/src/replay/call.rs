//! One call, and calls added up.

use autopack_core::Tokens;
use autopack_stats::survival::bin;
use autopack_stats::{Sample, Survival, SurvivalSketch};

use super::figures::{Bounds, ReplayFigures, Side};
use super::logged::{End, LoggedCall, Refusal};
use crate::backtest::Economics;

/// A call that can be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReplayedCall {
    pub(super) ceiling: Tokens,
    pub(super) candidate: Tokens,
    pub(super) length: Length,
}

/// What is known of the length of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// It came whole.
    Whole(Tokens),
    /// It was cut off, and a later attempt came whole.
    ByRetry(Tokens),
    /// It was cut off, and is longer than this.
    AtLeast(Tokens),
}

/// What would have become of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It would have come whole, and is this long.
    Whole(Tokens),
    Cut,
    /// Nobody knows: it is longer than this.
    Unknown(Tokens),
}

impl ReplayedCall {
    pub(super) fn of(first: &LoggedCall<'_>) -> Result<Self, Refusal> {
        let length = match first.end {
            End::Failure => return Err(Refusal::Failed),
            End::Elsewhere => return Err(Refusal::CutElsewhere),
            End::Ceiling => None,
            End::Itself => Some(first.output.ok_or(Refusal::NoUsage)?),
        };
        let ceiling = first.actual_max_tokens.ok_or(Refusal::NoCeiling)?;
        let decision = first.decision.as_ref().ok_or(Refusal::NoDecision)?;
        let redecision = first.redecision.ok_or(Refusal::UnknownPolicy)?;
        Ok(Self {
            ceiling,
            candidate: redecision.ceiling(decision)?,
            length: length.map_or(Length::AtLeast(ceiling), Length::Whole),
        })
    }

    /// Whether it was cut off.
    pub(super) const fn was_cut(&self) -> bool {
        !matches!(self.length, Length::Whole(_))
    }

    const fn fate(&self) -> Fate {
        let (ceiling, candidate) = (self.ceiling.get(), self.candidate.get());
        match self.length {
            // Some servers write a little more than they were told: that cut nothing off.
            Length::Whole(length) if candidate < ceiling && length.get() > candidate => Fate::Cut,
            Length::Whole(length) => Fate::Whole(length),
            _ if candidate <= ceiling => Fate::Cut,
            Length::ByRetry(length) if length.get() <= candidate => Fate::Whole(length),
            Length::AtLeast(length) if length.get() < candidate => Fate::Unknown(length),
            Length::ByRetry(_) | Length::AtLeast(_) => Fate::Cut,
        }
    }

    /// Counts its length among those of its cell.
    pub(super) fn count_length(&self, lengths: &mut SurvivalSketch) {
        match self.length {
            Length::Whole(length) | Length::ByRetry(length) => lengths.add_event(length.as_f64()),
            Length::AtLeast(length) => lengths.add_censored(length.as_f64()),
        }
    }

    /// How much of it is expected to be cut off under the other policy: 0 or 1 where that is known, else the share
    /// of lengths of its cell beyond the ceiling, of those that are longer than what is known of it (Kaplan and Meier).
    /// Where nothing that long was seen to end, that share is 1.
    pub(super) fn share_cut(&self, lengths: &Survival) -> f64 {
        let longer_than = match self.fate() {
            Fate::Whole(_) => return 0.0,
            Fate::Cut => return 1.0,
            Fate::Unknown(longer_than) => longer_than,
        };
        let beyond =
            |ceiling: Tokens| bin::of(ceiling.as_f64()).map_or(1.0, |bin| lengths.beyond(bin));
        let at_risk = beyond(longer_than);
        if at_risk > 0.0 {
            (beyond(self.candidate) / at_risk).min(1.0)
        } else {
            1.0
        }
    }

    /// Ceiling over output as it was, and as it would have been, where the answer is whole.
    pub(super) fn wastes(&self) -> [Option<f64>; 2] {
        let logged = match self.length {
            Length::Whole(length) => waste(self.ceiling, length),
            _ => None,
        };
        let candidate = match self.fate() {
            Fate::Whole(length) => waste(self.candidate, length),
            _ => None,
        };
        [logged, candidate]
    }
}

fn waste(ceiling: Tokens, output: Tokens) -> Option<f64> {
    (output > Tokens::new(0)).then(|| ceiling.as_f64() / output.as_f64())
}

/// What became of calls under their own ceilings, and would have become of them under others.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    n_calls: u64,
    n_lowered: u64,
    n_raised: u64,
    n_from_retries: u64,
    n_unknown: u64,
    /// How many calls are expected to be cut off.
    n_cut_expected: f64,
    logged: Sums,
    /// Without the unknown, but for what they reserve.
    candidate: Sums,
    /// What is known of the unknown, and what they had written at the most.
    unknown_at_least: Tokens,
    unknown_at_most: Tokens,
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
    fn add_cut(&mut self, ceiling: Tokens) {
        self.n_cut += 1;
        self.written_cut = self.written_cut.plus(ceiling);
    }

    fn add_whole(&mut self, length: Tokens) {
        self.written_whole = self.written_whole.plus(length);
    }

    fn written(&self) -> Tokens {
        self.written_whole.plus(self.written_cut)
    }

    fn median_waste(&self) -> Option<f64> {
        self.wastes.iter().copied().collect::<Sample>().median()
    }
}

impl Tally {
    /// Adds a call of which this share is expected to be cut off.
    pub(super) fn add(&mut self, call: &ReplayedCall, share_cut: f64) {
        let ReplayedCall {
            ceiling,
            candidate,
            length,
        } = *call;
        let fate = call.fate();
        self.n_calls += 1;
        self.n_lowered += u64::from(candidate < ceiling);
        self.n_raised += u64::from(candidate > ceiling);
        self.n_cut_expected += share_cut;
        self.logged.reserved = self.logged.reserved.plus(ceiling);
        self.candidate.reserved = self.candidate.reserved.plus(candidate);
        if let Length::Whole(length) = length {
            self.logged.add_whole(length);
            self.outputs.push(length.as_f64());
        } else {
            self.logged.add_cut(ceiling);
            let is_known = !matches!(fate, Fate::Unknown(_));
            self.n_from_retries += u64::from(candidate > ceiling && is_known);
        }
        match fate {
            Fate::Whole(length) => self.candidate.add_whole(length),
            Fate::Cut => self.candidate.add_cut(candidate),
            Fate::Unknown(longer_than) => {
                self.n_unknown += 1;
                self.unknown_at_least = self.unknown_at_least.plus(longer_than);
                self.unknown_at_most = self.unknown_at_most.plus(candidate);
            }
        }
        let [logged, other] = call.wastes();
        self.logged.wastes.extend(logged);
        self.candidate.wastes.extend(other);
    }

    pub(super) fn figures(&self, economics: Economics) -> Option<ReplayFigures> {
        let (logged, sure) = (&self.logged, &self.candidate);
        let output = logged.written();
        if self.n_calls == 0 || output == Tokens::new(0) {
            return None;
        }
        let failure = self.outputs.iter().copied().collect::<Sample>().median();
        let failure = economics.failure_outputs * failure.unwrap_or(0.0);
        let again = economics.reserved_token * Tokens::new(economics.retry_factor).as_f64();
        let cost = |reserved: Tokens, cut: Tokens, n_cut: u64| {
            let failed = (1.0 + again) * cut.as_f64() + failure * Tokens::new(n_cut).as_f64();
            (economics.reserved_token * reserved.as_f64() + failed) / output.as_f64()
        };
        let n_cut = Bounds {
            low: sure.n_cut,
            high: sure.n_cut + self.n_unknown,
        };
        let written_cut_at_most = sure.written_cut.plus(self.unknown_at_most);
        Some(ReplayFigures {
            n_calls: self.n_calls,
            n_lowered: self.n_lowered,
            n_raised: self.n_raised,
            n_from_retries: self.n_from_retries,
            n_unknown: self.n_unknown,
            n_cut_expected: self.n_cut_expected,
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
                n_cut,
                reserved_tokens: sure.reserved.get(),
                written_tokens: Bounds {
                    low: sure.written().plus(self.unknown_at_least).get(),
                    high: sure.written().plus(self.unknown_at_most).get(),
                },
                median_waste: sure.median_waste(),
                excess_cost: Bounds {
                    low: cost(sure.reserved, sure.written_cut, n_cut.low),
                    high: cost(sure.reserved, written_cut_at_most, n_cut.high),
                },
            },
        })
    }
}
