//! `autopack policy stage`, `promote` and `revert`: a version on trial, from its beginning to its end.

use autopack_calibrate::Verdict;
use autopack_core::Policy;
use autopack_core::policy::StageShare;
use autopack_store::{
    Activation, ActivationKind, PolicyChange, PolicyHistory, StageEnd, StageOutcome, StageStart,
    Store,
};
use jiff::Timestamp;
use serde_json::json;

use super::activate::{activation, tell};
use super::look::{Look, judged};
use super::{
    active, as_version, changes, close, find, find_version, history, look, stage_runs, version_of,
    writer,
};
use crate::args::policy::{PromoteArgs, RevertArgs, StageArgs};
use crate::exit::{Exit, Failure, Fault, usage};
use crate::output;
use crate::settings::Settings;

pub(super) async fn begin(args: &StageArgs, settings: &Settings) -> Result<Exit, Failure> {
    let store = super::reader(&args.tell.database, settings).await?;
    let told = match &args.policy {
        Some(named) => Some(as_version(find(named, store.as_ref()).await?)),
        None => None,
    };
    drop(store);
    let store = writer(&args.tell.database, settings).await?;
    let history = history(Some(&store)).await?;
    let current = active(&store, &history).await?;
    let (candidate, origin) = match told {
        Some(policy) => (
            policy,
            format!(
                "staged from `{}`",
                args.policy.as_deref().unwrap_or_default()
            ),
        ),
        None => (
            current.amended(&args.set).usage()?,
            format!("staged from `{}` with --set", current.name()),
        ),
    };
    stage(&store, &history, &candidate, &origin, args.share).await?;
    close(store).await;
    tell_staged(args.tell.json, &current, &candidate, args.share)?;
    if !settings.telemetry()?.value {
        output::warn("telemetry is turned off, and without it nothing is staged: turn it on");
    }
    Ok(Exit::Done)
}

/// Writes a version down and lets it decide a share of the phases.
pub(in crate::commands) async fn stage(
    store: &Store,
    history: &PolicyHistory,
    candidate: &Policy,
    origin: &str,
    share: StageShare,
) -> Result<(), Failure> {
    let current = active(store, history).await?;
    if current.differences(candidate).is_empty() {
        return usage(format_args!(
            "`{}` says the same as the active `{}`: there is nothing to try",
            candidate.name(),
            current.name()
        ));
    }
    let version = version_of(candidate, current.name(), origin, store).await?;
    let start = StageStart {
        candidate: candidate.name().to_owned(),
        current: current.name().to_owned(),
        share: share.get(),
        started_at: Timestamp::now(),
    };
    match store
        .begin_stage(version.as_ref(), &start)
        .await
        .outside()?
    {
        PolicyChange::Made => Ok(()),
        PolicyChange::NotActive => usage(format_args!(
            "another version than `{}` has become active meanwhile: try again",
            current.name()
        )),
        _ => stage_runs(&super::history(Some(store)).await?),
    }
}

/// Says what is on trial, and what is different there.
pub(in crate::commands) fn tell_staged(
    json: bool,
    current: &Policy,
    candidate: &Policy,
    share: StageShare,
) -> Result<(), Failure> {
    if json {
        return output::json(&json!({
            "candidate": candidate.name(),
            "current": current.name(),
            "share": share.get(),
            "changes": changes::to_json(current, candidate),
        }));
    }
    changes::print(current, candidate)?;
    output::data(format_args!(
        "`{}` decides a share of {share} of the phases, `{}` the rest: look with `autopack policy status`",
        candidate.name(),
        current.name()
    ))
}

pub(super) async fn promote(args: &PromoteArgs, settings: &Settings) -> Result<Exit, Failure> {
    let store = writer(&args.tell.database, settings).await?;
    let Some(look) = look::look(&store).await? else {
        return Ok(no_stage());
    };
    look.tell_revert();
    let is_ready = matches!(look.verdict, Verdict::Promote { .. });
    if look.is_reverted {
        return Ok(Exit::No);
    }
    if !is_ready && !args.force {
        output::say(format_args!(
            "keep watching: {}; --force promotes it all the same",
            look.verdict
        ));
        return Ok(Exit::No);
    }
    let (before, after) = (
        find_version(look.current(), &store).await?,
        find_version(look.candidate(), &store).await?,
    );
    let reason = if is_ready {
        look.reason()
    } else {
        format!("promoted by force; {}", look.reason())
    };
    let next = activation(after.name(), ActivationKind::Promoted, reason.clone());
    end(&store, &look, StageOutcome::Promoted, reason, Some(next)).await?;
    close(store).await;
    tell(args.tell.json, &before, &after)?;
    Ok(Exit::Done)
}

pub(super) async fn revert(args: &RevertArgs, settings: &Settings) -> Result<Exit, Failure> {
    let store = writer(&args.tell.database, settings).await?;
    let history = history(Some(&store)).await?;
    let Some(look) = judged(&store, &history).await? else {
        return Ok(no_stage());
    };
    let reason = args.reason.clone();
    let reason = reason.unwrap_or_else(|| format!("reverted by hand; {}", look.reason()));
    end(&store, &look, StageOutcome::Reverted, reason, None).await?;
    close(store).await;
    if args.tell.json {
        output::json(&json!({"active": look.current(), "reverted": look.candidate()}))?;
    } else {
        output::data(format_args!(
            "the stage of `{}` is over: `{}` decides every phase",
            look.candidate(),
            look.current()
        ))?;
    }
    Ok(Exit::Done)
}

async fn end(
    store: &Store,
    look: &Look,
    outcome: StageOutcome,
    reason: String,
    next: Option<Activation>,
) -> Result<(), Failure> {
    let end = StageEnd {
        outcome,
        reason,
        ended_at: Timestamp::now(),
    };
    let change = store.end_stage(look.stage.stage_id, &end, next.as_ref());
    match change.await.outside()? {
        PolicyChange::Made => Ok(()),
        _ => usage("the stage has ended meanwhile: see `autopack policy status`"),
    }
}

fn no_stage() -> Exit {
    output::say("no stage is running: begin one with `autopack policy stage`");
    Exit::No
}
