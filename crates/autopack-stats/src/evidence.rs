//! Evidence on a rate that may be looked at after every trial.
//!
//! An e-process starts at 1 and, while its hypothesis holds, is not expected to grow, whatever is
//! looked at and whenever one stops: the chance that it ever passes x is at most 1/x (Ville 1939).
//! Here each is a mean of likelihood ratios against alternatives that were fixed in advance.

mod cusum;
mod mixture;

pub use cusum::RateCusum;
pub use mixture::{RateEvidence, RateHypothesis};

/// The logarithm of the likelihood ratio of one trial: `rate` against `null`.
fn log_ratio(hit: bool, rate: f64, null: f64) -> f64 {
    if hit {
        (rate / null).ln()
    } else {
        ((1.0 - rate) / (1.0 - null)).ln()
    }
}
