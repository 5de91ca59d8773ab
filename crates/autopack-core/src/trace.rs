//! The trace of a decision: every step from nothing to the ceiling, with its reason.
//!
//! Reasons are data until somebody reads them; only then do they become words.

mod words;

use std::fmt;

use crate::budget::BufferRule;
use crate::estimate::EstimateModel;
use crate::phase::Complexity;
use crate::policy::LearnedFrom;
use crate::tokens::Tokens;

/// The name of a step, in the order in which steps are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepName {
    /// The predicted output tokens.
    Estimate,
    /// The estimate times what calibration learned about its cell.
    Multiplier,
    /// The estimate times the buffer.
    Buffer,
    /// At least the base of the cell; the outcome is the selected budget.
    Base,
    /// What calibration learned of the budget of its group.
    Learned,
    /// At most the policy's largest budget.
    BudgetLimit,
    /// The number the ceiling starts from.
    Start,
    /// Floors for lockfiles, deployment, frontend and backend.
    SizingFloor,
    /// The provider's floor in special modes.
    SpecialModeFloor,
    /// At least the selected budget.
    P4Enforcement,
    /// Room above a thinking budget that counts inside the ceiling.
    ProviderContract,
    /// At most what the model can write.
    ModelLimit,
    /// A larger ceiling after a truncation.
    Escalation,
    /// At most what the provider says the model writes, when it refused more.
    ProviderLimit,
}

impl StepName {
    /// The name in traces and telemetry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Estimate => "estimate",
            Self::Multiplier => "multiplier",
            Self::Buffer => "buffer",
            Self::Base => "base",
            Self::Learned => "learned",
            Self::BudgetLimit => "budget_limit",
            Self::Start => "start",
            Self::SizingFloor => "sizing_floor",
            Self::SpecialModeFloor => "special_mode_floor",
            Self::P4Enforcement => "p4_enforcement",
            Self::ProviderContract => "provider_contract",
            Self::ModelLimit => "model_limit",
            Self::Escalation => "escalation",
            Self::ProviderLimit => "provider_limit",
        }
    }
}

/// One step: the number before it, the number after it, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Which step.
    pub name: StepName,
    /// The number before; `None` for the first step.
    pub before: Option<Tokens>,
    /// The number after.
    pub after: Tokens,
    /// Why.
    pub reason: Reason,
}

/// The steps of one decision, each beginning where the one before it ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace(Vec<Step>);

/// A trace has at most this many steps: each name once, and two more sizing floors.
const MAX_STEPS: usize = 16;

impl Trace {
    /// An empty trace with room for every step.
    #[must_use]
    pub(crate) fn new() -> Self {
        Self(Vec::with_capacity(MAX_STEPS))
    }

    /// Adds a step from where the trace stands to `after`.
    pub(crate) fn record(&mut self, name: StepName, after: Tokens, reason: Reason) {
        let before = self.0.last().map(|step| step.after);
        self.0.push(Step {
            name,
            before,
            after,
            reason,
        });
    }

    /// The steps, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

/// Why a step came out as it did. `Display` says it in words.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the words of `Display` say what each is")]
pub enum Reason {
    Estimated {
        model: EstimateModel,
        safety_factor: f64,
    },
    Multiplied {
        factor: f64,
    },
    Buffered {
        factor: f64,
        rule: BufferRule,
    },
    Base {
        base: Tokens,
        raised: bool,
    },
    LearnedExactly {
        from: LearnedFrom,
    },
    LearnedAtLeast {
        ceiling: Tokens,
        raised: bool,
        from: LearnedFrom,
    },
    BudgetLimit,
    CallerCeiling,
    SelectedBudget,
    Fallback {
        complexity: Complexity,
    },
    NotSized {
        why: NotSized,
    },
    ManifestInScope {
        floor: Tokens,
    },
    HeavyCategory {
        floor: Tokens,
    },
    WideBackend {
        floor: Tokens,
    },
    FloorApplied {
        floor: Tokens,
        why: FloorApplied,
    },
    FloorNotConsidered,
    LearnedKept,
    IntendedBudgetKept {
        floor: Tokens,
    },
    AtLeastSelected {
        selected: Tokens,
    },
    NothingSelected,
    ThinkingInside {
        budget: Tokens,
    },
    ThinkingGivesWay {
        asked: Tokens,
        sent: Option<Tokens>,
    },
    WithinLimit {
        limit: Tokens,
    },
    AboveLimit {
        limit: Tokens,
    },
    Escalated {
        factor: f64,
    },
    Refused {
        limit: Tokens,
    },
}

/// Why no sizing floor applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSized {
    /// The floors are the Anthropic builder's.
    OtherProvider,
    /// No rule matched.
    NoRule,
    /// The budget was learned, from calls of just these kinds.
    Learned,
}

/// Why the special-mode floor applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloorApplied {
    /// There is no selected budget to keep.
    NoSelectedBudget,
    /// The caller gave no category to keep a low budget for.
    NoCategory,
    /// The selected budget is no lower than the floor.
    BudgetAtFloor,
    /// The caller's category is not of the documentation family.
    NotDocsLike,
    /// The policy applies the floor always.
    Always,
}

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
            Self::LearnedExactly { from } => {
                write!(f, "learned from the lengths of {from}")
            }
            Self::LearnedAtLeast {
                ceiling,
                raised,
                from,
            } => needs(f, *ceiling, *raised, *from),
            Self::BudgetLimit => f.write_str("the largest budget the policy selects"),
            Self::CallerCeiling => f.write_str("the caller's own ceiling"),
            Self::SelectedBudget => f.write_str("the selected budget"),
            Self::Fallback { complexity } => fallback(f, *complexity),
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

fn fallback(f: &mut fmt::Formatter<'_>, complexity: Complexity) -> fmt::Result {
    write!(
        f,
        "nothing to estimate from: the fallback for {complexity} complexity"
    )
}

fn needs(
    f: &mut fmt::Formatter<'_>,
    ceiling: Tokens,
    raised: bool,
    from: LearnedFrom,
) -> fmt::Result {
    if raised {
        write!(f, "raised to {ceiling}: {from} was cut off too often")
    } else {
        write!(f, "above what {from} needs, {ceiling}")
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
