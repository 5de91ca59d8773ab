//! The statistics behind reports, without I/O: exact binomial intervals and sample quantiles.
//!
//! Pure: no clock, no randomness. Rates are fractions, 0 to 1.

mod binomial;
mod sample;

pub use binomial::{Interval, exact_interval};
pub use sample::Sample;
