//! A plan: the phases of a run, as a TOML or JSON document.

mod order;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

pub use order::PlanOrder;

use crate::phase::{Phase, PhaseDraft};
use crate::upstream::UpstreamName;

/// The largest plan that is read, in bytes. A phase with a page of description is about 4 kB: this
/// is four thousand of them.
pub const MAX_PLAN_BYTES: u64 = 16 * 1024 * 1024;

/// The most phases in one plan: ten thousand calls are a day's work, not a plan to wait for.
pub const MAX_PHASES: usize = 10_000;

/// The longest phase id, in bytes: it becomes a file name, and file systems end at 255.
pub(crate) const MAX_PHASE_ID_BYTES: usize = 200;

/// The phases of a run, and where they are to be sent where the command line does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The name of the run, where the plan gives one.
    pub run_id: Option<String>,
    /// The upstreams that every phase is sent to: providers, or servers of the user's own.
    pub providers: Vec<UpstreamName>,
    /// The model to use on an upstream.
    pub models: BTreeMap<UpstreamName, String>,
    /// The phases, in order; every `phase_id` is there, usable as a file name, and once.
    pub phases: Vec<Phase>,
    /// Which phases wait for which.
    pub order: PlanOrder,
}

/// How a plan is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanFormat {
    /// TOML.
    Toml,
    /// JSON.
    Json,
}

#[derive(Deserialize)]
struct PlanDraft {
    run_id: Option<String>,
    #[serde(default)]
    providers: Vec<UpstreamName>,
    #[serde(default)]
    models: BTreeMap<UpstreamName, String>,
    #[serde(default)]
    phases: Vec<PhaseDraft>,
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// [`PlanError`] says what was found, what is allowed and where.
    pub fn parse(text: &str, format: PlanFormat) -> Result<Self, PlanError> {
        let mut unknown = Vec::new();
        let mut note = |path: serde_ignored::Path<'_>| unknown.push(path.to_string());
        let draft: PlanDraft = match format {
            PlanFormat::Toml => {
                let document = toml::Deserializer::parse(text).map_err(|error| syntax(&error))?;
                serde_ignored::deserialize(document, &mut note).map_err(|error| syntax(&error))?
            }
            PlanFormat::Json if !text.trim_start().starts_with('{') => {
                let message = "a plan in JSON is an object: write {\"phases\": […]}".to_owned();
                return Err(PlanError::Syntax { message });
            }
            PlanFormat::Json => {
                let mut document = serde_json::Deserializer::from_str(text);
                let draft = serde_ignored::deserialize(&mut document, &mut note)
                    .map_err(|error| syntax(&error))?;
                document.end().map_err(|error| syntax(&error))?;
                draft
            }
        };
        let has_run = |phase: &PhaseDraft| phase.run_id.is_some();
        let place = draft.phases.iter().position(has_run);
        unknown.extend(place.map(|place| format!("phases.{place}.run_id")));
        match unknown.into_iter().next() {
            Some(key) => Err(PlanError::UnknownKey { key }),
            None => Self::checked(draft),
        }
    }

    fn checked(draft: PlanDraft) -> Result<Self, PlanError> {
        if draft.phases.is_empty() {
            return Err(PlanError::NoPhases);
        }
        if draft.phases.len() > MAX_PHASES {
            return Err(PlanError::TooManyPhases {
                found: draft.phases.len(),
            });
        }
        let mut seen = BTreeSet::new();
        for (index, phase) in draft.phases.iter().enumerate() {
            let id = phase.phase_id.as_deref().unwrap_or_default();
            check_id(id, index)?;
            if !seen.insert(id) {
                return Err(PlanError::DuplicateId { id: id.to_owned() });
            }
        }
        Ok(Self {
            order: PlanOrder::of(&draft.phases)?,
            run_id: draft.run_id,
            providers: draft.providers,
            models: draft.models,
            phases: draft.phases.into_iter().map(Phase::from).collect(),
        })
    }
}

fn check_id(id: &str, index: usize) -> Result<(), PlanError> {
    let usable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if id.is_empty() {
        Err(PlanError::MissingId { number: index + 1 })
    } else if id.len() > MAX_PHASE_ID_BYTES || id.starts_with('.') || !id.chars().all(usable) {
        Err(PlanError::BadId {
            number: index + 1,
            id: shown(id),
        })
    } else {
        Ok(())
    }
}

/// As much of a name as a message needs.
fn shown(id: &str) -> String {
    id.chars().take(60).collect()
}

fn syntax(error: &dyn std::error::Error) -> PlanError {
    PlanError::Syntax {
        message: error.to_string().trim_end().to_owned(),
    }
}

/// A plan that cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The document does not parse, or a value is of the wrong type or range.
    #[error("plan cannot be read: {message}")]
    Syntax {
        /// What the parser said, with the place.
        message: String,
    },
    /// A key that no plan has.
    #[error(
        "unknown plan key `{key}`: a plan has run_id, providers, models and phases; a phase has phase_id, task_category, complexity, deliverables, scope (paths, deliverables), description, builder_mode, change_size, max_tokens, thinking_budget_tokens, effort, after"
    )]
    UnknownKey {
        /// Where it stands, dotted.
        key: String,
    },
    /// There is nothing to do.
    #[error("plan has no phases: add at least one `[[phases]]` with a `phase_id`")]
    NoPhases,
    /// Too much to do.
    #[error("plan has {found} phases: allowed are at most {MAX_PHASES}; split it")]
    TooManyPhases {
        /// How many there are.
        found: usize,
    },
    /// A phase without a name.
    #[error(
        "phase number {number} has no `phase_id`: give it one of letters, digits, `.`, `_`, `-`"
    )]
    MissingId {
        /// Which phase, from 1.
        number: usize,
    },
    /// A name that cannot be a file name.
    #[error(
        "phase number {number} has the `phase_id` `{id}`: allowed are 1 to {MAX_PHASE_ID_BYTES} letters, digits, `.`, `_`, `-`, not a `.` first"
    )]
    BadId {
        /// Which phase, from 1.
        number: usize,
        /// Its name, cut to 60 characters.
        id: String,
    },
    /// Two phases of one name.
    #[error("phase_id `{id}` is used twice: every phase needs its own")]
    DuplicateId {
        /// The name.
        id: String,
    },
    /// A phase waits for one that is not there.
    #[error(
        "phase `{id}` is to run after `{after}`, which is no phase of the plan: allowed are other `phase_id`s"
    )]
    UnknownAfter {
        /// The phase that waits.
        id: String,
        /// What it waits for, cut to 60 characters.
        after: String,
    },
    /// Phases that wait for each other.
    #[error("phases wait for each other ({cycle}): take one of these out of its `after`")]
    Cycle {
        /// Each phase, after it the one it waits for, back to the first.
        cycle: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHASES: &str = "[[phases]]\nphase_id = \"a\"\n";

    fn refused(text: &str, format: PlanFormat) -> String {
        Plan::parse(text, format).expect_err("refused").to_string()
    }

    #[test]
    fn both_formats_read_alike() {
        let toml = "run_id = \"r\"\nproviders = [\"openai\"]\nmodels = { openai = \"gpt-5\" }\n\
                    [[phases]]\nphase_id = \"a\"\ndeliverables = [\"x.md\"]\n";
        let json = r#"{"run_id": "r", "providers": ["openai"], "models": {"openai": "gpt-5"},
                       "phases": [{"phase_id": "a", "deliverables": ["x.md"]}]}"#;
        let plan = Plan::parse(toml, PlanFormat::Toml).expect("a plan");
        assert_eq!(plan, Plan::parse(json, PlanFormat::Json).expect("a plan"));
        assert_eq!(plan.phases[0].deliverables.as_slice(), ["x.md"]);
    }

    #[test]
    fn phases_may_wait_for_others() {
        let toml = "[[phases]]\nphase_id = \"b\"\nafter = [\"a\"]\n[[phases]]\nphase_id = \"a\"\n";
        let plan = Plan::parse(toml, PlanFormat::Toml).expect("a plan");
        assert_eq!(plan.order.levels(), [[1], [0]]);
        let cycle = toml.to_owned() + "after = [\"b\"]\n";
        assert_eq!(
            refused(&cycle, PlanFormat::Toml),
            "phases wait for each other (`b` after `a` after `b`): take one of these out of its `after`"
        );
        let unknown = refused(&toml.replace("[\"a\"]", "[\"c\"]"), PlanFormat::Toml);
        assert!(unknown.contains("`b` is to run after `c`"), "{unknown}");
    }

    #[test]
    fn a_bad_plan_says_what_and_where() {
        for (text, expected) in [
            ("", "plan has no phases"),
            ("[[phases]]\n", "phase number 1 has no `phase_id`"),
            ("[[phases]]\nphase_id = \"../x\"\n", "`../x`: allowed are"),
            (
                "[[phases]]\nphase_id = \"a\"\ncomplexty = \"low\"\n",
                "unknown plan key `phases.0.complexty`",
            ),
            (
                "[[phases]]\nphase_id = \"a\"\nrun_id = \"r\"\n",
                "unknown plan key `phases.0.run_id`",
            ),
            (
                "[[phases]]\nphase_id = \"a\"\nmax_tokens = -1\n",
                "a ceiling of 1 to 10485760 tokens",
            ),
            (
                "[[phases]]\nphase_id = \"a\"\nthinking_budget_tokens = 512\n",
                "a thinking budget of `512` cannot be sent: allowed are 1024 to 10485760 tokens",
            ),
            (
                "[[phases]]\nphase_id = \"a\"\neffort = \"huge\"\n",
                "unknown variant `huge`, expected one of `low`, `medium`, `high`",
            ),
            (
                "providers = [\"Open AI\"]\n",
                "upstream name `Open AI` cannot be used",
            ),
            ("phases = 3\n", "plan cannot be read"),
        ] {
            let message = refused(text, PlanFormat::Toml);
            assert!(message.contains(expected), "{text:?}: {message}");
        }
        let twice = refused(&PHASES.repeat(2), PlanFormat::Toml);
        assert_eq!(
            twice,
            "phase_id `a` is used twice: every phase needs its own"
        );
        assert!(refused("{\"phases\": [", PlanFormat::Json).contains("line 1 column"));
        assert!(refused("{\"phases\": []} x", PlanFormat::Json).contains("trailing"));
    }
}
