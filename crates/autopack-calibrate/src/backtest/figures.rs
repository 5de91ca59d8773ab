//! How well a policy did.

use autopack_core::Tokens;
use autopack_stats::{exact_upper_bound, pinball_loss};

use super::trace::{Trace, TraceCall};
use crate::learned::TargetTruncation;

/// A group with fewer calls is in no competition for the worst.
const WORST_GROUP_CALLS: u64 = 200;
/// The confidence of the upper bound.
const BOUND_LEVEL: f64 = 0.95;

/// What a provider takes from its quota when a call begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reserve {
    /// Input and ceiling: Amazon Bedrock, Azure OpenAI.
    #[default]
    InputAndCeiling,
    /// The ceiling alone.
    Ceiling,
    /// Only what is written: Anthropic's own API.
    Output,
}

/// What is paid for, in units of the price of one output token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Economics {
    /// What a reserved token costs.
    pub reserved_token: f64,
    /// What a truncation costs beyond the output it throws away, in median outputs: input sent again,
    /// time, risk.
    pub failure_outputs: f64,
    /// How many times larger the ceiling of the second attempt is.
    pub retry_factor: u64,
    /// The quota, in tokens a minute.
    pub quota_tokens_per_minute: Option<u64>,
    /// What a call takes from it.
    pub reserve: Reserve,
}

impl Default for Economics {
    /// A provider that reserves the ceiling, used well below its quota: a reserved token costs a
    /// twentieth of one that is written, a failure half a median output, and the second attempt has
    /// three times the ceiling.
    fn default() -> Self {
        Self {
            reserved_token: 0.05,
            failure_outputs: 0.5,
            retry_factor: 3,
            quota_tokens_per_minute: None,
            reserve: Reserve::default(),
        }
    }
}

/// The truncation rate of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupRate {
    /// Its name.
    pub group: String,
    /// Its calls.
    pub n_calls: u64,
    /// Those cut off.
    pub rate: f64,
}

/// Ceiling over output tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waste {
    /// Of half of the calls, it is less.
    pub median: f64,
    /// Of nine in ten calls, it is less.
    pub p90: f64,
}

/// How a policy did after the warm-up.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Calls that count.
    pub n_calls: u64,
    /// Those longer than their ceilings.
    pub n_truncated: u64,
    /// Their share.
    pub truncation_rate: f64,
    /// The exact upper bound of the rate at 95 %, one-sided.
    pub truncation_bound: f64,
    /// The group of 200 calls or more with the highest rate.
    pub worst_group: Option<GroupRate>,
    /// The geometric mean of ceiling over the group's true quantile.
    pub ceiling_to_oracle: f64,
    /// Pinball loss over that of the oracle; `None` where the oracle has none.
    pub pinball_to_oracle: Option<f64>,
    /// Ceiling over output.
    pub waste: Waste,
    /// The sum of ceilings.
    pub reserved_tokens: u64,
    /// What an all-knowing policy would have saved, as a share of the price of all output.
    pub excess_cost: f64,
    /// Calls a minute that fit the quota, where there is one.
    pub calls_per_minute: Option<f64>,
}

/// What figures are taken of.
#[derive(Clone, Copy, Debug)]
pub struct FiguresOf<'a> {
    /// The calls.
    pub trace: &'a Trace,
    /// The true quantile of each group.
    pub oracle: &'a [Tokens],
    /// What the quantile is of.
    pub target: TargetTruncation,
    /// So many calls at the beginning do not count.
    pub n_warm_up: usize,
    /// What is paid for.
    pub economics: Economics,
}

impl FiguresOf<'_> {
    /// The figures of these ceilings, one for each call of the trace; `None` where no call counts.
    #[must_use]
    pub fn figures(&self, ceilings: &[Tokens]) -> Option<Figures> {
        let counted = || self.trace.calls().iter().zip(ceilings).skip(self.n_warm_up);
        let n_calls = counted().count();
        if n_calls == 0 {
            return None;
        }
        let n = Tokens::new(n_calls as u64);
        let n_truncated = counted()
            .filter(|(call, sent)| is_cut(call, **sent))
            .count() as u64;
        let logs = counted().map(|(call, sent)| (sent.as_f64() / self.of_oracle(call)).ln());
        let level = 1.0 - self.target.get();
        let pinball = |sent: f64, call: &TraceCall| pinball_loss(sent, call.length.as_f64(), level);
        let own: f64 = counted()
            .map(|(call, sent)| pinball(sent.as_f64(), call))
            .sum();
        let best: f64 = counted()
            .map(|(call, _)| pinball(self.of_oracle(call), call))
            .sum();
        let wastes = counted().map(|(call, sent)| sent.as_f64() / written(call, *sent));
        Some(Figures {
            n_calls: n.get(),
            n_truncated,
            truncation_rate: Tokens::new(n_truncated).as_f64() / n.as_f64(),
            truncation_bound: exact_upper_bound(n_truncated, n.get(), BOUND_LEVEL)?,
            worst_group: self.worst_group(ceilings),
            ceiling_to_oracle: (logs.sum::<f64>() / n.as_f64()).exp(),
            pinball_to_oracle: (best > 0.0).then(|| own / best),
            waste: waste(wastes.collect()),
            reserved_tokens: counted().map(|(_, sent)| *sent).sum::<Tokens>().get(),
            excess_cost: self.excess_cost(ceilings),
            calls_per_minute: self.calls_per_minute(ceilings),
        })
    }

    fn of_oracle(&self, call: &TraceCall) -> f64 {
        self.oracle[call.group].as_f64().max(1.0)
    }

    fn worst_group(&self, ceilings: &[Tokens]) -> Option<GroupRate> {
        let mut counts = vec![(0_u64, 0_u64); self.trace.groups().len()];
        for (call, sent) in self.trace.calls().iter().zip(ceilings).skip(self.n_warm_up) {
            let (n_calls, n_cut) = &mut counts[call.group];
            *n_calls += 1;
            *n_cut += u64::from(is_cut(call, *sent));
        }
        let rates = self.trace.groups().iter().zip(counts);
        let rates = rates.filter(|(_, (n_calls, _))| *n_calls >= WORST_GROUP_CALLS);
        let rates = rates.map(|(group, (n_calls, n_cut))| GroupRate {
            group: group.clone(),
            n_calls,
            rate: Tokens::new(n_cut).as_f64() / Tokens::new(n_calls).as_f64(),
        });
        rates.max_by(|a, b| a.rate.total_cmp(&b.rate))
    }

    /// λ · ceiling of every call, and of one that was cut off what it wrote, the cost of failing and
    /// λ · the ceiling of the second attempt; over the price of all output.
    fn excess_cost(&self, ceilings: &[Tokens]) -> f64 {
        let Economics {
            reserved_token,
            failure_outputs,
            retry_factor,
            ..
        } = self.economics;
        let counted = || self.trace.calls().iter().zip(ceilings).skip(self.n_warm_up);
        let lengths: Vec<f64> = counted().map(|(call, _)| call.length.as_f64()).collect();
        let output: f64 = lengths.iter().sum();
        let failure = failure_outputs * waste(lengths).median;
        let costs = counted().map(|(call, sent)| {
            let reserved = reserved_token * sent.as_f64();
            if is_cut(call, *sent) {
                let again = reserved_token * sent.times(retry_factor).as_f64();
                reserved + sent.as_f64() + failure + again
            } else {
                reserved
            }
        });
        costs.sum::<f64>() / output
    }

    fn calls_per_minute(&self, ceilings: &[Tokens]) -> Option<f64> {
        let quota = Tokens::new(self.economics.quota_tokens_per_minute?);
        let counted = || self.trace.calls().iter().zip(ceilings).skip(self.n_warm_up);
        let taken = counted().map(|(call, sent)| {
            let input = call.input.map_or(0.0, Tokens::as_f64);
            match self.economics.reserve {
                Reserve::InputAndCeiling => input + sent.as_f64(),
                Reserve::Ceiling => sent.as_f64(),
                Reserve::Output => written(call, *sent),
            }
        });
        let n = Tokens::new(counted().count() as u64);
        Some(quota.as_f64() * n.as_f64() / taken.sum::<f64>().max(1.0))
    }
}

fn is_cut(call: &TraceCall, sent: Tokens) -> bool {
    call.length > sent
}

fn written(call: &TraceCall, sent: Tokens) -> f64 {
    call.length.at_most(sent).as_f64().max(1.0)
}

/// The upper median and the element ⌊0.9 · n⌋ of numbers that are not empty.
fn waste(mut numbers: Vec<f64>) -> Waste {
    let n = numbers.len();
    let mut element = |place: usize| {
        let place = place.min(n.saturating_sub(1));
        *numbers.select_nth_unstable_by(place, f64::total_cmp).1
    };
    Waste {
        median: element(n / 2),
        p90: element(n * 9 / 10),
    }
}
