//! The reply in one piece (schemas `Response`, `OutputItem` and `ResponseUsage`). A stream begins
//! and ends with one too.

use autopack_core::Tokens;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::End;
use crate::delivery::Outgoing;
use crate::fault::{Flaw, UNKNOWN_REASON};
use crate::reply::{CREATED_S, Reply, Said};

use super::usage::Usage;

/// What a reply repeats of its request. Not as it was written: a line break would end an event.
#[derive(Debug, Deserialize)]
pub(super) struct Echo {
    instructions: Option<Value>,
    text: Option<Value>,
    tool_choice: Option<Value>,
    tools: Option<Value>,
}

/// What a response is made from.
pub(super) struct Body<'a> {
    id: String,
    model: &'a str,
    ceiling: Option<Tokens>,
    echo: Echo,
    usage: Option<Usage>,
    ending: Ending,
    pub(super) output: Output,
}

/// What is said, in items.
pub(super) struct Output {
    /// The item that stands for the reasoning, which nobody sees.
    pub(super) reasoning_id: Option<String>,
    /// The item with the visible tokens.
    pub(super) main: Option<Main>,
}

/// An item with visible tokens.
pub(super) enum Main {
    Message {
        id: String,
        text: String,
    },
    Call {
        id: String,
        call_id: String,
        name: String,
        arguments: String,
    },
}

/// How far a reply or an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Pending,
    Complete,
    /// Cut, and why.
    Incomplete(&'static str),
}

#[derive(Serialize)]
pub(super) struct ResponseBody<'a> {
    id: &'a str,
    object: &'static str,
    created_at: u64,
    status: &'static str,
    background: bool,
    error: Option<()>,
    incomplete_details: Option<IncompleteDetails>,
    instructions: &'a Option<Value>,
    max_output_tokens: Option<Tokens>,
    model: &'a str,
    output: Option<Vec<Item<'a>>>,
    parallel_tool_calls: bool,
    previous_response_id: Option<()>,
    reasoning: Reasoning,
    store: bool,
    temperature: f32,
    text: Value,
    tool_choice: Value,
    tools: Value,
    top_p: f32,
    truncation: &'static str,
    usage: Option<Usage>,
    user: Option<()>,
    metadata: Empty,
}

#[derive(Serialize)]
struct IncompleteDetails {
    reason: &'static str,
}

#[derive(Serialize)]
struct Reasoning {
    effort: Option<()>,
    summary: Option<()>,
}

#[derive(Serialize)]
struct Empty {}

/// An item of the output.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Item<'a> {
    Reasoning {
        id: &'a str,
        summary: [(); 0],
    },
    Message {
        id: &'a str,
        status: &'static str,
        role: &'static str,
        content: Vec<Part<'a>>,
    },
    FunctionCall {
        id: &'a str,
        status: &'static str,
        call_id: &'a str,
        name: &'a str,
        arguments: &'a str,
    },
}

/// A part of a message; only text is written.
#[derive(Serialize)]
pub(super) struct Part<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    annotations: [(); 0],
    logprobs: [(); 0],
    text: &'a str,
}

impl<'a> Body<'a> {
    pub(super) fn new(model: &'a str, reply: &Reply, ceiling: Option<Tokens>, echo: Echo) -> Self {
        let choice = reply.choice(0);
        let id = choice.id;
        let is_null = reply.has(Flaw::NullContent);
        let has_words = choice.answer.visible > Tokens::new(0) && !is_null;
        let main = || match choice.said {
            Said::Text(text) => Main::Message {
                id: format!("msg_{id:016x}"),
                text: text.whole(),
            },
            Said::ToolCall { name, arguments } => Main::Call {
                id: format!("fc_{id:016x}"),
                call_id: format!("call_{id:016x}"),
                name: name.to_string(),
                arguments: arguments.whole(),
            },
        };
        let has_reasoning = choice.answer.reasoning > Tokens::new(0);
        Self {
            id: format!("resp_{id:016x}"),
            model,
            ceiling,
            echo,
            usage: (!reply.has(Flaw::MissingUsage)).then(|| Usage::of(reply.input, choice.answer)),
            ending: match choice.answer.end {
                _ if reply.has(Flaw::UnknownStopReason) => Ending::Incomplete(UNKNOWN_REASON),
                End::Ceiling | End::Window => Ending::Incomplete("max_output_tokens"),
                End::Natural => Ending::Complete,
            },
            output: Output {
                reasoning_id: has_reasoning.then(|| format!("rs_{id:016x}")),
                // Nothing visible is no item, not an empty one.
                main: has_words.then(main),
            },
        }
    }

    /// The reply in one piece.
    pub(super) fn whole(&self, reply: &Reply) -> Outgoing {
        let mut body = self.ended();
        if reply.has(Flaw::NullContent) {
            body.output = None;
        }
        reply.delivery.whole(&body, reply.longest())
    }

    /// The response before anything is said.
    pub(super) fn begun(&self) -> ResponseBody<'_> {
        self.response(Ending::Pending, Vec::new(), None)
    }

    /// The response with all that is said.
    pub(super) fn ended(&self) -> ResponseBody<'_> {
        let Output { reasoning_id, main } = &self.output;
        let reasoning = reasoning_id.iter().map(|id| Item::reasoning(id));
        let main = main.iter().map(|main| main.item(self.ending));
        self.response(self.ending, reasoning.chain(main).collect(), self.usage)
    }

    /// How the response and its last item end.
    pub(super) fn ending(&self) -> Ending {
        self.ending
    }

    fn response<'b>(
        &'b self,
        ending: Ending,
        output: Vec<Item<'b>>,
        usage: Option<Usage>,
    ) -> ResponseBody<'b> {
        let said = |value: &Option<Value>, default: Value| value.clone().unwrap_or(default);
        ResponseBody {
            id: &self.id,
            object: "response",
            created_at: CREATED_S,
            status: ending.status(),
            background: false,
            error: None,
            incomplete_details: match ending {
                Ending::Incomplete(reason) => Some(IncompleteDetails { reason }),
                Ending::Pending | Ending::Complete => None,
            },
            instructions: &self.echo.instructions,
            max_output_tokens: self.ceiling,
            model: self.model,
            output: Some(output),
            parallel_tool_calls: true,
            previous_response_id: None,
            reasoning: Reasoning {
                effort: None,
                summary: None,
            },
            store: true,
            temperature: 1.0,
            text: said(&self.echo.text, json!({"format": {"type": "text"}})),
            tool_choice: said(&self.echo.tool_choice, json!("auto")),
            tools: said(&self.echo.tools, json!([])),
            top_p: 1.0,
            truncation: "disabled",
            usage,
            user: None,
            metadata: Empty {},
        }
    }
}

impl Main {
    /// The item before anything is said.
    pub(super) fn begun(&self) -> Item<'_> {
        match self {
            Self::Message { id, .. } => Item::message(id, Ending::Pending, Vec::new()),
            Self::Call {
                id, call_id, name, ..
            } => Item::FunctionCall {
                id,
                status: Ending::Pending.status(),
                call_id,
                name,
                arguments: "",
            },
        }
    }

    /// The item with all that is said.
    pub(super) fn item(&self, ending: Ending) -> Item<'_> {
        match self {
            Self::Message { id, text } => Item::message(id, ending, vec![Part::text(text)]),
            Self::Call {
                id,
                call_id,
                name,
                arguments,
            } => Item::FunctionCall {
                id,
                status: ending.status(),
                call_id,
                name,
                arguments,
            },
        }
    }
}

impl Ending {
    const fn status(self) -> &'static str {
        match self {
            Self::Pending => "in_progress",
            Self::Complete => "completed",
            Self::Incomplete(_) => "incomplete",
        }
    }
}

impl<'a> Item<'a> {
    pub(super) fn reasoning(id: &'a str) -> Self {
        Self::Reasoning { id, summary: [] }
    }

    fn message(id: &'a str, ending: Ending, content: Vec<Part<'a>>) -> Self {
        Self::Message {
            id,
            status: ending.status(),
            role: "assistant",
            content,
        }
    }
}

impl<'a> Part<'a> {
    pub(super) fn text(text: &'a str) -> Self {
        Self {
            kind: "output_text",
            annotations: [],
            logprobs: [],
            text,
        }
    }
}
