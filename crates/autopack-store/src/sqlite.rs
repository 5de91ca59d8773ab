//! Everything that knows SQLite, or SQL.

mod columns;
mod fault;
pub(crate) mod learned;
mod open;
pub(crate) mod policies;
mod read;
mod read_escalations;
mod recognise;
mod samples;
mod write;

pub(crate) use fault::{Accepted, Site};
pub(crate) use open::open;
pub(crate) use read::{for_each_estimation, identity};
pub(crate) use read_escalations::for_each_escalation;
pub(crate) use samples::{SampleColumns, read_samples};
pub(crate) use write::insert;
