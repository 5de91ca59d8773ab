//! Telemetry in a database: what was intended, what was sent, what came back.
//!
//! A [`Store`] is opened on a [`DatabaseUrl`], takes one [`EstimationEvent`] for every call and one
//! [`EscalationEvent`] for every larger second attempt, and gives [`EstimationRow`]s and
//! [`EscalationRow`]s back to reports; [`Samples`] shows calls to calibrations. Tables and columns are
//! those of the Python Autopack, so that queries written for it go on working; what is new stands in
//! columns of its own. Beside them it keeps every [`PolicyVersion`], which of them was active since
//! when, and which were tried on a share of calls ([`PolicyHistory`]), and what learners know
//! ([`LearnerState`]).
//!
//! Units: counts are tokens as the provider reports them, timestamps are UTC, durations
//! milliseconds. Unknown is NULL, never zero. Prompts, replies and keys are never stored.
//!
//! Everything that knows SQL is in the module `sqlite`; the rest would serve another engine too.
//!
//! ```
//! use autopack_store::{DatabaseUrl, OpenMode, Store, StoreErrorKind};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
//! # runtime.block_on(async {
//! let url: DatabaseUrl = "sqlite:///no-such-folder/autopack.db".parse().unwrap();
//! let error = Store::open(&url, OpenMode::ReadOnly).await.unwrap_err();
//! assert_eq!(error.kind(), StoreErrorKind::Missing);
//! assert_eq!(
//!     error.to_string(),
//!     "no database at `no-such-folder/autopack.db`: run a plan first"
//! );
//! # });
//! ```

mod calls;
mod column;
mod decision;
mod error;
mod escalation;
mod estimation;
mod export;
mod import;
mod json;
mod learned;
mod learner;
mod migrate;
mod policy;
mod row;
mod samples;
mod sqlite;
mod steps;
mod store;
mod time;
mod url;

pub use calls::CallRow;
pub use decision::DecisionRow;
pub use error::{Cause, StoreError, StoreErrorKind};
pub use escalation::EscalationEvent;
pub use estimation::EstimationEvent;
pub use export::{ExportError, ExportFormat, Exported};
pub use import::{Assumed, ImportCount, ImportError, ImportReport, LogLine, Skipped, SourceFormat};
pub use learned::LearnedLimit;
pub use learner::LearnerState;
pub use migrate::{MigrateOptions, Migration, MigrationStep, Origin, migrate};
pub use policy::{
    Activation, ActivationKind, PolicyChange, PolicyHistory, PolicyVersion, Stage, StageEnd,
    StageOutcome, StageStart,
};
pub use row::{
    EscalationRow, EstimationRow, Filter, Identity, NextAttempt, OutcomeRow, ReadCount, TableSize,
};
pub use samples::{SampleCount, SampleFilter, SampleRow, SampleVisitor, Samples};
pub use steps::decision_steps_json;
pub use store::{BUSY_TIMEOUT, OpenMode, Store};
pub use url::{DatabaseUrl, UrlError};
