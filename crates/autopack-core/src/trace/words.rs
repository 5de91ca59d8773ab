//! The words of what reasons are made of.

use std::borrow::Cow;
use std::fmt;

use super::{FloorApplied, NotSized};
use crate::call_facts::Level;
use crate::estimate::EstimateModel;

/// The group that something was learned of.
pub(super) fn group(level: Option<Level>) -> Cow<'static, str> {
    match level {
        None => "its group".into(),
        Some(level) => format!("its group {}", level.words()).into(),
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
