//! `autopack policy show`: a version, printed as a policy file that can be applied again.

use autopack_core::Policy;
use autopack_store::{PolicyVersion, Store};
use serde_json::json;

use super::list::at;
use super::{active_name, find, history, reader};
use crate::args::policy::ShowArgs;
use crate::exit::{Exit, Failure, Fault};
use crate::output;
use crate::settings::Settings;

pub(super) async fn run(args: &ShowArgs, settings: &Settings) -> Result<Exit, Failure> {
    let store = reader(&args.tell.database, settings).await?;
    let store = store.as_ref();
    let history = history(store).await?;
    let named = args.version.as_deref().unwrap_or(active_name(&history));
    let policy = find(named, store).await?;
    let kept = kept(&policy, store).await?;
    if args.tell.json {
        output::json(&json!({
            "version": policy.name(),
            "parent": kept.as_ref().map(|version| &version.parent),
            "created_at": kept.as_ref().map(|version| version.created_at.to_string()),
            "origin": kept.as_ref().map(|version| &version.origin),
            "is_active": active_name(&history) == policy.name(),
            "evidence": policy.evidence(),
            "document": policy.document(),
        }))?;
    } else {
        output::data(heading(kept.as_ref()) + policy.to_toml().trim_end())?;
    }
    Ok(Exit::Done)
}

/// The row of the version, where it has one.
async fn kept(policy: &Policy, store: Option<&Store>) -> Result<Option<PolicyVersion>, Failure> {
    match store {
        Some(store) => store.policy_version(policy.name()).await.outside(),
        None => Ok(None),
    }
}

/// Where it comes from, as comments. What stands in the database is text of somebody, and stays a comment.
fn heading(kept: Option<&PolicyVersion>) -> String {
    let Some(version) = kept else {
        return String::new();
    };
    let lines = format!(
        "written {} from {}\nafter {}",
        at(version.created_at),
        version.origin,
        output::known(version.parent.as_ref()),
    );
    let lines: Vec<String> = lines.lines().map(|line| format!("# {line}")).collect();
    lines.join("\n") + "\n"
}
