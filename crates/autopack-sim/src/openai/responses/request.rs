//! What matters of a request's body.

use autopack_core::Tokens;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::ceiling;
use crate::json::Object;
use crate::openai::refusal::Refusal;
use crate::openai::tools::{ChoiceParam, FormatParam, chosen};
use crate::prompt::{Content, Text, TextOr};
use crate::reply::Form;
use crate::tools::{self, Tools};

/// The least ceiling, in tokens (openai-openapi 2.3.0, `max_output_tokens`).
const LEAST_CEILING: u16 = 16;

/// A request body; fields that do not change the reply are passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow, default)]
    input: TextOr<'a, Object<Item<'a>>>,
    #[serde(borrow)]
    instructions: Option<Text<'a>>,
    max_output_tokens: Option<Value>,
    /// The ceiling's names in the other dialect.
    max_tokens: Option<IgnoredAny>,
    max_completion_tokens: Option<IgnoredAny>,
    stream: Option<bool>,
    #[serde(borrow)]
    tools: Option<Vec<Object<Tool<'a>>>>,
    tool_choice: Option<ChoiceParam>,
    #[serde(borrow)]
    text: Option<Object<TextParam<'a>>>,
    /// Read for its type only.
    #[serde(rename = "temperature")]
    _temperature: Option<f64>,
}

/// An entry of the input: a message, or something that has no text here.
#[derive(Debug, Deserialize)]
struct Item<'a> {
    #[serde(borrow, default)]
    content: Content<'a>,
}

/// A tool; only functions are run by the caller.
#[derive(Debug, Deserialize)]
struct Tool<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct TextParam<'a> {
    #[serde(borrow)]
    format: Option<Object<FormatParam<'a>>>,
}

impl Request<'_> {
    pub(super) fn model(&self) -> Result<&str, Refusal> {
        let model = self.model.as_ref().map(Text::as_str);
        model.ok_or_else(|| Refusal::missing("model"))
    }

    /// The request's ceiling.
    pub(super) fn ceiling(&self, limit: Tokens) -> Result<Option<Tokens>, Refusal> {
        const NAME: &str = "max_output_tokens";
        if self.max_tokens.is_some() {
            return Err(Refusal::unknown("max_tokens"));
        }
        if self.max_completion_tokens.is_some() {
            return Err(Refusal::unknown("max_completion_tokens"));
        }
        let Some(written) = &self.max_output_tokens else {
            return Ok(None);
        };
        match ceiling::check(written, LEAST_CEILING, limit) {
            Ok(ceiling) => Ok(Some(ceiling)),
            Err(bad) => Err(Refusal::ceiling(bad, NAME, LEAST_CEILING, limit)),
        }
    }

    /// The tools, and which of them is wanted.
    pub(super) fn tools(&self) -> Result<Tools<'_>, Refusal> {
        let tools = self.tools.iter().flatten();
        let functions = tools.filter(|tool| tool.kind.as_str() == "function");
        let functions = functions.filter_map(|tool| {
            Some(tools::Tool {
                name: tool.name.as_ref()?.as_str(),
                schema: tool.parameters,
            })
        });
        chosen(functions, self.tool_choice.as_ref())
    }

    /// The form that the text has to have.
    pub(super) fn form(&self) -> Result<Form<'_>, Refusal> {
        match self.text.as_ref().and_then(|text| text.format.as_ref()) {
            Some(format) => format.form("text.format.type"),
            None => Ok(Form::Free),
        }
    }

    /// The text of the prompt, the instructions first.
    pub(super) fn texts(&self) -> Result<impl Iterator<Item = &str>, Refusal> {
        let items = match &self.input {
            TextOr::Nothing => return Err(Refusal::missing("input")),
            TextOr::List(items) if items.is_empty() => return Err(Refusal::empty("input")),
            input => input.list(),
        };
        let instructions = self.instructions.iter().map(Text::as_str);
        let items = items.iter().flat_map(|item| item.content.texts());
        Ok(instructions.chain(self.input.text()).chain(items))
    }

    pub(super) fn is_streamed(&self) -> bool {
        self.stream == Some(true)
    }
}
