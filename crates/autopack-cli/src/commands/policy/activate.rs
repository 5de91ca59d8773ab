//! `autopack policy apply` and `rollback`: another version decides from now on.

use autopack_core::Policy;
use autopack_store::{
    Activation, ActivationKind, PolicyChange, PolicyHistory, StageEnd, StageOutcome, Store,
};
use jiff::Timestamp;
use serde_json::json;

use super::{
    active, active_name, as_version, changes, close, find, find_version, history, stage_runs,
    version_of, writer,
};
use crate::args::policy::{ApplyArgs, RollbackArgs};
use crate::exit::{Exit, Failure, Fault};
use crate::output;
use crate::settings::{DEFAULT_POLICY, Settings};

pub(super) async fn apply(args: &ApplyArgs, settings: &Settings) -> Result<Exit, Failure> {
    // A bad policy is refused before a database is made for it.
    let store = super::reader(&args.tell.database, settings).await?;
    let policy = as_version(find(&args.policy, store.as_ref()).await?);
    drop(store);
    let store = writer(&args.tell.database, settings).await?;
    let history = history(Some(&store)).await?;
    let before = active(&store, &history).await?;
    let origin = if policy.name() == args.policy {
        "a version that there was".to_owned()
    } else {
        format!("the file `{}`", args.policy)
    };
    if before.name() != policy.name() {
        let reason = args.reason.clone();
        let reason = reason.unwrap_or_else(|| format!("applied from {origin}"));
        activate(&store, &history, &policy, &origin, reason).await?;
    }
    close(store).await;
    tell(args.tell.json, &before, &policy)?;
    Ok(Exit::Done)
}

/// Writes a version down and makes it the active one, where no stage stands in the way.
pub(in crate::commands) async fn activate(
    store: &Store,
    history: &PolicyHistory,
    policy: &Policy,
    origin: &str,
    reason: String,
) -> Result<(), Failure> {
    let version = version_of(policy, active_name(history), origin, store).await?;
    let activation = activation(policy.name(), ActivationKind::Applied, reason);
    let change = store.apply_policy(version.as_ref(), &activation).await;
    match change.outside()? {
        PolicyChange::Made => Ok(()),
        _ => stage_runs(&super::history(Some(store)).await?),
    }
}

pub(super) fn activation(version: &str, kind: ActivationKind, reason: String) -> Activation {
    Activation {
        version: version.to_owned(),
        kind,
        reason,
        activated_at: Timestamp::now(),
    }
}

/// Says what decides now, and what is different.
pub(in crate::commands) fn tell(
    json: bool,
    before: &Policy,
    after: &Policy,
) -> Result<(), Failure> {
    if json {
        return output::json(&json!({
            "active": after.name(),
            "before": before.name(),
            "changes": changes::to_json(before, after),
        }));
    }
    if before.name() == after.name() {
        return output::data(format_args!("`{}` is active already", after.name()));
    }
    changes::print(before, after)?;
    output::data(format_args!(
        "`{}` is active, before it was `{}`",
        after.name(),
        before.name()
    ))
}

pub(super) async fn rollback(args: &RollbackArgs, settings: &Settings) -> Result<Exit, Failure> {
    let store = writer(&args.tell.database, settings).await?;
    let history = history(Some(&store)).await?;
    let before = active(&store, &history).await?;
    let target = args.to.as_deref();
    let Some(target) = target.or_else(|| history.one_before(DEFAULT_POLICY)) else {
        output::say(format_args!(
            "nothing was active before `{}`: name a version with --to",
            before.name()
        ));
        return Ok(Exit::No);
    };
    let policy = find_version(target, &store).await?;
    if policy.name() != before.name() {
        let reason = args.reason.clone();
        let reason = reason.unwrap_or_else(|| format!("rolled back from `{}`", before.name()));
        go_back(
            &store,
            &history,
            activation(target, ActivationKind::RolledBack, reason),
        )
        .await?;
    }
    close(store).await;
    tell(args.tell.json, &before, &policy)?;
    Ok(Exit::Done)
}

/// Makes an earlier version the active one. A stage ends with the version that it was held against.
async fn go_back(
    store: &Store,
    history: &PolicyHistory,
    activation: Activation,
) -> Result<(), Failure> {
    let change = match history.running() {
        None => store.apply_policy(None, &activation).await,
        Some(stage) => {
            let end = StageEnd {
                outcome: StageOutcome::Reverted,
                reason: format!("`{}` became active", activation.version),
                ended_at: activation.activated_at,
            };
            output::say(format_args!(
                "the stage of `{}` ends",
                stage.start.candidate
            ));
            store
                .end_stage(stage.stage_id, &end, Some(&activation))
                .await
        }
    };
    match change.outside()? {
        PolicyChange::Made => Ok(()),
        _ => stage_runs(&super::history(Some(store)).await?),
    }
}
