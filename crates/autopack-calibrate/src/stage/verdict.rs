//! What is to be done with a stage.

use std::fmt;

/// What is to be done with a stage. Rates are fractions, 0 to 1.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is not seen to be worse, and not yet seen to be good enough.
    Open {
        /// What its truncation rate may be.
        may_be: f64,
        /// How many more calls it takes, if none of them is cut off; `None` where no number that is
        /// practical is enough.
        n_more: Option<u64>,
    },
    /// It is seen to be good enough.
    Promote {
        /// What its truncation rate may be.
        may_be: f64,
    },
    /// It is seen to cut off too much, and more than the current policy.
    Revert {
        /// What its truncation rate may be.
        may_be: f64,
        /// How many times better its calls are explained by a higher rate.
        evidence: f64,
        /// The group that is seen to; `None` where all calls together are.
        group: Option<String>,
    },
}

impl Verdict {
    /// The word for it: `keep watching`, `promote` or `revert`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open { .. } => "keep watching",
            Self::Promote { .. } => "promote",
            Self::Revert { .. } => "revert",
        }
    }
}

/// In percent, as people read it.
const PERCENT: f64 = 100.0;
/// Evidence above this is told by its power of ten.
const TOLD_WHOLE: f64 = 1e6;

impl fmt::Display for Verdict {
    /// The reason.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { may_be, n_more } => {
                write!(
                    f,
                    "it is not seen to cut off more than the {} % that it may, nor yet less",
                    PERCENT * may_be
                )?;
                match n_more {
                    Some(n_more) => write!(f, ": {n_more} more staged calls if none is cut off"),
                    None => Ok(()),
                }
            }
            Self::Promote { may_be } => {
                write!(
                    f,
                    "it cuts off less than the {} % that it may",
                    PERCENT * may_be
                )
            }
            Self::Revert {
                may_be,
                evidence,
                group,
            } => {
                let whom = group.as_deref().map(|name| format!(" of {name}"));
                write!(
                    f,
                    "it cuts off more{} than the {} % that it may, and more than the current policy (evidence ",
                    whom.unwrap_or_default(),
                    PERCENT * may_be
                )?;
                if *evidence < TOLD_WHOLE {
                    write!(f, "{evidence:.0} to 1)")
                } else {
                    write!(f, "{evidence:.0e} to 1)")
                }
            }
        }
    }
}
