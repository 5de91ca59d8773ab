//! A gateway before the providers: any client of Anthropic, OpenAI or Gemini gets right-sized ceilings
//! and telemetry by changing its base URL.
//!
//! A call walks through these rooms: `front` (is it a call?) → `route` (which server, which dialect) → `keys` (who
//! may) → `service` (reads the request) → `decide` (what becomes of its ceiling) → `relay` (sends it past
//! `admission`, and again up the `ladder` where it was cut off at a ceiling of ours; hands the reply on) → `call`
//! (its row) → `recorder` → `decide/pupil` learns from it, `keep` keeps what was learned. `server` listens,
//! `metrics` counts, `api` tells, `error` answers where no provider can.
//!
//! No harm is the rule: no byte of a request changes but its ceiling, a client's own ceiling is never
//! raised, nobody sees a reply cut off that would have been whole, and what cannot be decided goes
//! through as it came.

mod admission;
mod api;
mod call;
mod config;
mod decide;
mod error;
mod front;
mod gateway;
mod headers;
mod hex;
mod keep;
mod keys;
mod ladder;
mod limits;
mod lookout;
mod metrics;
mod past;
mod recorder;
mod relay;
mod reload;
mod route;
mod server;
mod service;

pub use admission::{Allowed, Counting};
pub use call::ClosedRow;
pub use config::{Config, KeyOf, Modes, Upstream};
pub use decide::{LearningCounts, Lesson, Mode, PastCall, UnknownMode};
pub use gateway::Gateway;
pub use keep::Remembered;
pub use keys::{KeyHash, Keys, NoHash, VirtualKey};
pub use recorder::{NoRecorder, Recorder, RowCounts, StoreRecorder};
pub use reload::{ConfigSource, NotReloaded, Reread};
pub use server::{Limits, serve};
pub use service::MAX_BODY_BYTES;
