//! Everything that knows SQLite, or SQL.

pub(crate) mod calls;
mod columns;
mod export;
mod fault;
mod import;
pub(crate) mod learned;
pub(crate) mod learners;
mod migrate;
mod open;
pub(crate) mod policies;
mod read;
mod read_decisions;
mod read_escalations;
mod read_outcomes;
mod recognise;
mod samples;
mod write;

pub(crate) use calls::for_each_call;
pub(crate) use export::write_table;
pub(crate) use fault::{Accepted, Site};
pub(crate) use import::{TakenIn, has_recorded, shapes, take_in};
pub(crate) use migrate::migrate;
pub(crate) use open::open;
pub(crate) use read::{for_each_estimation, identity, n_estimations_since};
pub(crate) use read_decisions::for_each_decision;
pub(crate) use read_escalations::for_each_escalation;
pub(crate) use read_outcomes::{for_each_outcome, newest_event_id};
pub(crate) use samples::{SampleColumns, read_samples};
pub(crate) use write::{check_writable, insert, insert_all, pause_with};

/// A name that may be anything, as SQL has it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
