//! Reads samples one by one, in one pass or a few, and works the figures out.

use autopack_core::{Category, Complexity};
use autopack_stats::Pass;

use super::gathering::Gathering;
use super::sample::{Exclusion, Exclusions, Sample, Usable};
use super::{RatioCalibration, RatioSettings};
use crate::cell::Cell;

/// The most numbers that are kept at once, of eight bytes each: 32 MB, enough for the ratios and the
/// wastes of two million samples in one pass. What is more takes a second pass, and no more memory.
pub const MAX_KEPT: usize = 4_000_000;

/// The most cells that are kept apart. A category is a kind of work, of which there are some dozens;
/// whoever has thousands gave each phase a category of its own.
pub const MAX_CELLS: usize = 10_000;

/// Why there are no figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RatioError {
    /// A later pass showed other samples than the first.
    #[error("the calls changed while they were read: try again")]
    Changed,
}

/// The method at work. [`read`](Self::read) every sample, then [`end_pass`](Self::end_pass); while
/// that says [`Pass::Again`], read the same samples once more; then [`finish`](Self::finish).
#[derive(Debug)]
pub struct RatioCalibrator {
    settings: RatioSettings,
    /// In order of the cells.
    gatherings: Vec<Gathering>,
    exclusions: Exclusions,
    is_first_pass: bool,
    max_kept: usize,
    /// How many numbers are kept, at most.
    n_kept: usize,
}

impl RatioCalibrator {
    /// A calibrator that has seen nothing.
    #[must_use]
    pub const fn new(settings: RatioSettings) -> Self {
        Self {
            settings,
            gatherings: Vec::new(),
            exclusions: Exclusions::NONE,
            is_first_pass: true,
            max_kept: MAX_KEPT,
            n_kept: 0,
        }
    }

    /// The same, keeping at most so many numbers.
    #[cfg(test)]
    const fn keeping(settings: RatioSettings, max_kept: usize) -> Self {
        let mut calibrator = Self::new(settings);
        calibrator.max_kept = max_kept;
        calibrator
    }

    /// Takes a sample in.
    pub fn read(&mut self, sample: &Sample<'_>) {
        match Usable::of(sample, self.settings.min_output_tokens) {
            Ok(usable) => self.gather(sample.category, sample.complexity, &usable),
            Err(exclusion) => self.exclude(exclusion),
        }
    }

    fn exclude(&mut self, exclusion: Exclusion) {
        if self.is_first_pass {
            self.exclusions.count(exclusion);
        }
    }

    fn gather(&mut self, category: &Category, complexity: Complexity, sample: &Usable) {
        let found = self
            .gatherings
            .binary_search_by(|gathering| gathering.cell.cmp_parts(category, complexity));
        match found {
            Ok(place) if self.is_first_pass => self.gatherings[place].add(sample),
            Ok(place) => self.gatherings[place].select(sample),
            Err(_) if self.gatherings.len() == MAX_CELLS => {
                return self.exclude(Exclusion::TooManyCells);
            }
            // No cell comes up for the first time in a later pass.
            Err(_) if !self.is_first_pass => return,
            Err(place) => {
                let mut gathering = Gathering::new(Cell {
                    category: category.clone(),
                    complexity,
                });
                gathering.add(sample);
                self.gatherings.insert(place, gathering);
            }
        }
        self.make_room();
    }

    /// Sees to it that no more is kept than may be, half of it at least free when it was too much.
    fn make_room(&mut self) {
        // One sample adds a ratio and at most two wastes: one for each rank that is looked for.
        self.n_kept += 3;
        if self.n_kept <= self.max_kept {
            return;
        }
        self.n_kept = self.gatherings.iter().map(Gathering::n_kept).sum();
        if self.n_kept <= self.max_kept {
            return;
        }
        let mut largest: Vec<&mut Gathering> = self.gatherings.iter_mut().collect();
        largest.sort_by_key(|gathering| std::cmp::Reverse(gathering.n_kept()));
        for gathering in largest {
            if self.n_kept <= self.max_kept / 2 {
                break;
            }
            self.n_kept -= gathering.n_kept();
            gathering.shrink();
        }
    }

    /// Ends a pass.
    pub fn end_pass(&mut self) -> Pass {
        self.is_first_pass = false;
        self.n_kept = 0;
        let min_samples = self.settings.min_samples;
        let mut pass = Pass::Done;
        for gathering in &mut self.gatherings {
            let ended = gathering.end_pass();
            if ended == Pass::Again && gathering.n_samples() >= min_samples {
                pass = Pass::Again;
            }
        }
        pass
    }

    /// The figures.
    ///
    /// # Errors
    /// [`RatioError::Changed`] where passes were not alike, or one is missing.
    pub fn finish(self) -> Result<RatioCalibration, RatioError> {
        let mut calibration = RatioCalibration {
            settings: self.settings,
            cells: Vec::new(),
            too_small: Vec::new(),
            n_samples: 0,
            n_with_ceiling: 0,
            exclusions: self.exclusions,
        };
        for gathering in self.gatherings {
            let n_samples = gathering.n_samples();
            calibration.n_samples += n_samples;
            calibration.n_with_ceiling += gathering.n_with_ceiling();
            if n_samples < self.settings.min_samples {
                calibration.too_small.push((gathering.cell, n_samples));
            } else {
                let figures = gathering.figures().ok_or(RatioError::Changed)?;
                calibration.cells.push(figures);
            }
        }
        Ok(calibration)
    }
}

#[cfg(test)]
mod tests;
