//! What becomes of a proposal: a version that decides from now on, or that is staged.

use autopack_calibrate::{Damping, Proposal, ProposalError};
use autopack_core::Policy;
use autopack_core::policy::StageShare;
use autopack_store::{DatabaseUrl, OpenMode, Store};
use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Method, pause};
use crate::args::CalibrateArgs;
use crate::commands::policy;
use crate::exit::{Failure, Fault};
use crate::output;
use crate::settings;

/// How far one step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DampingWord {
    /// All the way to what was found, but by a half at the most
    Linear,
    /// By the square root of it, as the Python Autopack did, and by a half at the most
    Sqrt,
}

impl From<DampingWord> for Damping {
    fn from(word: DampingWord) -> Self {
        match word {
            DampingWord::Linear => Self::Linear,
            DampingWord::Sqrt => Self::SquareRoot,
        }
    }
}

/// A proposal that has become a version.
pub(super) struct Adopted {
    before: Policy,
    after: Policy,
    /// The share of phases that it decides; `None` where it decides every one.
    share: Option<StageShare>,
}

/// Since when the active version decides, where one was ever applied: calls from before say nothing of what
/// it would take to change it.
pub(super) async fn active_since(
    args: &CalibrateArgs,
    database: &DatabaseUrl,
) -> Result<Option<Timestamp>, Failure> {
    if !args.is_adopted() || args.since.is_some() {
        return Ok(None);
    }
    let Some(store) = settings::open(database).await? else {
        return Ok(None);
    };
    let history = store.policy_history().await.outside()?;
    Ok(history.active().map(|active| {
        output::say(format_args!(
            "looking at calls since `{}` became active: --since says otherwise",
            active.version
        ));
        active.activated_at
    }))
}

/// The policy that ceilings are held against: the active version, where the database has one, else the
/// default.
pub(super) async fn parent(
    args: &CalibrateArgs,
    database: &DatabaseUrl,
) -> Result<Policy, Failure> {
    let store = match settings::open(database).await {
        Ok(store) => store,
        // Of a Python Autopack; without a policy of its own.
        Err(_) if !args.is_adopted() => None,
        Err(failure) => return Err(failure),
    };
    let Some(store) = store else {
        return Ok(Policy::build_142());
    };
    let history = store.policy_history().await.outside()?;
    policy::active(&store, &history).await
}

/// Makes a version of the proposal, and applies or stages it; `None` where nothing would change, or all of it has to
/// wait.
pub(super) async fn adopt(
    args: &CalibrateArgs,
    mut proposal: Proposal,
    database: &DatabaseUrl,
    now: Timestamp,
) -> Result<Option<Adopted>, Failure> {
    let store = Store::open(database, OpenMode::ReadWrite).await.outside()?;
    let history = store.policy_history().await.outside()?;
    let before = policy::active(&store, &history).await?;
    if !args.adoption.force {
        let n_changes = proposal.changes.len();
        pause::hold_back(&mut proposal, &store, &history).await?;
        if proposal.changes.is_empty() && n_changes > 0 {
            return Ok(None);
        }
    }
    let damping = args.damping.unwrap_or(DampingWord::Linear).into();
    let made = proposal.policy(&before, before.name(), &now.to_string(), damping);
    let after = match made {
        Err(unchanged @ ProposalError::Unchanged { .. }) => {
            output::say(unchanged);
            return Ok(None);
        }
        made => made.outside()?.versioned(),
    };
    let origin = match args.method {
        Method::Ratio => format!("calibrated by `{}`, damping {damping}", proposal.method),
        Method::Quantile => format!("calibrated by `{}`", proposal.method),
    };
    if let Some(share) = args.adoption.stage {
        policy::stage::stage(&store, &history, &after, &origin, share).await?;
    } else {
        let reason = origin.clone();
        policy::activate::activate(&store, &history, &after, &origin, reason).await?;
    }
    policy::close(store).await;
    Ok(Some(Adopted {
        before,
        after,
        share: args.adoption.stage,
    }))
}

impl CalibrateArgs {
    /// Whether the proposal is to become a version.
    pub(super) const fn is_adopted(&self) -> bool {
        self.adoption.apply || self.adoption.stage.is_some()
    }
}

impl Adopted {
    pub(super) fn tell(&self) -> Result<(), Failure> {
        match self.share {
            Some(share) => policy::stage::tell_staged(false, &self.before, &self.after, share),
            None => policy::activate::tell(false, &self.before, &self.after),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "version": self.after.name(),
            "parent": self.before.name(),
            "staged_share": self.share.map(StageShare::get),
        })
    }
}
