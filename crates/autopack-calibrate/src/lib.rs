//! What telemetry teaches, without I/O: calls go in, a [`Proposal`] with its evidence comes out, and
//! becomes a policy.
//!
//! Each method is a module: [`ratio`] is the one of the Python Autopack, [`learned`] learns ceilings for
//! a stated truncation rate, call by call, and [`quantile`] proposes them for a policy, with what is certain of
//! them. The first is a visitor: it is
//! handed calls one by one, says at the end of a pass whether it has to see the same calls again, and
//! keeps no more of them than a named constant says. It does not know where they come from.
//!
//! Pure: no clock, file, socket, environment or random source. Counts are output tokens as the
//! provider reports them; ratios are fractions.
//!
//! ```
//! use autopack_calibrate::ratio::{RatioCalibrator, RatioSettings, Sample};
//! use autopack_calibrate::{Damping, Pass};
//! use autopack_core::{Category, Complexity, Policy, Tokens};
//!
//! let sample = Sample {
//!     category: &Category::Docs,
//!     complexity: Complexity::Low,
//!     predicted_output_tokens: Some(Tokens::new(2600)),
//!     actual_output_tokens: Some(Tokens::new(1820)),
//!     selected_budget: Some(Tokens::new(4096)),
//!     actual_max_tokens: Some(Tokens::new(4096)),
//! };
//! let mut calibrator = RatioCalibrator::new(RatioSettings::default());
//! loop {
//!     for _ in 0..12 {
//!         calibrator.read(&sample);
//!     }
//!     if calibrator.end_pass() == Pass::Done {
//!         break;
//!     }
//! }
//! let calibration = calibrator.finish()?;
//! let proposal = calibration.proposal();
//! let parent = Policy::build_142();
//! let policy = proposal.policy(&parent, "build-142.1", "2026-11-24", Damping::Linear)?;
//! let multiplier = &policy.numbers().estimate.multiplier;
//! assert_eq!(multiplier.of(&Category::Docs, Complexity::Low), Some(0.7));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod backtest;
mod cell;
mod economics;
pub mod learned;
mod proposal;
pub mod quantile;
pub mod ratio;
pub mod replay;
mod residuals;
mod stage;

pub use autopack_stats::Pass;
pub use cell::Cell;
pub use economics::{Aim, CutCosts};
pub use proposal::{Basis, Change, Damping, Effect, Evidence, Proposal, ProposalError};
pub use stage::{Arm, GroupArms, SequentialRule, StageCalls, StageRule, Verdict};
