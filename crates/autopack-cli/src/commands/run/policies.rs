//! Which policies decide a run, and what becomes of a stage while it goes on.

use autopack_builder::Outcome;
use autopack_core::PolicyChoice;
use autopack_core::policy::{PolicyStage, Side};
use autopack_store::Store;
use serde_json::{Value, json};

use crate::commands::policy::look::{Look, look};
use crate::exit::Failure;
use crate::output;
use crate::settings::{Source, Sourced};

/// The policies of a run that is about to begin: without the stage where it was found to be worse, or where
/// nothing would be learned from it.
pub(super) async fn at_the_start(
    chosen: Sourced<PolicyChoice>,
    store: Option<&Store>,
) -> Result<Sourced<PolicyChoice>, Failure> {
    let Some(stage) = chosen.value.stage() else {
        return Ok(chosen);
    };
    let goes_on = match store {
        None => {
            output::warn(format_args!(
                "`{}` is staged, and without telemetry nothing would be learned: `{}` decides every phase",
                stage.policy.name(),
                chosen.value.current().name()
            ));
            false
        }
        Some(store) => {
            let look = look(store).await?;
            look.iter().for_each(Look::tell_revert);
            look.is_some_and(|look| !look.is_reverted)
        }
    };
    Ok(if goes_on {
        chosen
    } else {
        chosen.map(PolicyChoice::without_stage)
    })
}

/// The policies that decided a run, and what became of the stage.
pub(super) struct Policies {
    chosen: Sourced<PolicyChoice>,
    /// The look after the run; `None` where there was no stage, another program has ended it meanwhile, or the
    /// database could not be read any more.
    look: Option<Look>,
}

impl Policies {
    /// Looks at the stage once more, when a run is over. What goes wrong with that is no fault of the run.
    pub(super) async fn at_the_end(chosen: Sourced<PolicyChoice>, store: Option<&Store>) -> Self {
        let look = match store.filter(|_| chosen.value.stage().is_some()) {
            Some(store) => look(store).await.unwrap_or_else(|failure| {
                output::warn(format_args!("the stage was not looked at: {failure}"));
                None
            }),
            None => None,
        };
        look.iter().for_each(Look::tell_revert);
        Self { chosen, look }
    }

    /// The name of the current policy.
    pub(super) fn name(&self) -> &str {
        self.chosen.value.current().name()
    }

    pub(super) fn source(&self) -> String {
        self.chosen.source.to_string()
    }

    pub(super) fn side(&self, run_id: &str, phase_id: &str) -> Side {
        self.chosen.value.side(run_id, phase_id)
    }

    /// The policy of the run in words, and what the stage came to.
    pub(super) fn lines(&self, run_id: &str, outcomes: &[Outcome]) -> Vec<String> {
        let source = match self.chosen.source {
            Source::Database => format!(" ({})", Source::Database),
            _ => String::new(),
        };
        let mut lines = vec![format!("run {run_id}, policy {}{source}", self.name())];
        lines.extend(self.chosen.value.stage().map(|stage| {
            let (name, n_decided) = (stage.policy.name(), n_decided(stage, outcomes));
            format!(
                "the staged policy {name} decided {n_decided} of {}",
                outcomes.len()
            )
        }));
        lines.extend(self.look.as_ref().map(|look| {
            let verdict = &look.verdict;
            format!("stage: {}: {verdict}", verdict.as_str())
        }));
        lines
    }

    pub(super) fn stage_json(&self, outcomes: &[Outcome]) -> Value {
        let look = self.look.as_ref();
        let stage = |stage: &PolicyStage| {
            json!({
                "candidate": stage.policy.name(),
                "share": stage.share.get(),
                "n_phases": n_decided(stage, outcomes),
                "verdict": look.map(|look| look.verdict.as_str()),
                "reason": look.map(|look| look.verdict.to_string()),
                "is_reverted": look.map(|look| look.is_reverted),
            })
        };
        self.chosen.value.stage().map_or(Value::Null, stage)
    }
}

/// How many phases the staged policy decided, on all providers together.
fn n_decided(stage: &PolicyStage, outcomes: &[Outcome]) -> usize {
    let decided = |outcome: &&Outcome| outcome.policy == stage.policy.name();
    outcomes.iter().filter(decided).count()
}
