//! What matters of a request's body.

use autopack_core::{ModelEntry, Tokens};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::ceiling;
use crate::json::Object;
use crate::prompt::{Content, Text};
use crate::reply::Form;
use crate::tools::{self, BadChoice, ToolChoice, Tools};

use super::refusal::Refusal;
use super::thinking::{Thinking, ThinkingParam};

/// The least ceiling, in tokens: 0 warms the cache (`providers.md`, section 1).
const LEAST_CEILING: u16 = 0;

/// A request body; fields that do not change the reply are passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    model: Option<Text<'a>>,
    #[serde(borrow)]
    messages: Option<Vec<Object<Message<'a>>>>,
    #[serde(borrow)]
    system: Option<Content<'a>>,
    max_tokens: Option<Value>,
    /// The ceiling's names elsewhere.
    max_completion_tokens: Option<IgnoredAny>,
    max_output_tokens: Option<IgnoredAny>,
    stream: Option<bool>,
    #[serde(borrow)]
    thinking: Option<Object<ThinkingParam<'a>>>,
    #[serde(borrow)]
    tools: Option<Vec<Object<Tool<'a>>>>,
    #[serde(borrow)]
    tool_choice: Option<Object<ChoiceParam<'a>>>,
    #[serde(borrow)]
    output_config: Option<Object<OutputConfig<'a>>>,
    /// Where the form of a text stood before it had `output_config`.
    #[serde(borrow)]
    output_format: Option<Object<FormatParam<'a>>>,
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

/// A tool; what has no schema is run by the provider.
#[derive(Debug, Deserialize)]
struct Tool<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    input_schema: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct ChoiceParam<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
struct OutputConfig<'a> {
    #[serde(borrow)]
    format: Option<Object<FormatParam<'a>>>,
}

#[derive(Debug, Deserialize)]
struct FormatParam<'a> {
    #[serde(borrow)]
    schema: Option<&'a RawValue>,
}

impl Request<'_> {
    pub(super) fn model(&self) -> Result<&str, Refusal> {
        let model = self.model.as_ref().map(Text::as_str);
        model.ok_or_else(|| Refusal::missing("model"))
    }

    /// The ceiling, which this API requires.
    pub(super) fn ceiling(&self, model: &str, limit: Tokens) -> Result<Tokens, Refusal> {
        for (name, foreign) in [
            ("max_completion_tokens", &self.max_completion_tokens),
            ("max_output_tokens", &self.max_output_tokens),
        ] {
            if foreign.is_some() {
                return Err(Refusal::extra(name));
            }
        }
        let Some(written) = &self.max_tokens else {
            return Err(Refusal::missing("max_tokens"));
        };
        ceiling::check(written, LEAST_CEILING, limit)
            .map_err(|bad| Refusal::ceiling(bad, LEAST_CEILING, model, limit))
    }

    /// What is said of thinking; `beta` is the header of features that are tried out.
    pub(super) fn thinking(
        &self,
        entry: &ModelEntry,
        max_tokens: Tokens,
        beta: Option<&[u8]>,
    ) -> Result<Thinking, Refusal> {
        match &self.thinking {
            Some(thinking) => thinking.read(entry, max_tokens, beta),
            None => Ok(Thinking::Unsaid),
        }
    }

    /// The tools, and which of them is wanted.
    pub(super) fn tools(&self, thinking: Thinking) -> Result<Tools<'_>, Refusal> {
        let tools = self.tools.iter().flatten().filter_map(|tool| {
            Some(tools::Tool {
                name: tool.name.as_ref()?.as_str(),
                schema: Some(tool.input_schema?),
            })
        });
        let tools = Tools {
            offered: tools.collect(),
            choice: self.choice()?,
        };
        let is_forced = matches!(tools.choice, ToolChoice::Any | ToolChoice::Named(_));
        if is_forced && matches!(thinking, Thinking::On { .. }) {
            return Err(Refusal::invalid(
                "Thinking may not be enabled when tool_choice forces tool use.".to_owned(),
            ));
        }
        match tools.check() {
            Ok(()) => Ok(tools),
            Err(BadChoice::NoTools) => Err(Refusal::invalid(
                "tool_choice may only be specified while providing tools.".to_owned(),
            )),
            Err(BadChoice::NotOffered(name)) => Err(Refusal::invalid(format!(
                "tool_choice: tool '{name}' not found in provided tools"
            ))),
        }
    }

    fn choice(&self) -> Result<ToolChoice<'_>, Refusal> {
        let Some(choice) = &self.tool_choice else {
            return Ok(ToolChoice::Auto);
        };
        match (choice.kind.as_str(), &choice.name) {
            ("auto", _) => Ok(ToolChoice::Auto),
            ("none", _) => Ok(ToolChoice::Never),
            ("any", _) => Ok(ToolChoice::Any),
            ("tool", Some(name)) => Ok(ToolChoice::Named(name.as_str())),
            ("tool", None) => Err(Refusal::missing("tool_choice.tool.name")),
            _ => Err(Refusal::invalid(
                "tool_choice: Input tag does not match any of the expected tags: 'auto', 'any', \
                 'tool', 'none'"
                    .to_owned(),
            )),
        }
    }

    /// The form that the text has to have.
    pub(super) fn form(&self) -> Result<Form<'_>, Refusal> {
        let config = self.output_config.as_ref();
        let format = config.and_then(|config| config.format.as_ref());
        let (name, format) = match (format, &self.output_format) {
            (Some(format), _) => ("output_config.format.schema", format),
            (None, Some(format)) => ("output_format.schema", format),
            (None, None) => return Ok(Form::Free),
        };
        let schema = format.schema.ok_or_else(|| Refusal::missing(name))?;
        Ok(Form::Schema(schema))
    }

    /// The text of the prompt, the system's first.
    pub(super) fn texts(&self) -> Result<impl Iterator<Item = &str>, Refusal> {
        let Some(messages) = &self.messages else {
            return Err(Refusal::missing("messages"));
        };
        if messages.is_empty() {
            return Err(Refusal::invalid(
                "messages: at least one message is required".to_owned(),
            ));
        }
        let system = self.system.iter().flat_map(Content::texts);
        let messages = messages.iter().flat_map(|message| message.content.texts());
        Ok(system.chain(messages))
    }

    pub(super) fn is_streamed(&self) -> bool {
        self.stream == Some(true)
    }
}
