//! `autopack policy`: versions of policies in the database, which of them decides, and which is on trial.

pub(super) mod activate;
mod changes;
mod list;
pub(super) mod look;
mod show;
pub(super) mod stage;
mod status;

use autopack_core::Policy;
use autopack_store::{OpenMode, PolicyHistory, PolicyVersion, Store};
use jiff::Timestamp;

use crate::args::DatabaseArgs;
use crate::args::policy::{PolicyCommand, PolicyCommandArgs};
use crate::exit::{Exit, Failure, Fault, usage};
use crate::output;
use crate::settings::{self, DEFAULT_POLICY, Settings};

pub(super) async fn run(args: &PolicyCommandArgs, settings: &Settings) -> Result<Exit, Failure> {
    match &args.command {
        PolicyCommand::List(args) => list::run(args, settings).await,
        PolicyCommand::Show(args) => show::run(args, settings).await,
        PolicyCommand::Diff(args) => changes::run(args, settings).await,
        PolicyCommand::Apply(args) => activate::apply(args, settings).await,
        PolicyCommand::Rollback(args) => activate::rollback(args, settings).await,
        PolicyCommand::Stage(args) => stage::begin(args, settings).await,
        PolicyCommand::Status(args) => status::run(args, settings).await,
        PolicyCommand::Promote(args) => stage::promote(args, settings).await,
        PolicyCommand::Revert(args) => stage::revert(args, settings).await,
    }
}

/// The database to read, where there is one: without one there are the policies of the program alone.
async fn reader(args: &DatabaseArgs, settings: &Settings) -> Result<Option<Store>, Failure> {
    settings::open(&settings.database(args)?.value).await
}

/// The database to write; it is made where there is none.
async fn writer(args: &DatabaseArgs, settings: &Settings) -> Result<Store, Failure> {
    let database = settings.database(args)?.value;
    Store::open(&database, OpenMode::ReadWrite).await.outside()
}

async fn history(store: Option<&Store>) -> Result<PolicyHistory, Failure> {
    match store {
        Some(store) => store.policy_history().await.outside(),
        None => Ok(PolicyHistory::default()),
    }
}

/// The name of the active version.
fn active_name(history: &PolicyHistory) -> &str {
    history
        .active()
        .map_or(DEFAULT_POLICY, |active| active.version.as_str())
}

/// The embedded policy of this name, the policy in this file, or the version of the database.
async fn find(named: &str, store: Option<&Store>) -> Result<Policy, Failure> {
    settings::find_policy(named, store).await
}

/// The active version.
pub(super) async fn active(store: &Store, history: &PolicyHistory) -> Result<Policy, Failure> {
    find_version(active_name(history), store).await
}

/// The policy that a name of the history stands for.
async fn find_version(name: &str, store: &Store) -> Result<Policy, Failure> {
    match settings::stored_version(store, name).await? {
        Some(policy) => Ok(policy),
        None => usage(format_args!(
            "there is no version `{name}`: `autopack policy list` shows those there are"
        )),
    }
}

/// What is written down of a policy: nothing where it comes with the program.
async fn version_of(
    policy: &Policy,
    parent: &str,
    origin: &str,
    store: &Store,
) -> Result<Option<PolicyVersion>, Failure> {
    if Policy::embedded(policy.name()).as_ref() == Some(policy) {
        return Ok(None);
    }
    if let Some(known) = settings::stored_version(store, policy.name()).await?
        && !known.differences(policy).is_empty()
    {
        return usage(format_args!(
            "another version is named `{}` already: give the policy another `name`",
            policy.name()
        ));
    }
    Ok(Some(PolicyVersion {
        version: policy.name().to_owned(),
        parent: Some(parent.to_owned()),
        document: policy.to_toml(),
        origin: origin.to_owned(),
        created_at: Timestamp::now(),
    }))
}

/// The version that a policy is: those that come with the program keep their names.
fn as_version(policy: Policy) -> Policy {
    let is_embedded = Policy::embedded(policy.name()).as_ref() == Some(&policy);
    if is_embedded {
        policy
    } else {
        policy.versioned()
    }
}

/// Closes the database. Rows are durable already; what can fail here is only tidying up.
pub(super) async fn close(store: Store) {
    if let Err(error) = store.close().await {
        output::warn(error);
    }
}

/// What is said where a stage stands in the way.
fn stage_runs<T>(history: &PolicyHistory) -> Result<T, Failure> {
    let candidate = history.running().map(|stage| &stage.start.candidate);
    usage(format_args!(
        "`{}` is staged, and what it is held against must not change meanwhile: promote or revert it first",
        output::known(candidate)
    ))
}
