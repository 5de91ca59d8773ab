//! Writes the answer to one line.

use std::io;

use autopack_core::{
    Found, Lookup, Question as CoreQuestion, Step, Target, ThinkingSetting, Workspace, decide,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Decider;
use super::json::Object;
use super::lines::MAX_LINE_BYTES;
use super::question::{Question, Refusal};
use crate::commands::run::unknown_model;

#[derive(Serialize)]
struct Refused<'a> {
    id: Option<&'a RawValue>,
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    code: &'a str,
    message: &'a str,
}

/// Decides and writes the decision.
pub(super) fn decided(
    decider: &Decider,
    mut question: Question<'_>,
    thinking: Option<ThinkingSetting>,
    answers: &mut Vec<u8>,
) -> io::Result<()> {
    let run_id = question.run_id();
    let phase = question.phase();
    let policy = decider.policies.of(&run_id, &phase.phase_id);
    let provider = question.provider();
    let Lookup { entry, known } = decider.catalogue.find(provider, &question.model);
    let context = question
        .context_files
        .as_ref()
        .map(super::files::Files::context);
    let decision = decide(CoreQuestion {
        phase: &phase,
        policy,
        workspace: &InPlace {
            decider,
            question: &question,
        },
        context: context.as_deref(),
        target: Target {
            provider,
            model_limit: entry.max_output_tokens,
            thinking_budget: thinking.and_then(ThinkingSetting::budget),
        },
        facts: question.facts(thinking),
    });
    let unknown =
        (!known).then(|| unknown_model(provider, &question.model, entry.max_output_tokens));
    let estimate = decision.estimate.as_ref();
    let mut object = Object::begin(answers);
    object.field("id", &question.id)?;
    object.field("provider", &provider)?;
    object.field(
        "predicted_output_tokens",
        &estimate.map(|estimate| estimate.output_tokens),
    )?;
    object.field(
        "category",
        &estimate.map(|estimate| estimate.category.as_str()),
    )?;
    object.field("confidence", &estimate.map(|estimate| estimate.confidence))?;
    object.field("selected_budget", &decision.selected_budget)?;
    object.field("actual_max_tokens", &decision.actual_max_tokens)?;
    if let Some(budget) = decision.thinking_budget {
        object.field("thinking_budget_tokens", &budget)?;
    }
    object.field("wire_parameter", entry.ceiling_parameter.as_str())?;
    object.field("change_size", &decision.change_size)?;
    object.list("steps", decision.steps(), step)?;
    if decider.policies.stage().is_some() {
        object.field("policy", policy.name())?;
    }
    if unknown.is_some() || !decision.warnings.is_empty() {
        let warnings = decision.warnings.iter().map(ToString::to_string);
        object.field("warnings", &warnings.chain(unknown).collect::<Vec<_>>())?;
    }
    object.end();
    Ok(())
}

fn step(taken: &Step, object: &mut Object<'_>) -> io::Result<()> {
    object.field("name", taken.name.as_str())?;
    object.field("before", &taken.before)?;
    object.field("after", &taken.after)?;
    object.plain_words("reason", taken.reason)
}

/// The workspace of a line: the directory of the command line, else the files of the line.
struct InPlace<'a> {
    decider: &'a Decider,
    question: &'a Question<'a>,
}

impl Workspace for InPlace<'_> {
    fn find(&self, path: &str) -> Found<'_> {
        match (&self.decider.workspace, &self.question.workspace_files) {
            (Some(workspace), _) => workspace.find(path),
            (None, Some(files)) => files.find(path),
            (None, None) => Found::Missing,
        }
    }
}

/// Writes why a line was not decided, under its id where that can still be read.
pub(super) fn refused(line: &[u8], refusal: &Refusal, answers: &mut Vec<u8>) -> io::Result<()> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        id: Option<&'a RawValue>,
    }
    let named: Option<Named<'_>> = std::str::from_utf8(line)
        .ok()
        .and_then(|line| serde_json::from_str(line).ok());
    let error = ErrorBody {
        code: refusal.code,
        message: &refusal.message,
    };
    let answer = Refused {
        id: named.and_then(|named| named.id),
        error,
    };
    Ok(serde_json::to_writer(answers, &answer)?)
}

/// Writes that a line was too long to be read.
pub(super) fn too_long(n_bytes: usize, answers: &mut Vec<u8>) -> io::Result<()> {
    let message =
        format!("the line has {n_bytes} bytes: at most {MAX_LINE_BYTES} are read; split the phase");
    let answer = Refused {
        id: None,
        error: ErrorBody {
            code: "line_too_long",
            message: &message,
        },
    };
    Ok(serde_json::to_writer(answers, &answer)?)
}
