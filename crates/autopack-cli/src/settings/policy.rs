//! Which policy decides: the one that is named, else the active version of the database, else the default.

use std::path::Path;

use anyhow::Context as _;
use autopack_core::policy::{PolicyStage, StageShare};
use autopack_core::{Policy, PolicyChoice};
use autopack_store::{DatabaseUrl, OpenMode, Stage, Store, StoreErrorKind};

use super::environment::{DOCS_LOW_BASE, POLICY};
use super::{Settings, Source, Sourced};
use crate::args::{DatabaseArgs, PolicyArgs};
use crate::exit::{Failure, Fault, usage};
use crate::text_file;

/// The largest policy that is read, in bytes: eighty times the default one.
const MAX_POLICY_BYTES: u64 = 256 * 1024;

/// The policy that decides where nobody says otherwise.
pub(crate) const DEFAULT_POLICY: &str = "build-142";

impl Settings {
    /// The policy, with `AUTOPACK_DOCS_LOW_BASE` applied where it is set. The database is looked into only
    /// where no policy is named, or the name is none of a file; where there is no database, none is made.
    ///
    /// A stage goes with the active version alone: who names a policy, or changes it for the whole run, gets
    /// it for every phase.
    pub(crate) async fn policy(
        &self,
        args: &PolicyArgs,
        database: &DatabaseArgs,
    ) -> Result<Sourced<PolicyChoice>, NoPolicy> {
        let base = self.docs_low_base()?;
        let named = self.text(
            ("--policy", args.policy.as_deref()),
            POLICY,
            self.file.policy.as_deref(),
        )?;
        let database = self.database(database).map_err(NoPolicy::Database);
        let chosen = match named {
            Some(Sourced { value, source }) => Sourced {
                value: named_policy(&value, database).await?.into(),
                source,
            },
            None => active(&database?.value).await.map_err(NoPolicy::Database)?,
        };
        let Some(tokens) = base else {
            return Ok(chosen);
        };
        let policy = chosen.value.current().with("base.docs.low", tokens);
        Ok(Sourced {
            value: policy.context(DOCS_LOW_BASE).usage()?.into(),
            source: Source::Environment(DOCS_LOW_BASE),
        })
    }

    /// What base(docs, low) is to be for the whole run.
    fn docs_low_base(&self) -> Result<Option<i64>, Failure> {
        let Some(text) = self.environment.get(DOCS_LOW_BASE).usage()? else {
            return Ok(None);
        };
        match text.trim().parse() {
            Ok(tokens) => Ok(Some(tokens)),
            Err(_) => usage(format_args!(
                "{DOCS_LOW_BASE} is `{text}`: allowed is a whole number of tokens from 1 to 1048576"
            )),
        }
    }
}

/// Why nobody knows which policy decides.
#[derive(Debug)]
pub(crate) enum NoPolicy {
    /// It may stand in the database, and that cannot be read.
    Database(Failure),
    /// The one that is named cannot be used.
    Named(Failure),
}

impl From<Failure> for NoPolicy {
    fn from(failure: Failure) -> Self {
        Self::Named(failure)
    }
}

impl From<NoPolicy> for Failure {
    fn from(none: NoPolicy) -> Self {
        match none {
            NoPolicy::Database(failure) | NoPolicy::Named(failure) => failure,
        }
    }
}

impl NoPolicy {
    /// The failure of a command that could do without the database: with the way out.
    pub(crate) fn or_name_it(self) -> Failure {
        match self {
            Self::Named(failure) => failure,
            Self::Database(failure) => failure.with(format_args!(
                "; or name the policy that is to decide, such as `--policy {DEFAULT_POLICY}`"
            )),
        }
    }
}

/// The embedded policy of this name, the policy in this file, or the version of the database.
async fn named_policy(
    named: &str,
    database: Result<Sourced<DatabaseUrl>, NoPolicy>,
) -> Result<Policy, NoPolicy> {
    if is_no_version(named) {
        return Ok(read_policy(named)?);
    }
    let store = open(&database?.value).await.map_err(NoPolicy::Database)?;
    Ok(find_policy(named, store.as_ref()).await?)
}

/// Whether a name stands for an embedded policy or a file: these go before versions of the database.
fn is_no_version(named: &str) -> bool {
    Policy::embedded(named).is_some() || Path::new(named).exists()
}

/// The embedded policy of this name, the policy in this file, or the version of the database.
pub(crate) async fn find_policy(named: &str, store: Option<&Store>) -> Result<Policy, Failure> {
    let version = match store {
        Some(store) if !is_no_version(named) => stored_version(store, named).await?,
        _ => None,
    };
    version.map_or_else(|| read_policy(named), Ok)
}

/// The embedded policy of this name, or the policy in this file.
pub(crate) fn read_policy(named: &str) -> Result<Policy, Failure> {
    if let Some(policy) = Policy::embedded(named) {
        return Ok(policy);
    }
    let text = text_file::read(Path::new(named), MAX_POLICY_BYTES)
        .with_context(|| {
            format!("policy `{named}` is neither `build-142` nor `pre-142` nor a file nor a version in the database")
        })
        .usage()?;
    Policy::parse(&text)
        .with_context(|| format!("in `{named}`"))
        .usage()
}

/// The policy of this name, embedded or in the database.
pub(crate) async fn stored_version(store: &Store, name: &str) -> Result<Option<Policy>, Failure> {
    if let Some(policy) = Policy::embedded(name) {
        return Ok(Some(policy));
    }
    let Some(version) = store.policy_version(name).await.outside()? else {
        return Ok(None);
    };
    Policy::parse(&version.document)
        .with_context(|| format!("the version `{name}` of the database cannot be used"))
        .map(Some)
        .outside()
}

/// A database of ours to read, where there is one. One of the Python Autopack holds no policies.
pub(crate) async fn open(database: &DatabaseUrl) -> Result<Option<Store>, Failure> {
    match Store::open(database, OpenMode::ReadOnly).await {
        Ok(store) => Ok(Some(store)),
        Err(error) => match error.kind() {
            StoreErrorKind::Missing | StoreErrorKind::Python => Ok(None),
            _ => Err(error).outside(),
        },
    }
}

/// The active version of the database and its stage, or the default.
async fn active(database: &DatabaseUrl) -> Result<Sourced<PolicyChoice>, Failure> {
    let Some(store) = open(database).await? else {
        return Ok(default_policy());
    };
    let chosen = active_in(&store).await;
    // Read only: there is nothing to lose in closing.
    let _ = store.close().await;
    chosen
}

/// The active version of this database and its stage, or the default.
pub(crate) async fn active_in(store: &Store) -> Result<Sourced<PolicyChoice>, Failure> {
    let history = store.policy_history().await.outside()?;
    let mut chosen = match history.active() {
        None => default_policy(),
        Some(active) => Sourced {
            value: existing_version(store, &active.version).await?.into(),
            source: Source::Database,
        },
    };
    if let Some(stage) = history.running() {
        let stage = policy_stage(store, stage).await?;
        chosen.value = PolicyChoice::staged(chosen.value.current().clone(), stage);
    }
    Ok(chosen)
}

fn default_policy() -> Sourced<PolicyChoice> {
    Sourced {
        value: Policy::build_142().into(),
        source: Source::Default,
    }
}

/// A stage as policies are chosen by it.
async fn policy_stage(store: &Store, stage: &Stage) -> Result<PolicyStage, Failure> {
    let share = StageShare::new(stage.start.share)
        .with_context(|| {
            format!(
                "the stage of the database has a share of {}",
                stage.start.share
            )
        })
        .outside()?;
    Ok(PolicyStage {
        policy: existing_version(store, &stage.start.candidate).await?,
        share,
    })
}

/// A version that the history of the database names.
async fn existing_version(store: &Store, name: &str) -> Result<Policy, Failure> {
    let version = stored_version(store, name).await?;
    version
        .with_context(|| format!("the database names the policy `{name}`, and does not hold it"))
        .outside()
}
