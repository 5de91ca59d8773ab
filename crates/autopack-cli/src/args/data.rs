//! Flags of the commands that bring telemetry in, along and out.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::DatabaseArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct MigrateArgs {
    /// Make no copy of the database first
    #[arg(long)]
    pub(crate) no_backup: bool,

    /// Say what would be done, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ImportArgs {
    /// Files to read, one or more; `-` is standard input
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<PathBuf>,

    /// What they are [default: seen from their first lines]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<crate::commands::import::Format>,

    /// The run of rows that name none [default: the name of the file]
    #[arg(long, value_name = "ID")]
    pub(crate) run_id: Option<String>,

    /// The offset of the local times in a log, such as +11:00
    #[arg(
        long,
        value_name = "OFFSET",
        default_value = "+00:00",
        allow_hyphen_values = true
    )]
    pub(crate) utc_offset: String,

    /// The category of calls that name none
    #[arg(long, value_name = "CATEGORY")]
    pub(crate) category: Option<String>,

    /// The complexity of calls that name none
    #[arg(long, value_name = "COMPLEXITY")]
    pub(crate) complexity: Option<String>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExportArgs {
    /// JSON lines hold calls and escalations, CSV calls alone
    #[arg(long, value_name = "FORMAT", default_value = "ndjson")]
    pub(crate) format: crate::commands::export::Format,

    /// Only what happened since then: a date, a time, or an age such as `7d` or `12h`
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,

    /// Only this run
    #[arg(long, value_name = "ID")]
    pub(crate) run_id: Option<String>,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}
