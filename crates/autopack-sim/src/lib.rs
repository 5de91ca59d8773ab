//! A deterministic simulator of the providers' APIs, on loopback.
//!
//! It speaks four dialects, whole and streamed: Anthropic Messages, `OpenAI` Chat Completions and
//! Responses, and Gemini `generateContent`; with tools, structured output, thinking, token counts
//! and lists of models. It is for tests, demos and benches, so the same [`Scenario`], seed and
//! request give the same bytes: ids are hashes, timestamps are one constant. Which phase and attempt
//! a request belongs to is said by the request itself, in [`PHASE_HEADER`] and [`ATTEMPT_HEADER`],
//! and [`FAULT_HEADER`] has something go wrong; through a gateway of ours they are called `x-sim-phase`,
//! `x-sim-attempt` and `x-sim-fault`. Memory between requests is kept only where a scenario asks for
//! it: a quota that fills up by the clock, and lists of faults for clients that do not say their
//! attempt.
//!
//! A request is read, answered and written in three steps: a dialect's `request` takes out what
//! matters, `service` and `reply` decide what comes back without knowing the dialect, and the
//! dialect's `whole` or `stream` gives it its form, which `delivery` sends at the pace and with the
//! damage that the scenario wants. This crate reads the providers' pages by itself and shares no
//! code with the client side, so that neither hides the other's mistakes; `tests/sdk` drives it with
//! the providers' own clients.
//!
//! ```
//! use autopack_core::Catalogue;
//! use autopack_sim::{Scenario, Simulator};
//!
//! let scenario = Scenario::parse("output_tokens = 1200")?;
//! let simulator = Simulator { scenario, seed: 7, catalogue: Catalogue::embedded() };
//! let router = simulator.router();
//! # let _ = router;
//! # Ok::<(), autopack_sim::ScenarioError>(())
//! ```

mod answer;
mod anthropic;
mod call;
mod ceiling;
mod delivery;
mod fault;
mod fingerprint;
mod gemini;
mod http;
mod incoming;
mod json;
mod key;
mod lengths;
mod models;
mod openai;
mod prompt;
mod quota;
mod reply;
mod scenario;
mod schema;
mod server;
mod service;
mod text;
mod tools;

pub use call::{ATTEMPT_HEADER, FAULT_HEADER, PHASE_HEADER};
pub use scenario::{MAX_SCRIPTED_TOKENS, Scenario, ScenarioError};
pub use server::{MAX_BODY_BYTES, Simulator, bind_loopback};
