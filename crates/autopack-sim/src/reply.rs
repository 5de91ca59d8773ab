//! A reply before a dialect gives it its form.

use std::num::NonZeroUsize;
use std::sync::Arc;

use autopack_core::{Provider, Tokens};
use serde_json::value::RawValue;

use crate::answer::Answer;
use crate::call::Call;
use crate::delivery::Delivery;
use crate::fault::Flaw;
use crate::fingerprint::Fingerprint;
use crate::scenario::Length;
use crate::text::{VisibleText, estimated_tokens};
use crate::tools::Tools;

/// When every reply was made, in seconds since 1970: 2026-01-01T00:00:00Z. One constant instead of
/// the clock, so that the same request gives the same bytes on every run.
pub(crate) const CREATED_S: u64 = 1_767_225_600;

/// What thoughts are made from, beside the reply's own seed: any number, so that they do not read
/// like the text.
const THOUGHTS: u64 = 0x7468_6f75_6768_7473;

/// What is asked, as far as the reply depends on it.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) provider: Provider,
    pub(crate) model: &'a str,
    pub(crate) call: Call<'a>,
    /// What holds for this call: the request's own ceiling, or else the model's limit.
    pub(crate) ceiling: Tokens,
    /// The request's own ceiling.
    pub(crate) said_ceiling: Option<Tokens>,
    /// How many replies side by side.
    pub(crate) n_choices: u32,
    pub(crate) tools: Tools<'a>,
    pub(crate) form: Form<'a>,
    /// The most that may go into reasoning, where the request bounds it.
    pub(crate) reasoning_limit: Option<Tokens>,
}

/// What the text of a reply has to be.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Form<'a> {
    /// Anything.
    #[default]
    Free,
    /// A JSON object.
    Json,
    /// JSON that a schema allows.
    Schema(&'a RawValue),
}

/// What is said, by all choices.
#[derive(Debug)]
pub(crate) struct Reply {
    /// What the reply's id is made from.
    pub(crate) id: u64,
    /// The length of the prompt, estimated.
    pub(crate) input: Tokens,
    pub(crate) n_choices: u32,
    pub(crate) flaw: Option<Flaw>,
    pub(crate) delivery: Delivery,
    pub(crate) plan: Plan,
}

/// What each choice is made from.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) ceiling: Tokens,
    pub(crate) reasoning: Tokens,
    pub(crate) output: Length,
    /// What lengths are drawn by.
    pub(crate) draw: u64,
    pub(crate) attempt: NonZeroUsize,
    /// The tool that is called, and with what; or else what is said.
    pub(crate) tool: Option<Arc<str>>,
    /// The text or the arguments; without it words are made up.
    pub(crate) script: Option<Arc<str>>,
}

/// One of the replies side by side; where there is one, it is number 0.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) index: u32,
    /// What its own ids are made from.
    pub(crate) id: u64,
    pub(crate) answer: Answer,
    pub(crate) said: Said,
    /// What goes on in the reasoning, for who may see it.
    pub(crate) thoughts: VisibleText,
}

/// What the visible tokens of a choice are.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    Text(VisibleText),
    ToolCall {
        name: Arc<str>,
        /// JSON, unless it was cut.
        arguments: VisibleText,
    },
}

impl Reply {
    /// The choice number `index`.
    pub(crate) fn choice(&self, index: u32) -> Choice {
        let plan = &self.plan;
        let vary = |number: u64| match index {
            0 => number,
            _ => Fingerprint::new(number).number(index.into()).finish(),
        };
        let id = vary(self.id);
        let natural = plan
            .script
            .as_ref()
            .map(|text| estimated_tokens(text.len()));
        let visible = plan.output.visible(plan.attempt, natural, vary(plan.draw));
        let answer = Answer::new(plan.reasoning, visible, plan.ceiling);
        let answer = match self.flaw {
            Some(Flaw::UnsaidTruncation) => answer.unsaid(),
            Some(Flaw::WindowFull) => answer.halved(),
            _ => answer,
        };
        let text = match &plan.script {
            Some(text) => VisibleText::script(text.clone(), visible, answer.visible),
            None => VisibleText::words(id, answer.visible),
        };
        Choice {
            index,
            id,
            answer,
            said: match &plan.tool {
                Some(name) => Said::ToolCall {
                    name: name.clone(),
                    arguments: text,
                },
                None => Said::Text(text),
            },
            thoughts: VisibleText::words(id ^ THOUGHTS, answer.reasoning),
        }
    }

    /// All choices, in order.
    pub(crate) fn choices(&self) -> impl Iterator<Item = Choice> {
        (0..self.n_choices).map(|index| self.choice(index))
    }

    /// How long the longest choice is. They are made side by side, so when it is there, all are.
    pub(crate) fn longest(&self) -> Tokens {
        let outputs = self.choices().map(|choice| choice.answer.output());
        outputs.max().unwrap_or_default()
    }

    /// Whether the reply has this flaw.
    pub(crate) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }
}
