//! The statistics behind reports and calibration, without I/O: exact binomial intervals and tails,
//! sample quantiles, moments, elements by rank of streams too long to keep, survival curves of lengths that were
//! partly cut off, evidence that may be looked at after every call, and how far figures of clusters may be off.
//!
//! Pure: no clock, no randomness but what follows from a seed. Rates are fractions, 0 to 1.

mod beta;
mod binomial;
mod bootstrap;
mod count;
mod evidence;
mod moments;
mod pinball;
mod sample;
mod selection;
pub mod survival;

pub use beta::{beta_below, binomial_at_least, binomial_at_most};
pub use binomial::{Interval, exact_interval, exact_upper_bound};
pub use bootstrap::ClusterBootstrap;
pub use evidence::{RateCusum, RateEvidence, RateHypothesis};
pub use moments::Moments;
pub use pinball::pinball_loss;
pub use sample::Sample;
pub use selection::{Pass, Rank, Selection};
pub use survival::{Survival, SurvivalSketch};
