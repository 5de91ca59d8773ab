//! What came of repeats, and how it is told.

use std::fmt::Write as _;

use autopack_calibrate::learned::{Call, Learner, TargetTruncation};
use autopack_core::Tokens;

const TARGET: f64 = 0.02;
const BASE: Tokens = Tokens::new(8192);
/// Groups of a repeat.
pub(crate) const N_GROUPS: usize = 8;

/// The head of a table; its first column has this name.
pub(crate) fn head(first: &str) -> String {
    format!(
        "| {first} | learned | cut off | repeats above 2 % | above 2.5 % | groups above 4 % | worst of 8 groups, mean | \
         to the true quantile |\n|---|---|--:|--:|--:|--:|--:|--:|\n"
    )
}

pub(crate) fn target() -> TargetTruncation {
    TargetTruncation::new(TARGET).expect("a rate")
}

/// A call of a group of a repeat.
pub(crate) fn call(learner: &mut Learner, group: usize, chain: u64) -> Call {
    const NAMES: [&str; N_GROUPS] = ["a", "b", "c", "d", "e", "f", "g", "h"];
    Call {
        group: learner.group(NAMES[group]).expect("few groups"),
        chain,
        estimate: None,
        base: BASE,
        limit: None,
    }
}

/// Lengths in order: all that there is to know of how long calls are.
pub(crate) struct Lengths(Vec<f64>);

impl Lengths {
    pub(crate) fn new(mut lengths: Vec<f64>) -> Self {
        lengths.sort_by(f64::total_cmp);
        Self(lengths)
    }

    /// The length that as many are longer than may be.
    pub(crate) fn quantile(&self) -> f64 {
        let n_longer = Tokens::new(self.0.len() as u64).scaled_by(TARGET).get();
        self.0[self.0.len() - 1 - usize::try_from(n_longer).unwrap_or(0)]
    }

    /// How many there are, and how many of them are longer.
    pub(crate) fn beyond(&self, length: f64) -> [u64; 2] {
        let n_within = self.0.partition_point(|one| *one <= length);
        [self.0.len(), self.0.len() - n_within].map(|n| n as u64)
    }

    pub(crate) fn get(&self) -> &[f64] {
        &self.0
    }
}

/// What came of one repeat.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    n_calls: u64,
    logs: f64,
    /// Calls, and those cut off.
    by_group: [[u64; 2]; N_GROUPS],
}

impl Seen {
    /// Calls of a group at one ceiling, those of them that it cuts off, and the logarithm of it over the quantile.
    pub(crate) fn add(&mut self, group: usize, [n_calls, n_cut]: [u64; 2], log_ratio: f64) {
        self.n_calls += n_calls;
        self.logs += log_ratio * Tokens::new(n_calls).as_f64();
        self.by_group[group][0] += n_calls;
        self.by_group[group][1] += n_cut;
    }

    fn rate(&self) -> f64 {
        let n_cut = self.by_group.iter().map(|[_, n_cut]| n_cut).sum();
        share(n_cut, self.n_calls)
    }

    fn rates(&self) -> impl Iterator<Item = f64> {
        let groups = self.by_group.iter();
        groups.map(|[n_calls, n_cut]| share(*n_cut, *n_calls))
    }

    fn worst(&self) -> f64 {
        self.rates().fold(0.0, f64::max)
    }

    /// The share of groups of which more than twice as many are cut off as may be.
    fn far_off(&self) -> f64 {
        let n_far_off = self.rates().filter(|rate| *rate > 2.0 * TARGET).count();
        share(n_far_off as u64, N_GROUPS as u64)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    Tokens::new(part).as_f64() / Tokens::new(whole.max(1)).as_f64()
}

/// A row of what came of all repeats, under two names.
pub(crate) fn row(table: &mut String, [first, second]: [&str; 2], repeats: &[Seen]) {
    let mean = |part: &dyn Fn(&Seen) -> f64| {
        let n = Tokens::new(repeats.len().max(1) as u64).as_f64();
        repeats.iter().map(part).sum::<f64>() / n
    };
    let above = |rate: f64| mean(&|seen| f64::from(u8::from(seen.rate() > rate)));
    let ratio = mean(&|seen| seen.logs / Tokens::new(seen.n_calls.max(1)).as_f64()).exp();
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let _ = writeln!(
        table,
        "| {first} | {second} | {} | {} | {} | {} | {} | {ratio:.3} |",
        percent(mean(&Seen::rate)),
        percent(above(TARGET)),
        percent(above(1.25 * TARGET)),
        percent(mean(&Seen::far_off)),
        percent(mean(&Seen::worst)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_shares_by_hand() {
        let lengths = Lengths::new((1_u32..=100).rev().map(f64::from).collect());
        assert_eq!(lengths.quantile().to_bits(), 98_f64.to_bits());
        assert_eq!(lengths.beyond(98.0), [100, 2]);
        assert_eq!(lengths.beyond(98.5), [100, 2]);
        let mut seen = Seen::default();
        seen.add(0, [100, 2], 0.0);
        seen.add(1, [100, 5], 1.0);
        for group in 2..N_GROUPS {
            seen.add(group, [100, 0], 0.0);
        }
        let mut table = String::new();
        row(&mut table, ["a", "b"], &[seen]);
        assert_eq!(
            table,
            "| a | b | 0.88 % | 0.00 % | 0.00 % | 12.50 % | 5.00 % | 1.133 |\n"
        );
    }
}
