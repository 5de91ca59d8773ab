//! Flags of `autopack replay`.

use clap::Args as ClapArgs;

use super::DatabaseArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct ReplayArgs {
    /// The policy that would have decided: an embedded one, a file, or a version in the database
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) policy: String,

    /// Only calls since then: a date, a time, or an age such as `7d` or `12h`
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}
