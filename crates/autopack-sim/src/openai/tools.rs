//! The choice of a tool and the form of a text, which both dialects write nearly alike.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::Object;
use crate::prompt::Text;
use crate::reply::Form;
use crate::tools::{BadChoice, Tool, ToolChoice, Tools};

use super::refusal::Refusal;

/// `tool_choice`: a word, or an object that names a function.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ChoiceParam {
    Word(String),
    Object(Object<ChoiceObject>),
}

#[derive(Debug, Deserialize)]
pub(super) struct ChoiceObject {
    /// Where Chat Completions has the name.
    function: Option<Object<Named>>,
    /// Where Responses has it.
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
}

/// A form of text: `response_format` of Chat Completions, `text.format` of Responses.
#[derive(Debug, Deserialize)]
pub(super) struct FormatParam<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    /// Where Responses has the schema.
    #[serde(borrow)]
    schema: Option<&'a RawValue>,
    /// Where Chat Completions has it.
    #[serde(borrow)]
    json_schema: Option<Object<SchemaParam<'a>>>,
}

#[derive(Debug, Deserialize)]
struct SchemaParam<'a> {
    #[serde(borrow)]
    schema: Option<&'a RawValue>,
}

impl ChoiceParam {
    fn choice(&self) -> Result<ToolChoice<'_>, Refusal> {
        match self {
            Self::Word(word) => match word.as_str() {
                "auto" => Ok(ToolChoice::Auto),
                "none" => Ok(ToolChoice::Never),
                "required" => Ok(ToolChoice::Any),
                _ => Err(Refusal::unknown_value(
                    "tool_choice",
                    "'none', 'auto', and 'required'",
                )),
            },
            Self::Object(choice) => {
                let function = choice.function.as_ref().map(|function| &function.name);
                let name = function.or(choice.name.as_ref());
                // What names no function names a tool that the provider runs, and those are not here.
                Ok(name.map_or(ToolChoice::Auto, |name| ToolChoice::Named(name)))
            }
        }
    }
}

/// The tools that are offered, with the choice among them.
pub(super) fn chosen<'a>(
    offered: impl Iterator<Item = Tool<'a>>,
    choice: Option<&'a ChoiceParam>,
) -> Result<Tools<'a>, Refusal> {
    let tools = Tools {
        offered: offered.collect(),
        choice: choice.map_or(Ok(ToolChoice::Auto), ChoiceParam::choice)?,
    };
    match tools.check() {
        Ok(()) => Ok(tools),
        Err(BadChoice::NoTools) => Err(Refusal::choice_without_tools()),
        Err(BadChoice::NotOffered(name)) => Err(Refusal::choice_not_offered(name)),
    }
}

impl<'a> FormatParam<'a> {
    /// The form that a text has to have; `name` is the parameter's.
    pub(super) fn form(&self, name: &'static str) -> Result<Form<'a>, Refusal> {
        let nested = self.json_schema.as_ref().and_then(|nested| nested.schema);
        match (self.kind.as_str(), nested.or(self.schema)) {
            ("text", _) => Ok(Form::Free),
            ("json_schema", Some(schema)) => Ok(Form::Schema(schema)),
            ("json_schema" | "json_object", _) => Ok(Form::Json),
            _ => Err(Refusal::unknown_value(
                name,
                "'text', 'json_object', and 'json_schema'",
            )),
        }
    }
}
