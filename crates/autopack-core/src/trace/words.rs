//! How each step says its reason.

use std::fmt;

use super::{FloorApplied, NotSized, Reason};
use crate::estimate::EstimateModel;
use crate::tokens::Tokens;

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Estimated {
                model,
                safety_factor,
            } => write!(f, "{model} × {safety_factor}"),
            Self::Multiplied { factor } => {
                write!(f, "× {factor}: learned from the calls of this cell")
            }
            Self::Buffered { factor, rule } => write!(f, "× {factor}: {rule}"),
            Self::Base { base, raised: true } => {
                write!(f, "raised to the base of its cell, {base}")
            }
            Self::Base {
                base,
                raised: false,
            } => write!(f, "above the base of its cell, {base}"),
            Self::LearnedExactly => f.write_str("learned from the lengths of its group"),
            Self::LearnedAtLeast { ceiling, raised } => needs(f, *ceiling, *raised),
            Self::BudgetLimit => f.write_str("the largest budget the policy selects"),
            Self::CallerCeiling => f.write_str("the caller's own ceiling"),
            Self::SelectedBudget => f.write_str("the selected budget"),
            Self::Fallback { complexity } => {
                write!(
                    f,
                    "nothing to estimate from: the fallback for {complexity} complexity"
                )
            }
            Self::NotSized { why } => write!(f, "none: {why}"),
            Self::ManifestInScope { floor } => {
                write!(f, "a lockfile or manifest is in scope: at least {floor}")
            }
            Self::HeavyCategory { floor } => write!(f, "deployment or frontend: at least {floor}"),
            Self::WideBackend { floor } => write!(f, "backend over many paths: at least {floor}"),
            Self::FloorApplied { floor, why } => write!(f, "at least {floor}: {why}"),
            Self::FloorNotConsidered => {
                f.write_str("not considered: neither full_file nor large_refactor")
            }
            Self::LearnedKept => {
                f.write_str("none: the budget was learned from calls of this group")
            }
            Self::IntendedBudgetKept { floor } => write!(
                f,
                "not raised to {floor}: a docs-like phase keeps the low budget intended for it"
            ),
            Self::AtLeastSelected { selected } => {
                write!(f, "at least the selected budget, {selected}")
            }
            Self::NothingSelected => f.write_str("no selected budget to enforce"),
            Self::ThinkingInside { budget } => write!(
                f,
                "a thinking budget of {budget} counts inside the ceiling: room for the answer on top"
            ),
            Self::ThinkingGivesWay { asked, sent } => gives_way(f, *asked, *sent),
            Self::WithinLimit { limit } => write!(f, "within the model's limit of {limit}"),
            Self::AboveLimit { limit } => write!(f, "the model writes at most {limit}"),
            Self::Refused { limit } => {
                write!(f, "the provider refused more: it takes at most {limit}")
            }
            Self::Escalated { factor } => {
                write!(
                    f,
                    "× {factor}: the attempt before was cut off or did not fit"
                )
            }
        }
    }
}

fn needs(f: &mut fmt::Formatter<'_>, ceiling: Tokens, raised: bool) -> fmt::Result {
    if raised {
        write!(f, "raised to {ceiling}: its group was cut off too often")
    } else {
        write!(f, "above what its group needs, {ceiling}")
    }
}

fn gives_way(f: &mut fmt::Formatter<'_>, asked: Tokens, sent: Option<Tokens>) -> fmt::Result {
    write!(
        f,
        "a thinking budget of {asked} does not fit beside the answer: "
    )?;
    match sent {
        Some(sent) => write!(f, "lowered to {sent}"),
        None => f.write_str("no thinking"),
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
