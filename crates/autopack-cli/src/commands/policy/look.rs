//! A look at the stage that is running: its figures, the verdict, and what follows from it.

mod arms;

use autopack_calibrate::learned::TargetTruncation;
use autopack_calibrate::{SequentialRule, StageRule, Verdict};
use autopack_core::Policy;
use autopack_store::{Filter, PolicyChange, PolicyHistory, Stage, StageEnd, StageOutcome, Store};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::exit::{Failure, Fault};
use crate::output;

use arms::{Arms, Gathering};

pub(super) use arms::ArmFigures;

/// What a look has found.
pub(in crate::commands) struct Look {
    pub(super) stage: Stage,
    pub(super) arms: Arms,
    pub(in crate::commands) verdict: Verdict,
    /// Whether the stage was taken back by this look.
    pub(in crate::commands) is_reverted: bool,
}

/// Looks at the stage that is running, and takes it back where it is seen to be worse; `None` where none is.
pub(in crate::commands) async fn look(store: &Store) -> Result<Option<Look>, Failure> {
    let history = store.policy_history().await.outside()?;
    let Some(mut look) = judged(store, &history).await? else {
        return Ok(None);
    };
    if matches!(look.verdict, Verdict::Revert { .. }) {
        let end = StageEnd {
            outcome: StageOutcome::Reverted,
            reason: look.reason(),
            ended_at: Timestamp::now(),
        };
        let change = store.end_stage(look.stage.stage_id, &end, None).await;
        if change.outside()? != PolicyChange::Made {
            // Another program has ended it meanwhile.
            return Ok(None);
        }
        look.stage.end = Some(end);
        look.is_reverted = true;
    }
    Ok(Some(look))
}

/// The figures and the verdict, without what follows from it.
pub(super) async fn judged(
    store: &Store,
    history: &PolicyHistory,
) -> Result<Option<Look>, Failure> {
    let Some(stage) = history.running() else {
        return Ok(None);
    };
    let filter = Filter {
        since: Some(stage.start.started_at),
        ..Filter::default()
    };
    let mut gathering = Gathering::of(&stage.start);
    let read = store.for_each_estimation(&filter, |row| gathering.add(&row));
    let read = read.await.outside()?;
    output::warn_unreadable(read.n_unreadable);
    let arms = gathering.finish();
    let candidate = super::find_version(&stage.start.candidate, store).await?;
    let verdict = rule(&candidate).judge(&arms.calls());
    Ok(Some(Look {
        stage: stage.clone(),
        arms,
        verdict,
        is_reverted: false,
    }))
}

/// How a policy is judged: by what its own evidence says of it, and where that does not say by the default.
fn rule(candidate: &Policy) -> SequentialRule {
    let basis = candidate
        .evidence()
        .and_then(|evidence| evidence.get("basis"));
    let share = basis.and_then(|basis| basis.get("target_truncation")?.as_float());
    let target = share.and_then(TargetTruncation::new);
    let certificate =
        basis.and_then(|basis| basis.get("certificate")?.get("certificate")?.as_str());
    SequentialRule {
        target: target.unwrap_or(TargetTruncation::DEFAULT),
        is_certified: certificate == Some("passed"),
    }
}

impl Look {
    pub(in crate::commands) fn candidate(&self) -> &str {
        &self.stage.start.candidate
    }

    pub(super) fn current(&self) -> &str {
        &self.stage.start.current
    }

    /// The figures in a sentence, and what they say.
    pub(super) fn reason(&self) -> String {
        let counts = |arm: &ArmFigures| {
            let truncated = arm.figures.truncated;
            format!("{} of {}", truncated.n_hits, truncated.n)
        };
        format!(
            "{} calls of it were cut off, and {} of the current policy: {}",
            counts(&self.arms.staged),
            counts(&self.arms.current),
            self.verdict
        )
    }

    /// Says loudly that the stage was taken back, where it was.
    pub(in crate::commands) fn tell_revert(&self) {
        if self.is_reverted {
            output::warn(format_args!(
                "the staged policy `{}` is taken back, and `{}` decides every phase again: {}",
                self.candidate(),
                self.current(),
                self.reason()
            ));
        }
    }

    pub(in crate::commands) fn to_json(&self) -> Value {
        json!({
            "candidate": self.candidate(),
            "current": self.current(),
            "share": self.stage.start.share,
            "started_at": self.stage.start.started_at.to_string(),
            "staged": self.arms.staged.json(),
            "against": self.arms.current.json(),
            "verdict": self.verdict.as_str(),
            "reason": self.verdict.to_string(),
            "is_reverted": self.is_reverted,
        })
    }
}
