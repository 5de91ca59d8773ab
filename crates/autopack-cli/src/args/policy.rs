//! The arguments of `autopack policy`.

use autopack_core::policy::{Assignment, StageShare};
use clap::{Args as ClapArgs, Subcommand};

use super::DatabaseArgs;

#[derive(Debug, ClapArgs)]
pub(crate) struct PolicyCommandArgs {
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// List the versions, and say which is active and which is staged
    List(TellArgs),
    /// Print a version with its evidence, as a policy file
    Show(ShowArgs),
    /// Say where two policies differ, key by key
    Diff(DiffArgs),
    /// Make a version of a policy file and let it decide from now on
    Apply(ApplyArgs),
    /// Go back to the version that decided before
    Rollback(RollbackArgs),
    /// Let another version decide a share of the phases
    Stage(StageArgs),
    /// Look at the stage: its calls against the current ones, and a verdict; takes a worse one back
    ///
    /// Exit code 1 where this look has taken the stage back.
    Status(TellArgs),
    /// End the stage and let its version decide every phase
    Promote(PromoteArgs),
    /// End the stage and let the current version decide every phase
    Revert(RevertArgs),
}

/// What every subcommand has.
#[derive(Debug, ClapArgs)]
pub(crate) struct TellArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ShowArgs {
    /// The version, or a policy file [default: the active version]
    #[arg(value_name = "VERSION")]
    pub(crate) version: Option<String>,

    #[command(flatten)]
    pub(crate) tell: TellArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DiffArgs {
    /// A version, or a policy file
    #[arg(value_name = "BEFORE")]
    pub(crate) before: String,

    /// Another
    #[arg(value_name = "AFTER")]
    pub(crate) after: String,

    #[command(flatten)]
    pub(crate) tell: TellArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ApplyArgs {
    /// The policy file, or a version that there is
    #[arg(value_name = "FILE|VERSION")]
    pub(crate) policy: String,

    /// Why, for whoever reads the history
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,

    #[command(flatten)]
    pub(crate) tell: TellArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RollbackArgs {
    /// The version to go back to [default: the one before the active one]
    #[arg(long, value_name = "VERSION")]
    pub(crate) to: Option<String>,

    /// Why, for whoever reads the history
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,

    #[command(flatten)]
    pub(crate) tell: TellArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct StageArgs {
    /// The policy file or version to stage, in place of --set
    #[arg(
        value_name = "FILE|VERSION",
        required_unless_present = "set",
        conflicts_with = "set"
    )]
    pub(crate) policy: Option<String>,

    /// A key of the active version and its other value, such as `base.docs.low=3584`; repeat it
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<Assignment>,

    /// The share of the phases that it decides, 0.01 to 0.5
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub(crate) share: StageShare,

    #[command(flatten)]
    pub(crate) tell: TellArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PromoteArgs {
    /// Also where the verdict is to keep watching
    #[arg(long)]
    pub(crate) force: bool,

    #[command(flatten)]
    pub(crate) tell: TellArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RevertArgs {
    /// Why, for whoever reads the history
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,

    #[command(flatten)]
    pub(crate) tell: TellArgs,
}
