//! Writes the answer to one line.

use std::io;

use autopack_core::{
    Decision, Found, Lookup, Question as CoreQuestion, Step, Target, Tokens, Workspace, decide,
};
use serde::ser::{SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Decider;
use super::lines::MAX_LINE_BYTES;
use super::question::{Question, Refusal};
use crate::commands::run::unknown_model;

/// A decision, as the interface defines it; `warnings` stands only where there are some.
#[derive(Serialize)]
struct Decided<'a> {
    id: Option<&'a RawValue>,
    provider: &'a str,
    predicted_output_tokens: Option<Tokens>,
    category: Option<&'a str>,
    confidence: Option<f64>,
    selected_budget: Option<Tokens>,
    actual_max_tokens: Tokens,
    wire_parameter: &'a str,
    change_size: Option<&'a str>,
    #[serde(serialize_with = "steps")]
    steps: &'a [Step],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct StepLine<'a> {
    name: &'a str,
    before: Option<Tokens>,
    after: Tokens,
    #[serde(serialize_with = "words")]
    reason: &'a autopack_core::Reason,
}

fn words<S: Serializer>(reason: &autopack_core::Reason, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(reason)
}

fn steps<S: Serializer>(steps: &[Step], serializer: S) -> Result<S::Ok, S::Error> {
    let mut lines = serializer.serialize_seq(Some(steps.len()))?;
    for Step {
        name,
        before,
        after,
        reason,
    } in steps
    {
        let name = name.as_str();
        lines.serialize_element(&StepLine {
            name,
            before: *before,
            after: *after,
            reason,
        })?;
    }
    lines.end()
}

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
    answers: &mut Vec<u8>,
) -> io::Result<()> {
    let phase = question.phase();
    let provider = question.provider();
    let Lookup { entry, known } = decider.catalogue.find(provider, &question.model);
    let context = question
        .context_files
        .as_ref()
        .map(super::files::Files::context);
    let decision = decide(CoreQuestion {
        phase: &phase,
        policy: &decider.policy,
        workspace: &InPlace {
            decider,
            question: &question,
        },
        context: context.as_deref(),
        target: Target {
            provider,
            model_limit: entry.max_output_tokens,
            thinking_budget: None,
        },
    });
    let mut warnings: Vec<String> = decision.warnings.iter().map(ToString::to_string).collect();
    if !known {
        warnings.push(unknown_model(
            provider,
            &question.model,
            entry.max_output_tokens,
        ));
    }
    let Decision {
        estimate,
        selected_budget,
        actual_max_tokens,
        change_size,
        trace,
        ..
    } = &decision;
    let estimate = estimate.as_ref();
    let answer = Decided {
        id: question.id,
        provider: provider.as_str(),
        predicted_output_tokens: estimate.map(|estimate| estimate.output_tokens),
        category: estimate.map(|estimate| estimate.category.as_str()),
        confidence: estimate.map(|estimate| estimate.confidence),
        selected_budget: *selected_budget,
        actual_max_tokens: *actual_max_tokens,
        wire_parameter: entry.ceiling_parameter.as_str(),
        change_size: change_size.as_deref(),
        steps: trace.steps(),
        warnings,
    };
    Ok(serde_json::to_writer(answers, &answer)?)
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
