//! The words of what reasons are made of.

use std::fmt;

use super::{FloorApplied, NotSized};
use crate::estimate::EstimateModel;
use crate::policy::LearnedFrom;

impl fmt::Display for LearnedFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its group")?;
        if let Some(level) = self.level {
            write!(f, " {}", level.words())?;
        }
        match self.relative {
            Some((ceiling, relative)) => write!(f, " ({ceiling} {relative})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for EstimateModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overhead { overhead, marginal } => {
                write!(
                    f,
                    "overhead model: ({overhead} overhead + {marginal} deliverables)"
                )
            }
            Self::DocSynthesis {
                investigate,
                writing,
            } => {
                write!(
                    f,
                    "documentation synthesis: ({investigate} to find out + {writing} to write)"
                )
            }
            Self::SotUpdate { context, entries } => {
                write!(
                    f,
                    "source-of-truth update: ({context} context + {entries} entries)"
                )
            }
        }
    }
}

impl fmt::Display for NotSized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherProvider => "sizing floors belong to the anthropic builder",
            Self::NoRule => "no sizing rule matches",
            Self::Learned => "the budget was learned from calls of this group",
        })
    }
}

impl fmt::Display for FloorApplied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSelectedBudget => "there is no selected budget",
            Self::NoCategory => "no category was given",
            Self::BudgetAtFloor => "the selected budget is no lower than the floor",
            Self::NotDocsLike => "the category is not docs-like",
            Self::Always => "the policy spares no category",
        })
    }
}
