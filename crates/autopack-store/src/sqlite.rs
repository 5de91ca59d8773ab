//! Everything that knows SQLite, or SQL.

mod columns;
mod fault;
pub(crate) mod learned;
mod open;
mod read;
mod read_escalations;
mod recognise;
mod write;

pub(crate) use fault::Site;
pub(crate) use open::open;
pub(crate) use read::{for_each_estimation, identity};
pub(crate) use read_escalations::for_each_escalation;
pub(crate) use write::insert;
