//! What the tests share.

mod database;
#[cfg(target_os = "linux")]
mod disk;
mod legacy;
mod sandbox;
mod server;
#[cfg(unix)]
mod serving;
mod simulator;

pub(crate) use database::Database;
#[cfg(target_os = "linux")]
pub(crate) use disk::on_disk;
pub(crate) use legacy::{LEGACY, SPLIT};
pub(crate) use sandbox::{Done, PATIENCE, Sandbox};
pub(crate) use server::{Request, Server, http_reply};
#[cfg(unix)]
pub(crate) use serving::Serving;
pub(crate) use simulator::Simulator;

/// A plan of one documentation phase of low complexity: estimated low, sent with 4096.
pub(crate) const ONE_PHASE: &str = r#"
[[phases]]
phase_id = "guide"
task_category = "docs"
complexity = "low"
description = "Write a short guide."
deliverables = ["docs/guide.md"]
"#;

/// The path of a file in the examples folder.
pub(crate) fn example(name: &str) -> String {
    format!("{}/../../examples/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// An address of this machine where nobody listens: no test is ever given a port as low as that.
pub(crate) const NOWHERE: &str = "http://127.0.0.1:1";
