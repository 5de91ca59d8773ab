//! Which tool a reply calls, if any.

use serde_json::value::RawValue;

use crate::schema;

/// The tools of a request, in its order, and which of them it wants called.
#[derive(Debug, Default)]
pub(crate) struct Tools<'a> {
    pub(crate) offered: Vec<Tool<'a>>,
    pub(crate) choice: ToolChoice<'a>,
}

/// A tool that the caller runs.
#[derive(Debug)]
pub(crate) struct Tool<'a> {
    pub(crate) name: &'a str,
    /// What it takes, as a JSON schema.
    pub(crate) schema: Option<&'a RawValue>,
}

/// Which tool is to be called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ToolChoice<'a> {
    /// Any or none.
    #[default]
    Auto,
    /// None.
    Never,
    /// One of them.
    Any,
    /// This one.
    Named(&'a str),
}

/// A choice that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadChoice<'a> {
    /// There are no tools to choose from.
    NoTools,
    /// The named one is not among them.
    NotOffered(&'a str),
}

/// The tool that a scenario has called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScriptedCall {
    pub(crate) name: String,
    /// JSON; without it arguments are made from the tool's schema.
    pub(crate) arguments: Option<String>,
}

/// A call of a tool.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ToolCall<'a> {
    pub(crate) name: &'a str,
    /// JSON.
    pub(crate) arguments: String,
}

impl<'a> Tools<'a> {
    /// Whether the choice can be made.
    pub(crate) fn check(&self) -> Result<(), BadChoice<'a>> {
        match self.choice {
            ToolChoice::Any | ToolChoice::Named(_) if self.offered.is_empty() => {
                Err(BadChoice::NoTools)
            }
            ToolChoice::Named(name) if self.named(name).is_none() => {
                Err(BadChoice::NotOffered(name))
            }
            _ => Ok(()),
        }
    }

    /// The call: the scenario's, if the request offers that tool and allows it, else the one that
    /// the request insists on, with the smallest arguments that its schema allows.
    pub(crate) fn call(&self, scripted: Option<&ScriptedCall>) -> Option<ToolCall<'a>> {
        use ToolChoice::{Any, Auto, Named, Never};
        let is_allowed = |name: &str| !matches!(self.choice, Named(wanted) if wanted != name);
        let scripted = scripted.filter(|call| is_allowed(&call.name));
        let found = scripted.and_then(|call| Some((self.named(&call.name)?, call)));
        let (tool, arguments) = match (self.choice, found) {
            (Auto | Any | Named(_), Some((tool, call))) => (tool, call.arguments.clone()),
            (Any, None) => (self.offered.first()?, None),
            (Named(name), None) => (self.named(name)?, None),
            (Auto | Never, _) => return None,
        };
        let made = || schema::arguments(tool.schema.map(RawValue::get));
        Some(ToolCall {
            name: tool.name,
            arguments: arguments.unwrap_or_else(made),
        })
    }

    fn named(&self, name: &str) -> Option<&Tool<'a>> {
        self.offered.iter().find(|tool| tool.name == name)
    }
}

#[cfg(test)]
#[expect(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "tests read better so"
)]
mod tests {
    use super::*;

    const SCHEMA: &str =
        r#"{"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}"#;

    fn called(choice: ToolChoice<'_>, scripted: Option<ScriptedCall>) -> Option<(String, String)> {
        let schema = serde_json::from_str(SCHEMA).unwrap();
        let tools = Tools {
            offered: vec![
                Tool {
                    name: "first",
                    schema: None,
                },
                Tool {
                    name: "second",
                    schema: Some(schema),
                },
            ],
            choice,
        };
        assert_eq!(tools.check(), Ok(()));
        let call = tools.call(scripted.as_ref())?;
        Some((call.name.to_owned(), call.arguments))
    }

    fn scripted(name: &str, arguments: Option<&str>) -> Option<ScriptedCall> {
        Some(ScriptedCall {
            name: name.to_owned(),
            arguments: arguments.map(str::to_owned),
        })
    }

    fn some(name: &str, arguments: &str) -> Option<(String, String)> {
        Some((name.to_owned(), arguments.to_owned()))
    }

    #[test]
    fn the_request_insists_and_the_scenario_fills_in() {
        use ToolChoice::{Any, Auto, Named, Never};
        let second = || scripted("second", Some("{\"x\":5}"));
        assert_eq!(called(Auto, None), None);
        assert_eq!(called(Any, None), some("first", "{}"));
        assert_eq!(called(Named("second"), None), some("second", "{\"x\":0}"));
        assert_eq!(called(Auto, second()), some("second", "{\"x\":5}"));
        assert_eq!(called(Any, second()), some("second", "{\"x\":5}"));
        assert_eq!(called(Named("first"), second()), some("first", "{}"));
        assert_eq!(called(Never, second()), None);
        assert_eq!(called(Auto, scripted("third", None)), None);
        assert_eq!(called(Any, scripted("third", None)), some("first", "{}"));
        let unfilled = scripted("second", None);
        assert_eq!(called(Auto, unfilled), some("second", "{\"x\":0}"));
    }

    #[test]
    fn a_choice_needs_its_tool() {
        let check = |offered: &[&'static str], choice| {
            let offered = offered.iter().map(|name| Tool { name, schema: None });
            let offered = offered.collect();
            Tools { offered, choice }.check()
        };
        assert_eq!(check(&[], ToolChoice::Any), Err(BadChoice::NoTools));
        assert_eq!(check(&[], ToolChoice::Named("a")), Err(BadChoice::NoTools));
        let missing = check(&["b"], ToolChoice::Named("a"));
        assert_eq!(missing, Err(BadChoice::NotOffered("a")));
        assert_eq!(check(&[], ToolChoice::Never), Ok(()));
    }
}
