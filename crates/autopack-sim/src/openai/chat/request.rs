//! What matters of a request's body.

use autopack_core::{CeilingParameter, ModelEntry, Tokens};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::ceiling;
use crate::json::Object;
use crate::openai::refusal::Refusal;
use crate::openai::tools::{ChoiceParam, FormatParam, chosen};
use crate::prompt::{Content, Text};
use crate::reply::Form;
use crate::tools::{self, Tools};

/// The most choices (openai-openapi 2.3.0, `CreateChatCompletionRequest`, `n`).
const MAX_CHOICES: u32 = 128;

/// A request body; fields that do not change the reply are passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    messages: Option<Vec<Object<Message<'a>>>>,
    max_tokens: Option<Value>,
    max_completion_tokens: Option<Value>,
    /// The ceiling's name in the other dialect.
    max_output_tokens: Option<IgnoredAny>,
    n: Option<Value>,
    stream: Option<bool>,
    stream_options: Option<Object<StreamOptions>>,
    #[serde(borrow)]
    tools: Option<Vec<Object<Tool<'a>>>>,
    tool_choice: Option<ChoiceParam>,
    #[serde(borrow)]
    response_format: Option<Object<FormatParam<'a>>>,
    /// Read for its type only.
    #[serde(rename = "temperature")]
    _temperature: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Message<'a> {
    /// Read because it has to be there.
    #[serde(borrow, rename = "role")]
    _role: Text<'a>,
    #[serde(borrow, default)]
    content: Content<'a>,
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

/// A tool; only functions are run by the caller.
#[derive(Debug, Deserialize)]
struct Tool<'a> {
    #[serde(borrow)]
    function: Option<Object<Function<'a>>>,
}

#[derive(Debug, Deserialize)]
struct Function<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
}

impl Request<'_> {
    pub(super) fn model(&self) -> Result<&str, Refusal> {
        let model = self.model.as_ref().map(Text::as_str);
        model.ok_or_else(|| Refusal::invalid("you must provide a model parameter".to_owned()))
    }

    /// The request's ceiling, under the one name that the model knows.
    pub(super) fn ceiling(&self, entry: &ModelEntry) -> Result<Option<Tokens>, Refusal> {
        let is_renamed = entry.ceiling_parameter == CeilingParameter::MaxCompletionTokens;
        if self.max_output_tokens.is_some() {
            return Err(Refusal::unrecognized("max_output_tokens"));
        }
        let (parameter, written) = match (&self.max_tokens, &self.max_completion_tokens) {
            (None, None) => return Ok(None),
            (Some(_), _) if is_renamed => return Err(Refusal::renamed_ceiling()),
            (Some(_), Some(_)) => return Err(Refusal::two_ceilings()),
            (Some(written), None) => (CeilingParameter::MaxTokens, written),
            (None, Some(written)) => (CeilingParameter::MaxCompletionTokens, written),
        };
        let limit = entry.max_output_tokens;
        let ceiling = ceiling::check(written, 1, limit);
        let ceiling = ceiling.map_err(|bad| Refusal::ceiling(bad, parameter.as_str(), 1, limit));
        ceiling.map(Some)
    }

    /// How many choices are asked for.
    pub(super) fn n_choices(&self) -> Result<u32, Refusal> {
        let Some(written) = &self.n else {
            return Ok(1);
        };
        let most = u64::from(MAX_CHOICES);
        match ceiling::check(written, 1, Tokens::new(most)) {
            Ok(n) => Ok(u32::try_from(n.get()).unwrap_or(MAX_CHOICES)),
            Err(bad) => Err(Refusal::integer(bad, "n", 1, most)),
        }
    }

    /// The tools, and which of them is wanted.
    pub(super) fn tools(&self) -> Result<Tools<'_>, Refusal> {
        let tools = self.tools.iter().flatten();
        let functions = tools.filter_map(|tool| tool.function.as_deref());
        let functions = functions.map(|function| tools::Tool {
            name: function.name.as_str(),
            schema: function.parameters,
        });
        chosen(functions, self.tool_choice.as_ref())
    }

    /// The form that the text has to have.
    pub(super) fn form(&self) -> Result<Form<'_>, Refusal> {
        match &self.response_format {
            Some(format) => format.form("response_format.type"),
            None => Ok(Form::Free),
        }
    }

    /// The text of the prompt.
    pub(super) fn texts(&self) -> Result<impl Iterator<Item = &str>, Refusal> {
        let Some(messages) = &self.messages else {
            return Err(Refusal::missing("messages"));
        };
        if messages.is_empty() {
            return Err(Refusal::empty("messages"));
        }
        Ok(messages.iter().flat_map(|message| message.content.texts()))
    }

    pub(super) fn is_streamed(&self) -> bool {
        self.stream == Some(true)
    }

    /// Whether a stream is to end with its usage.
    pub(super) fn wants_usage(&self) -> bool {
        let options = self.stream_options.as_ref();
        options.and_then(|options| options.include_usage) == Some(true)
    }
}
