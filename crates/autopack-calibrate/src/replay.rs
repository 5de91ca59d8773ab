//! What another policy would have done to calls that were made.
//!
//! The length of an answer does not depend on a ceiling that did not cut it, so most calls tell exactly
//! what would have become of them. Of one that was cut off, a later attempt of its chain tells how long it is. Only
//! where none does, and the call would have had a larger ceiling, nobody knows more than that it is longer than the
//! one it had: whatever rests on it has two bounds. What cannot be taken again is refused with a [`Refusal`], and
//! counted.
//!
//! How far it might have come out otherwise is told by runs ([`Differences`]): calls of one run are alike, and no
//! independent trials.

mod call;
mod chains;
mod differences;
mod figures;
mod logged;
mod names;

use std::collections::BTreeMap;

use autopack_stats::SurvivalSketch;

use crate::Cell;
use crate::backtest::Economics;
use call::{Length, ReplayedCall, Tally};
use chains::Chains;
use differences::ByRun;
use names::Names;

pub use differences::{Difference, Differences, LEVEL, N_RESAMPLES};
pub use figures::{Bounds, ENOUGH_CALLS, ReplayFigures, Side};
pub use logged::{End, LoggedCall, Refusal};

/// The most calls that are kept, the newest; of more, the older half is dropped. What is kept of each takes some forty
/// bytes, what figures are made of as much again, and of one that was cut off the name of its chain stays until all
/// of its answer has come.
pub const MAX_CALLS: usize = 2_000_000;
/// The most cells that are kept apart, for the same reason as groups of the quantile method.
pub const MAX_CELLS: usize = 10_000;

/// Takes calls in one by one, in order of time.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    cells: Names<Cell>,
    runs: Names<String>,
    calls: Vec<Kept>,
    chains: Chains,
    refusals: BTreeMap<Refusal, u64>,
}

/// What is kept of a call.
#[derive(Clone, Copy, Debug)]
struct Kept {
    cell: u32,
    run: u32,
    call: ReplayedCall,
}

/// What a replay came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// The figures of each cell, in order of their names.
    pub cells: Vec<(Cell, ReplayFigures)>,
    /// The figures of all calls; `None` where none could be replayed.
    pub total: Option<ReplayFigures>,
    /// How far the policies differ; `None` of fewer than [`ENOUGH_CALLS`].
    pub differences: Option<Differences>,
}

impl Replay {
    /// Takes a call of a cell in. Returns why it is left out, where it is. An attempt that is not the first is
    /// left out, and may tell how long the answer is that the first did not get to the end of.
    pub fn add(&mut self, cell: &Cell, logged: &LoggedCall<'_>) -> Option<Refusal> {
        let refusal = self.take(cell, logged).err()?;
        self.refuse(refusal, 1);
        Some(refusal)
    }

    /// Why calls were left out, and how many for each reason.
    #[must_use]
    pub const fn refusals(&self) -> &BTreeMap<Refusal, u64> {
        &self.refusals
    }

    fn refuse(&mut self, refusal: Refusal, n_calls: u64) {
        *self.refusals.entry(refusal).or_default() += n_calls;
    }

    fn take(&mut self, cell: &Cell, logged: &LoggedCall<'_>) -> Result<(), Refusal> {
        if !logged.is_first {
            if let Some((place, length)) = self.chains.go_on(logged) {
                self.calls[place].call.length = length;
            }
            return Err(Refusal::NotFirst);
        }
        let replayed = ReplayedCall::of(logged)?;
        let cell = self.cells.number(cell, MAX_CELLS);
        let cell = cell.ok_or(Refusal::TooManyCells)?;
        if self.calls.len() >= MAX_CALLS {
            self.make_room();
        }
        let run = self.runs.number(logged.run, MAX_CALLS);
        let run = run.ok_or(Refusal::TooOld)?;
        if matches!(replayed.length, Length::AtLeast(_)) {
            let place = self.calls.len();
            self.chains.begin(logged, replayed.ceiling, place);
        }
        self.calls.push(Kept {
            cell,
            run,
            call: replayed,
        });
        Ok(())
    }

    /// Drops the older half of the calls.
    fn make_room(&mut self) {
        let n_dropped = self.calls.len() / 2;
        self.calls.drain(..n_dropped);
        self.chains.forget_before(n_dropped);
        let runs = self.calls.iter().map(|kept| kept.run);
        self.runs.keep(&runs.collect());
        self.refuse(Refusal::TooOld, n_dropped as u64);
    }

    /// What it came to. What runs tell is drawn from `seed`.
    #[must_use]
    pub fn finish(&self, economics: Economics, seed: u64) -> Replayed {
        let cells = self.cells.in_order();
        let n_cells = cells.len();
        let mut lengths = vec![SurvivalSketch::default(); n_cells];
        for kept in &self.calls {
            kept.call.count_length(&mut lengths[kept.cell as usize]);
        }
        let curves: Vec<_> = lengths.iter().map(SurvivalSketch::survival).collect();
        let share_cut = |kept: &Kept| kept.call.share_cut(&curves[kept.cell as usize]);
        let mut tallies = vec![Tally::default(); n_cells];
        for kept in &self.calls {
            tallies[kept.cell as usize].add(&kept.call, share_cut(kept));
        }
        let figures = |(cell, number): (&Cell, u32)| {
            let figures = tallies[number as usize].figures(economics);
            Some((cell.clone(), figures?))
        };
        let cells = cells.into_iter().filter_map(figures).collect();
        drop(tallies);
        let (mut total, mut by_run) = (Tally::default(), ByRun::default());
        for kept in &self.calls {
            let share_cut = share_cut(kept);
            total.add(&kept.call, share_cut);
            by_run.add(kept.run, &kept.call, share_cut);
        }
        let is_enough = self.calls.len() as u64 >= ENOUGH_CALLS;
        Replayed {
            cells,
            total: total.figures(economics),
            differences: is_enough.then(|| by_run.differences(seed)).flatten(),
        }
    }
}

#[cfg(test)]
mod tests;
