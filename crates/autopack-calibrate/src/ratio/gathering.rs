//! A cell on the way: what is kept of its samples.

use autopack_core::Tokens;
use autopack_stats::{Moments, Pass, Rank, Selection};

use super::figures::{CellFigures, confidence};
use super::sample::Usable;
use crate::cell::Cell;

/// Sums of a cell, and the search for its medians.
#[derive(Debug)]
pub(super) struct Gathering {
    pub(super) cell: Cell,
    ratios: Selection,
    wastes: Selection,
    ratio_moments: Moments,
    actual: Sum,
    predicted: Sum,
    selected_budget: Sum,
    n_with_ceiling: u64,
}

/// A sum of token counts. Counts come from a database and may be anything up to 2^63.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    n: u64,
    total: u128,
}

impl Sum {
    fn add(&mut self, tokens: Tokens) {
        self.n += 1;
        self.total += u128::from(tokens.get());
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a mean in tokens needs no more digits than a double has"
    )]
    fn mean(self) -> Option<f64> {
        (self.n > 0).then(|| self.total as f64 / self.n as f64)
    }
}

impl Gathering {
    pub(super) fn new(cell: Cell) -> Self {
        Self {
            cell,
            ratios: Selection::new(&[Rank::UPPER_MEDIAN]),
            wastes: Selection::new(&[Rank::UPPER_MEDIAN, Rank::P90]),
            ratio_moments: Moments::default(),
            actual: Sum::default(),
            predicted: Sum::default(),
            selected_budget: Sum::default(),
            n_with_ceiling: 0,
        }
    }

    pub(super) const fn n_samples(&self) -> u64 {
        self.ratio_moments.len()
    }

    pub(super) const fn n_with_ceiling(&self) -> u64 {
        self.n_with_ceiling
    }

    pub(super) fn n_kept(&self) -> usize {
        self.ratios.n_kept() + self.wastes.n_kept()
    }

    /// Takes a sample in for the first time.
    pub(super) fn add(&mut self, sample: &Usable) {
        self.ratio_moments.add(sample.ratio());
        self.actual.add(sample.actual);
        self.predicted.add(sample.predicted);
        if let Some(budget) = sample.selected_budget {
            self.selected_budget.add(budget);
        }
        self.n_with_ceiling += u64::from(sample.actual_max_tokens.is_some());
        self.select(sample);
    }

    /// Looks at a sample, the first time or once more.
    pub(super) fn select(&mut self, sample: &Usable) {
        self.ratios.offer(sample.ratio());
        if let Some(waste) = sample.waste() {
            self.wastes.offer(waste);
        }
    }

    /// Keeps nothing any more, and counts instead.
    pub(super) fn shrink(&mut self) {
        self.ratios.shrink();
        self.wastes.shrink();
    }

    pub(super) fn end_pass(&mut self) -> Pass {
        match (self.ratios.end_pass(), self.wastes.end_pass()) {
            (Pass::Done, Pass::Done) => Pass::Done,
            _ => Pass::Again,
        }
    }

    /// The figures; `None` where the last pass was not like the first.
    pub(super) fn figures(self) -> Option<CellFigures> {
        let n_samples = self.n_samples();
        let ratio_deviation = self.ratio_moments.population_deviation()?;
        Some(CellFigures {
            n_samples,
            n_with_ceiling: self.n_with_ceiling,
            mean_actual_tokens: self.actual.mean()?,
            mean_predicted_tokens: self.predicted.mean()?,
            mean_selected_budget: self.selected_budget.mean(),
            median_ratio: self.ratios.element(Rank::UPPER_MEDIAN)?,
            ratio_deviation,
            confidence: confidence(n_samples, ratio_deviation),
            median_waste: self.wastes.element(Rank::UPPER_MEDIAN),
            p90_waste: self.wastes.element(Rank::P90),
            cell: self.cell,
        })
    }
}
