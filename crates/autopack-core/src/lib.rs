//! The decisions of Autopack, without I/O.
//!
//! A [`Phase`] goes in, with a [`Policy`], a [`Workspace`] and a [`Target`]; a [`Decision`] comes
//! out: the prediction, the selected budget (intent), the ceiling that goes on the wire, and the
//! trace of every step between them.
//!
//! Pure: this crate reads no clock, file, socket, environment or random source, and its
//! `clippy.toml` holds it to that. Counts are output tokens as the provider reports them; ratios
//! are fractions.
//!
//! ```
//! use autopack_core::{CallFacts, Policy, Phase, Provider, Question, Target, Tokens, EmptyWorkspace, decide};
//!
//! let phase = Phase {
//!     category: autopack_core::Category::canonical("docs"),
//!     complexity: autopack_core::Complexity::Low,
//!     deliverables: ["docs/installation_steps.md"].iter().collect(),
//!     ..Phase::default()
//! };
//! let decision = decide(Question {
//!     phase: &phase,
//!     policy: &Policy::build_142(),
//!     workspace: &EmptyWorkspace,
//!     context: None,
//!     target: Target {
//!         provider: Provider::OpenAi,
//!         model_limit: Tokens::new(128_000),
//!         thinking_budget: None,
//!     },
//!     facts: CallFacts::default(),
//! });
//! assert_eq!(decision.actual_max_tokens, Tokens::new(4096));
//! ```

mod budget;
mod call_facts;
mod catalogue;
mod ceiling;
mod decision;
mod economics;
mod escalation;
mod estimate;
mod hash;
mod observation;
mod phase;
mod plan;
pub mod policy;
mod provider;
mod redecision;
mod sizing;
mod thinking;
mod tokens;
mod trace;
mod upstream;
mod waste;
mod workspace;

pub use budget::BufferRule;
pub use call_facts::{CallFacts, InputSize, Level};
pub use catalogue::{
    BadEntry, Catalogue, CeilingParameter, Lookup, ModelEntry, ThinkingControl, UnknownCeiling,
};
pub use ceiling::Target;
pub use decision::{Decision, Question, Warning, decide};
pub use economics::{Burndown, CeilingCost, Economics, RouteEconomics};
pub use escalation::{BaseSource, Escalation, EscalationReason, Spent, escalate};
pub use estimate::{DocFeatures, Estimate, EstimateModel, Kind, estimate};
pub use observation::{Count, OutputObserved, Stop, StopReason, Usage};
pub use phase::{
    CallerCeiling, Category, Complexity, Deliverables, FULL_FILE, LARGE_REFACTOR, MAX_DELIVERABLES,
    Phase, PhaseDraft, ScopeDraft,
};
pub use plan::{MAX_PHASES, MAX_PLAN_BYTES, Plan, PlanError, PlanFormat, PlanOrder};
pub use policy::{Policy, PolicyChoice, PolicyDraft, PolicyError, PolicyNumbers};
pub use provider::{Provider, UnknownProvider};
pub use redecision::{LoggedDecision, LoggedStep, Redecision, Undecidable};
pub use sizing::{ContextFile, Sizing};
pub use thinking::{
    BadThinkingBudget, BadWish, Effort, LEAST_THINKING_BUDGET, Reconciled, ThinkingBudget,
    ThinkingSetting, ThinkingWish, reconcile,
};
pub use tokens::{MAX_CALLER_CEILING, Tokens};
pub use trace::{FloorApplied, NotSized, Reason, Step, StepName, Trace};
pub use upstream::{BadUpstreamName, UpstreamName};
pub use waste::{smape_percent, waste};
pub use workspace::{EmptyWorkspace, Found, Workspace};
