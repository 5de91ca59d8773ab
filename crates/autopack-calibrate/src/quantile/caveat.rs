//! What has to be said of a figure, in words.

use std::fmt;

use autopack_core::Tokens;
use autopack_core::policy::Relative;

/// What has to be said of a group and its proposal.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Caveat {
    /// Nobody knows how long its answers are: all were cut off.
    AllCutOff {
        /// How many.
        n_calls: u64,
    },
    /// All answers that ended are of the same length.
    NoSpread {
        /// How many.
        n_calls: u64,
    },
    /// The longest were cut off, so that the ceiling that the target takes is not known.
    Unresolved {
        /// The highest ceiling that was tried.
        highest: Tokens,
    },
    /// A lower ceiling would do, and is not certain enough.
    NotCertified {
        /// The ceiling that was fitted.
        fitted: Tokens,
    },
    /// A lower ceiling would do for all its calls, and is not certain enough for those that finer groups
    /// leave to it.
    LeftWithTooFew {
        /// The ceiling that was fitted.
        fitted: Tokens,
    },
    /// The row around it is lowered, and its own calls ask for the ceiling in use.
    Held,
    /// Its lengths go with the estimate, and so do its ceilings.
    GoesWithTheEstimate {
        /// How.
        relative: Relative,
    },
    /// Calls were cut off that no ceiling would have let end.
    Runaways {
        /// How many.
        n_runaways: u64,
        /// Of how many calls.
        n_calls: u64,
    },
    /// It was to be lowered further than one step goes.
    HeldByStep,
    /// It was to be lowered below what the last calls came to.
    HeldByRecent {
        /// The longest of them.
        longest: Tokens,
    },
    /// It was to be raised further than the policy goes.
    HeldByLimit {
        /// The policy's largest budget.
        limit: Tokens,
    },
}

/// In percent, as people read it.
const PERCENT: f64 = 100.0;

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::AllCutOff { n_calls } => write!(
                f,
                "all {n_calls} calls were cut off, so nobody knows how long answers are: raise the ceiling by hand"
            ),
            Self::NoSpread { n_calls } => write!(
                f,
                "all {n_calls} answers that ended are of one length, which says nothing of longer ones"
            ),
            Self::Unresolved { highest } => write!(
                f,
                "the longest were cut off, and no ceiling above {highest} was tried: twice that shows more"
            ),
            Self::NotCertified { fitted } => {
                write!(f, "about {fitted} would do, and that is not certain enough")
            }
            Self::LeftWithTooFew { fitted } => write!(
                f,
                "about {fitted} would do for all of it, and that is not certain enough for the calls that finer groups leave to it"
            ),
            Self::Held => f.write_str(
                "the group around it is lowered, and its own calls ask for the ceiling in use",
            ),
            Self::Runaways {
                n_runaways,
                n_calls,
            } => {
                #[expect(clippy::cast_precision_loss, reason = "counts of calls")]
                let share = PERCENT * n_runaways as f64 / n_calls as f64;
                write!(
                    f,
                    "{n_runaways} of {n_calls} calls ({share:.1} %) were cut off as no ceiling mends"
                )
            }
            Self::GoesWithTheEstimate { relative } => write!(
                f,
                "its lengths go with the estimate: all of this is {relative}"
            ),
            Self::HeldByStep => {
                f.write_str("held at half the ceiling in use: no step goes further")
            }
            Self::HeldByRecent { longest } => write!(
                f,
                "held a quarter above the longest of the last calls, {longest}, while there are few"
            ),
            Self::HeldByLimit { limit } => {
                write!(f, "held at {limit}, the largest budget of the policy")
            }
        }
    }
}
