//! What matters of a request's body. Like every JSON form of a protocol buffer it may be written
//! in camel case or in snake case (protobuf.dev/programming-guides/json, "Field names"). Numbers in
//! quotes, which that form allows too, are refused here: no client of ours means to send them.

use autopack_core::Tokens;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::ceiling;
use crate::json::Object;
use crate::prompt::{Part, Text};
use crate::reply::Form;
use crate::tools::{self, BadChoice, ToolChoice, Tools};

use super::refusal::Refusal;

/// The most candidates (ai.google.dev/api/generate-content, `candidateCount`).
const MAX_CANDIDATES: u32 = 8;

/// A request body; fields that do not change the reply are passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    contents: Option<Vec<Object<Content<'a>>>>,
    #[serde(borrow, alias = "system_instruction")]
    system_instruction: Option<Object<Content<'a>>>,
    #[serde(borrow, alias = "generation_config")]
    generation_config: Option<Object<GenerationConfig<'a>>>,
    #[serde(borrow)]
    tools: Option<Vec<Object<Tool<'a>>>>,
    #[serde(borrow, alias = "tool_config")]
    tool_config: Option<Object<ToolConfig<'a>>>,
    /// The ceiling's name elsewhere.
    #[serde(rename = "max_tokens")]
    max_tokens: Option<IgnoredAny>,
}

/// A body of `countTokens`: contents, or a whole request.
#[derive(Debug, Deserialize)]
pub(super) struct CountRequest<'a> {
    #[serde(
        borrow,
        alias = "generate_content_request",
        rename = "generateContentRequest"
    )]
    whole: Option<Object<Request<'a>>>,
    #[serde(borrow)]
    contents: Option<Vec<Object<Content<'a>>>>,
}

#[derive(Debug, Deserialize)]
struct Content<'a> {
    #[serde(borrow, default)]
    parts: Option<Vec<Object<Part<'a>>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GenerationConfig<'a> {
    #[serde(alias = "max_output_tokens")]
    max_output_tokens: Option<Value>,
    #[serde(alias = "candidate_count")]
    candidate_count: Option<Value>,
    #[serde(borrow, alias = "response_mime_type")]
    response_mime_type: Option<Text<'a>>,
    #[serde(borrow, alias = "response_schema")]
    response_schema: Option<&'a RawValue>,
    #[serde(borrow, alias = "response_json_schema")]
    response_json_schema: Option<&'a RawValue>,
    #[serde(alias = "thinking_config")]
    thinking_config: Option<Object<ThinkingConfig>>,
    /// Read for its type only.
    #[serde(rename = "temperature")]
    _temperature: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ThinkingConfig {
    #[serde(alias = "include_thoughts")]
    include_thoughts: Option<bool>,
    #[serde(alias = "thinking_budget")]
    thinking_budget: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tool<'a> {
    #[serde(borrow, alias = "function_declarations")]
    function_declarations: Option<Vec<Object<Function<'a>>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Function<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
    #[serde(borrow, alias = "parameters_json_schema")]
    parameters_json_schema: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToolConfig<'a> {
    #[serde(borrow, alias = "function_calling_config")]
    function_calling_config: Option<Object<FunctionCallingConfig<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionCallingConfig<'a> {
    #[serde(borrow)]
    mode: Option<Text<'a>>,
    #[serde(borrow, alias = "allowed_function_names")]
    allowed_function_names: Option<Vec<Text<'a>>>,
}

/// What a request says of thinking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Thinking {
    /// The most tokens. Only none at all is kept to: budgets are soft (`providers.md`, section 2).
    pub(super) limit: Option<Tokens>,
    /// Whether thoughts are shown.
    pub(super) is_shown: bool,
}

impl<'a> CountRequest<'a> {
    /// The request whose prompt is counted.
    pub(super) fn inner(self) -> Request<'a> {
        let contents = self.contents;
        let alone = || Request {
            contents,
            ..Request::default()
        };
        self.whole.map_or_else(alone, Object::into_inner)
    }
}

impl<'a> Request<'a> {
    /// The request's ceiling.
    pub(super) fn ceiling(&self, limit: Tokens) -> Result<Option<Tokens>, Refusal> {
        if self.max_tokens.is_some() {
            return Err(Refusal::unknown_name("max_tokens"));
        }
        let Some(written) = self
            .config()
            .and_then(|config| config.max_output_tokens.as_ref())
        else {
            return Ok(None);
        };
        match ceiling::check(written, 1, limit) {
            Ok(ceiling) => Ok(Some(ceiling)),
            Err(bad) => Err(Refusal::ceiling(bad, written, limit)),
        }
    }

    /// How many candidates are asked for.
    pub(super) fn n_candidates(&self) -> Result<u32, Refusal> {
        let Some(written) = self
            .config()
            .and_then(|config| config.candidate_count.as_ref())
        else {
            return Ok(1);
        };
        match ceiling::check(written, 1, Tokens::new(MAX_CANDIDATES.into())) {
            Ok(n) => Ok(u32::try_from(n.get()).unwrap_or(MAX_CANDIDATES)),
            Err(bad) => Err(Refusal::candidates(bad, written, MAX_CANDIDATES)),
        }
    }

    /// What is said of thinking.
    pub(super) fn thinking(&self) -> Result<Thinking, Refusal> {
        let config = self
            .config()
            .and_then(|config| config.thinking_config.as_ref());
        let budget = config.and_then(|config| config.thinking_budget.as_ref());
        let limit = match budget.map(|written| (written, written.as_i64())) {
            None | Some((_, Some(-1 | 1..))) => None,
            Some((_, Some(0))) => Some(Tokens::new(0)),
            Some((written, _)) => return Err(Refusal::thinking_budget(written)),
        };
        Ok(Thinking {
            limit,
            is_shown: config.and_then(|config| config.include_thoughts) == Some(true),
        })
    }

    /// The tools, and which of them is wanted.
    pub(super) fn tools(&self) -> Result<Tools<'_>, Refusal> {
        let tools = self.tools.iter().flatten();
        let functions = tools.flat_map(|tool| tool.function_declarations.iter().flatten());
        let offered = functions.map(|function| tools::Tool {
            name: function.name.as_str(),
            schema: function.parameters.or(function.parameters_json_schema),
        });
        let tools = Tools {
            offered: offered.collect(),
            choice: self.choice()?,
        };
        match tools.check() {
            Ok(()) => Ok(tools),
            Err(BadChoice::NoTools) => Err(Refusal::invalid(
                "Function calling config is set without function_declarations.".to_owned(),
            )),
            Err(BadChoice::NotOffered(name)) => Err(Refusal::invalid(format!(
                "allowed_function_names contains a function that is not declared: {name}"
            ))),
        }
    }

    fn choice(&self) -> Result<ToolChoice<'_>, Refusal> {
        let config = self.tool_config.as_ref();
        let config = config.and_then(|config| config.function_calling_config.as_ref());
        let Some(mode) = config.and_then(|config| config.mode.as_ref()) else {
            return Ok(ToolChoice::Auto);
        };
        let allowed = config.and_then(|config| config.allowed_function_names.as_ref());
        let allowed = allowed.and_then(|names| names.first());
        match mode.as_str() {
            "AUTO" | "VALIDATED" | "MODE_UNSPECIFIED" => Ok(ToolChoice::Auto),
            "NONE" => Ok(ToolChoice::Never),
            "ANY" => Ok(allowed.map_or(ToolChoice::Any, |name| ToolChoice::Named(name.as_str()))),
            _ => Err(Refusal::invalid(
                "Invalid value at 'tool_config.function_calling_config.mode' \
                 (type.googleapis.com/google.ai.generativelanguage.v1beta.FunctionCallingConfig.Mode)"
                    .to_owned(),
            )),
        }
    }

    /// The form that the text has to have.
    pub(super) fn form(&self) -> Form<'_> {
        let Some(config) = self.config() else {
            return Form::Free;
        };
        let mime_type = config.response_mime_type.as_ref().map(Text::as_str);
        match config.response_schema.or(config.response_json_schema) {
            Some(schema) => Form::Schema(schema),
            None if mime_type == Some("application/json") => Form::Json,
            None => Form::Free,
        }
    }

    /// The text of the prompt, the system's first.
    pub(super) fn texts(&self) -> Result<impl Iterator<Item = &str>, Refusal> {
        let contents = self.contents.as_deref().unwrap_or_default();
        if contents.is_empty() {
            return Err(Refusal::invalid(
                "* GenerateContentRequest.contents: contents is not specified\n".to_owned(),
            ));
        }
        let all = self.system_instruction.iter().chain(contents);
        let parts = all.flat_map(|content| content.parts.iter().flatten());
        Ok(parts.filter_map(|part| part.text()))
    }

    fn config(&self) -> Option<&GenerationConfig<'a>> {
        self.generation_config.as_deref()
    }
}
