//! The statistics behind reports and calibration, without I/O: exact binomial intervals, Fisher's
//! exact test, sample quantiles, moments, and elements by rank of streams too long to keep.
//!
//! Pure: no clock, no randomness. Rates are fractions, 0 to 1.

mod binomial;
mod count;
mod fisher;
mod moments;
mod sample;
mod selection;

pub use binomial::{Interval, exact_interval};
pub use fisher::{Hits, fisher_exact};
pub use moments::Moments;
pub use sample::Sample;
pub use selection::{Pass, Rank, Selection};
