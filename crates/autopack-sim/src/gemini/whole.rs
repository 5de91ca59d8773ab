//! The reply in one piece (`GenerateContentResponse` and its `UsageMetadata`).

use autopack_core::Tokens;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::answer::{Answer, End};
use crate::delivery::Outgoing;
use crate::fault::{Flaw, UNKNOWN_REASON};
use crate::reply::{Choice, Reply, Said};

/// A response; each chunk of a stream is one too.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GenerateContentResponse<'a> {
    candidates: Vec<Candidate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_metadata: Option<UsageMetadata>,
    model_version: &'a str,
    response_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Candidate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<Content>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) finish_reason: Option<&'static str>,
    pub(super) index: u32,
}

/// What is said. Where that is nothing, there are no parts: protocol buffers leave out what is
/// empty.
#[derive(Serialize)]
pub(super) struct Content {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Part>,
    role: &'static str,
}

/// A part of the content.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Part {
    Thought {
        text: String,
        /// Always true.
        thought: bool,
    },
    Text {
        text: String,
    },
    Call {
        #[serde(rename = "functionCall")]
        call: FunctionCall,
    },
}

#[derive(Debug, Serialize)]
pub(super) struct FunctionCall {
    name: String,
    args: Box<RawValue>,
}

/// Tokens used. Thoughts stand beside the candidates' tokens, not inside; a count of zero is left
/// out.
#[derive(Clone, Copy, Serialize)]
pub(super) struct UsageMetadata {
    #[serde(rename = "promptTokenCount")]
    prompt: Tokens,
    #[serde(rename = "candidatesTokenCount", skip_serializing_if = "is_zero")]
    candidates: Tokens,
    #[serde(rename = "thoughtsTokenCount", skip_serializing_if = "is_zero")]
    thoughts: Tokens,
    #[serde(rename = "totalTokenCount")]
    total: Tokens,
}

/// Tokens generated so far, by all candidates.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Generated {
    pub(super) candidates: Tokens,
    pub(super) thoughts: Tokens,
}

/// What all responses of a reply have in common.
#[derive(Debug)]
pub(super) struct Common {
    model: String,
    id: String,
    input: Tokens,
    flaw: Option<Flaw>,
}

/// Writes the reply.
pub(super) fn response(model: &str, reply: &Reply, shows_thoughts: bool) -> Outgoing {
    let common = Common::new(model, reply);
    let mut generated = Generated::default();
    let candidates = reply.choices().map(|choice| {
        generated = generated.plus(choice.answer);
        let thoughts = choice.answer.reasoning > Tokens::new(0) && shows_thoughts;
        let thought = thoughts.then(|| Part::thought(choice.thoughts.clone().whole()));
        let said = Part::said(&choice);
        let parts = thought.into_iter().chain(said).collect();
        common.candidate(choice.index, parts, Some(finish_reason(&choice)))
    });
    let candidates = candidates.collect();
    let response = common.response(candidates, generated);
    reply.delivery.whole(&response, reply.longest())
}

/// Why a candidate ends, in this API's words.
pub(super) fn finish_reason(choice: &Choice) -> &'static str {
    match choice.answer.end {
        End::Natural => "STOP",
        End::Ceiling | End::Window => "MAX_TOKENS",
    }
}

impl Part {
    pub(super) fn thought(text: String) -> Self {
        Self::Thought {
            text,
            thought: true,
        }
    }

    /// All that is said. Nothing visible is no part, nor is a call that was cut: calls come whole or
    /// not at all.
    fn said(choice: &Choice) -> Option<Self> {
        match &choice.said {
            _ if choice.answer.visible == Tokens::new(0) => None,
            Said::Text(text) => Some(Self::Text {
                text: text.clone().whole(),
            }),
            Said::ToolCall { .. } => Self::call(choice),
        }
    }

    /// The call, if there is one and it is whole.
    pub(super) fn call(choice: &Choice) -> Option<Self> {
        let Said::ToolCall { name, arguments } = &choice.said else {
            return None;
        };
        Some(Self::Call {
            call: FunctionCall {
                name: name.to_string(),
                args: RawValue::from_string(arguments.clone().whole()).ok()?,
            },
        })
    }
}

impl Generated {
    pub(super) fn plus(self, answer: Answer) -> Self {
        Self {
            candidates: self.candidates.plus(answer.visible),
            thoughts: self.thoughts.plus(answer.reasoning),
        }
    }
}

impl Common {
    pub(super) fn new(model: &str, reply: &Reply) -> Self {
        Self {
            model: model.to_owned(),
            id: format!("{:016x}", reply.id),
            input: reply.input,
            flaw: reply.flaw,
        }
    }

    pub(super) fn candidate(
        &self,
        index: u32,
        parts: Vec<Part>,
        finish_reason: Option<&'static str>,
    ) -> Candidate {
        let role = "model";
        let has_content = self.flaw != Some(Flaw::NullContent);
        let is_odd = self.flaw == Some(Flaw::UnknownStopReason);
        Candidate {
            content: has_content.then_some(Content { parts, role }),
            finish_reason: finish_reason.map(|reason| if is_odd { UNKNOWN_REASON } else { reason }),
            index,
        }
    }

    pub(super) fn response(
        &self,
        candidates: Vec<Candidate>,
        generated: Generated,
    ) -> GenerateContentResponse<'_> {
        let Generated {
            candidates: visible,
            thoughts,
        } = generated;
        let usage = UsageMetadata {
            prompt: self.input,
            candidates: visible,
            thoughts,
            total: self.input.plus(visible).plus(thoughts),
        };
        GenerateContentResponse {
            candidates,
            usage_metadata: (self.flaw != Some(Flaw::MissingUsage)).then_some(usage),
            model_version: &self.model,
            response_id: &self.id,
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &Tokens) -> bool {
    *count == Tokens::new(0)
}
