//! The command line from end to end: the real binary, in a folder of its own, offline.
//!
//! Outputs are snapshots of the whole: exit code, standard output, standard error.

#![expect(clippy::unwrap_used, reason = "what tests share fails as tests do")]

mod backtest;
mod bad_input;
mod bad_plan;
mod before_and_after;
mod building;
mod calibrate;
mod databases;
mod decide;
#[cfg(target_os = "linux")]
mod disks;
#[cfg(unix)]
mod docs;
mod doctor;
mod escalation;
mod explain;
mod export;
mod help;
mod import;
mod keys;
mod migrate;
mod operations;
mod policy;
mod providers;
mod repair;
mod replay;
mod report;
mod run;
mod serve;
#[cfg(unix)]
mod served;
mod settings;
mod settings_values;
mod sim;
mod support;
mod thinking;
mod truncation;
mod unrecorded;
mod upstreams;
mod v8b;
mod validate;
mod workspace;
