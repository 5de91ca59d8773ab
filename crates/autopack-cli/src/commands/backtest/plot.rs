//! Gathers what the picture of `--plot` shows.

use autopack_calibrate::backtest::Trace;
use autopack_core::Tokens;
use autopack_stats::exact_interval;

use crate::commands::report::plot::Sampled;
use crate::output;
use crate::output::plot::backtest::{Ceilings, Groups, Picture};
use crate::output::plot::{RateAt, Rates};

/// The most lengths of a kind, and steps of the ceiling, that are drawn.
const MAX_POINTS: usize = 1500;
/// So many rates stand side by side over a trace.
const N_RATES: usize = 40;
/// The level of their intervals.
const RATE_LEVEL: f64 = 0.95;

/// What is drawn: the ceilings of one policy over a trace.
pub(super) struct Drawing<'a> {
    pub(super) name: &'a str,
    pub(super) trace: &'a Trace,
    pub(super) ceilings: &'a [Tokens],
    pub(super) oracle: &'a [Tokens],
    pub(super) n_warm_up: usize,
    pub(super) target: f64,
}

impl Drawing<'_> {
    pub(super) fn picture(&self, file: &str) -> Picture {
        let n_calls = output::thousands(self.trace.calls().len() as u64);
        let warm_up = output::thousands(self.n_warm_up as u64);
        Picture {
            title: format!(
                "{file}: ceilings of `{}` on {n_calls} calls, target {} %",
                self.name,
                100.0 * self.target
            ),
            ceilings: self.of_largest_group(),
            rates: self.rates(),
            groups: self.groups(),
            notes: vec![format!(
                "At most {MAX_POINTS} lengths of a kind are drawn, chosen by lot. Groups: geometric means after the                  first {warm_up} calls."
            )],
        }
    }

    fn of_largest_group(&self) -> Ceilings {
        let calls = self.trace.calls();
        let mut sizes = vec![0_usize; self.trace.groups().len()];
        for call in calls {
            sizes[call.group] += 1;
        }
        let largest = (0..sizes.len())
            .max_by_key(|group| sizes[*group])
            .unwrap_or(0);
        let step = sizes
            .get(largest)
            .map_or(1, |n| n.div_ceil(MAX_POINTS).max(1));
        let (mut whole, mut truncated) = (Sampled::default(), Sampled::default());
        let mut decided = Vec::new();
        let rows = calls.iter().zip(self.ceilings).enumerate();
        let rows = rows.filter(|(_, (call, _))| call.group == largest);
        for (place, (row, (call, sent))) in rows.enumerate() {
            let at = Tokens::new(row as u64).as_f64();
            let length = (at, call.length.as_f64());
            if call.length > *sent {
                truncated.add(length, MAX_POINTS);
            } else {
                whole.add(length, MAX_POINTS);
            }
            if place % step == 0 {
                decided.push((at, sent.as_f64().max(1.0)));
            }
        }
        let oracle = self.oracle.get(largest).copied().unwrap_or_default();
        Ceilings {
            group: self.group_name(largest),
            n_whole: whole.n(),
            n_truncated: truncated.n(),
            whole: whole.into_items(),
            truncated: truncated.into_items(),
            decided,
            oracle: oracle.as_f64().max(1.0),
        }
    }

    fn group_name(&self, group: usize) -> String {
        let groups = self.trace.groups();
        let name = groups.get(group).map_or("", String::as_str);
        match groups.len() {
            1 => "the only group".to_owned(),
            n => format!("`{name}`, the largest of {n} groups"),
        }
    }

    fn rates(&self) -> Rates {
        let calls = self.trace.calls();
        let step = calls.len().div_ceil(N_RATES).max(1);
        let chunks = calls.chunks(step).zip(self.ceilings.chunks(step));
        let rates = (0..).zip(chunks).filter_map(|(at, (calls, ceilings))| {
            let cut = calls.iter().zip(ceilings);
            let n_cut = cut.filter(|(call, sent)| call.length > **sent).count() as u64;
            let n = calls.len() as u64;
            let interval = exact_interval(n_cut, n, RATE_LEVEL)?;
            Some(RateAt {
                at,
                share: Tokens::new(n_cut).as_f64() / Tokens::new(n).as_f64(),
                low: interval.low,
                high: interval.high,
            })
        });
        Rates {
            period: format!("{} calls", output::thousands(step as u64)),
            axis: "call".to_owned(),
            in_order: rates.collect(),
            target: self.target,
            name: Box::new(move |at| {
                let at = usize::try_from(at).ok()?;
                Some(output::thousands((at * step) as u64))
            }),
        }
    }

    fn groups(&self) -> Groups {
        let mut sums = vec![(0_u64, 0.0); self.trace.groups().len()];
        let rows = self.trace.calls().iter().zip(self.ceilings);
        for (call, sent) in rows.skip(self.n_warm_up) {
            let oracle = self.oracle[call.group].as_f64().max(1.0);
            let (n_calls, logs) = &mut sums[call.group];
            *n_calls += 1;
            *logs += (sent.as_f64().max(1.0) / oracle).ln();
        }
        let ratios = sums.into_iter().filter(|(n_calls, _)| *n_calls > 0);
        Groups {
            ratios: ratios
                .map(|(n_calls, logs)| (n_calls, (logs / Tokens::new(n_calls).as_f64()).exp()))
                .collect(),
        }
    }
}
