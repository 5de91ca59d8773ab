//! What a client's request says, read without changing or keeping it.

pub(crate) mod prompt;

use std::borrow::Cow;

use autopack_core::{CeilingParameter, Tokens};

use crate::json::{Fault, Scanner, Text, Whole};
use prompt::{Media, Prompt};

/// The most tools whose names are kept: OpenAI takes 128 (openai-openapi 2.3.0), eight times that is
/// no toolbox.
pub const MAX_TOOL_NAMES: usize = 1024;

/// What a request says. Nothing of it is copied unless it is written with escapes.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestFacts<'a> {
    /// The model; `None` where the body does not name it, as with Gemini, which has it in the path.
    pub model: Option<Cow<'a, str>>,
    /// The ceiling that the provider would apply.
    pub ceiling: Ceiling,
    /// What the request calls that ceiling, where it has one.
    pub ceiling_parameter: Option<CeilingParameter>,
    /// How the model is told to think.
    pub thinking: Thinking<'a>,
    /// Whether the body asks for a stream of events. Gemini asks in the path.
    pub stream: bool,
    /// Whether the body asks for usage at the end of a stream, as OpenAI Chat wants to be asked.
    pub include_usage: bool,
    /// The tools' names in their order, at most [`MAX_TOOL_NAMES`].
    pub tool_names: Vec<Cow<'a, str>>,
    /// How many tools there are.
    pub n_tools: usize,
    /// Whether the request says which tool is to be called.
    pub tool_choice: bool,
    /// The form of the answer.
    pub response_format: ResponseFormat,
    /// What the call leaves behind at the provider.
    pub footprint: Footprint,
    /// How many answers are asked for, where it is said.
    pub n_candidates: Option<u64>,
    /// The standing instructions as they are written, JSON with its quotes: to be hashed, not shown.
    pub system: Option<&'a [u8]>,
    /// How large things are.
    pub sizes: RequestSizes,
}

/// A ceiling as a request gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ceiling {
    /// None, or `null`.
    #[default]
    Absent,
    /// This one.
    Given(Tokens),
    /// Something that is no whole number of tokens: what the provider makes of it is its affair.
    Unusable,
}

impl Ceiling {
    /// The tokens, where they are given.
    #[must_use]
    pub const fn given(self) -> Option<Tokens> {
        match self {
            Self::Given(tokens) => Some(tokens),
            Self::Absent | Self::Unusable => None,
        }
    }

    pub(crate) fn read(scanner: &mut Scanner<'_>) -> Result<Self, Fault> {
        Ok(match scanner.whole()? {
            Whole::Null => Self::Absent,
            Whole::Count(tokens) => Self::Given(Tokens::new(tokens)),
            Whole::Negative(_) | Whole::Other => Self::Unusable,
        })
    }
}

/// What a call leaves behind at the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Footprint {
    /// Nothing that a second call like it would find.
    #[default]
    Nothing,
    /// An answer in a conversation that the provider keeps, or work in the background.
    State,
}

/// How the model is told to think.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thinking<'a> {
    /// Whether and how far.
    pub mode: ThinkingMode,
    /// The effort or level, in the provider's word.
    pub effort: Option<Cow<'a, str>>,
}

/// Whether and how far a model is told to think.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ThinkingMode {
    /// Nothing is said.
    #[default]
    Unset,
    /// Not at all.
    Off,
    /// As far as it finds fit.
    Adaptive,
    /// As far as this budget, where it is said.
    On(Option<Tokens>),
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Any text: nothing else is said.
    #[default]
    Text,
    /// Some JSON.
    Json,
    /// JSON of a schema.
    JsonSchema,
    /// Something else.
    Other,
}

impl ResponseFormat {
    /// OpenAI's and Anthropic's word.
    pub(crate) fn of_type(kind: Option<Text<'_>>) -> Self {
        match kind.map(Text::raw) {
            None | Some(b"text") => Self::Text,
            Some(b"json_object") => Self::Json,
            Some(b"json_schema") => Self::JsonSchema,
            Some(_) => Self::Other,
        }
    }
}

/// How large the parts of a request are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestSizes {
    /// The whole body, in bytes.
    pub body_bytes: usize,
    /// The text of the prompt, in bytes with its escapes undone: standing instructions and messages,
    /// calls of tools and their results among them, without media and identifiers.
    pub text_bytes: usize,
    /// The descriptions of the tools as they are written, in bytes.
    pub tools_bytes: usize,
    /// Messages: turns of the conversation, or items of its input.
    pub n_messages: usize,
    /// Images, documents and other media in the prompt.
    pub n_media: usize,
}

/// How the members of a request that several dialects share are read. Where a name is there twice
/// the last one counts, as with the providers' parsers.
impl<'a> RequestFacts<'a> {
    /// The ceiling that counts, under the name it has.
    pub(crate) fn set_ceiling(&mut self, ceiling: Ceiling, parameter: CeilingParameter) {
        self.ceiling = ceiling;
        self.ceiling_parameter = (ceiling != Ceiling::Absent).then_some(parameter);
    }

    /// The standing instructions, which stand under `name`.
    pub(crate) fn read_system(
        &mut self,
        scanner: &mut Scanner<'a>,
        name: &[u8],
        media: Media,
    ) -> Result<Prompt, Fault> {
        let start = scanner.place();
        let mut prompt = Prompt::default();
        prompt.measure(scanner, name, media)?;
        let written = scanner.since(start);
        self.system = (written != b"null").then_some(written);
        Ok(prompt)
    }

    /// The messages of OpenAI's dialects, of which the first of a system or developer is the standing
    /// instructions.
    pub(crate) fn read_messages(
        &mut self,
        scanner: &mut Scanner<'a>,
        media: Media,
    ) -> Result<Prompt, Fault> {
        let mut prompt = Prompt::default();
        self.sizes.n_messages = 0;
        scanner.array(|scanner| {
            self.sizes.n_messages += 1;
            let (mut role, mut content) = (None, None);
            scanner.object(|scanner, name| {
                let start = scanner.place();
                match name {
                    b"role" => role = scanner.text()?,
                    _ => prompt.measure(scanner, name, media)?,
                }
                if name == b"content" {
                    content = Some(scanner.since(start));
                }
                Ok(())
            })?;
            let is_system = role.is_some_and(|role| role.is(b"system") || role.is(b"developer"));
            if is_system && self.system.is_none() {
                self.system = content;
            }
            Ok(())
        })?;
        Ok(prompt)
    }

    /// The tools of Anthropic's and OpenAI's dialects.
    pub(crate) fn read_tools(&mut self, scanner: &mut Scanner<'a>) -> Result<(), Fault> {
        self.with_tools(scanner, |facts, scanner| {
            let (mut name, mut inner, mut kind) = (None, None, None);
            scanner.object(|scanner, member| {
                match member {
                    b"name" => name = scanner.text()?,
                    b"function" | b"custom" => inner = scanner.text_in(b"name")?,
                    b"type" => kind = scanner.text()?,
                    _ => _ = scanner.skip()?,
                }
                Ok(())
            })?;
            facts.add_tool(name.or(inner).or(kind))
        })
    }

    /// A list of tools, each read by `tool`.
    pub(crate) fn with_tools(
        &mut self,
        scanner: &mut Scanner<'a>,
        mut tool: impl FnMut(&mut Self, &mut Scanner<'a>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.tool_names.clear();
        self.n_tools = 0;
        let start = scanner.place();
        let is_list = scanner.array(|scanner| tool(self, scanner))?;
        self.sizes.tools_bytes = if is_list {
            scanner.since(start).len()
        } else {
            0
        };
        Ok(())
    }

    pub(crate) fn add_tool(&mut self, name: Option<Text<'a>>) -> Result<(), Fault> {
        self.n_tools += 1;
        if let Some(name) = name.filter(|_| self.tool_names.len() < MAX_TOOL_NAMES) {
            self.tool_names.push(name.decode()?);
        }
        Ok(())
    }

    /// What all parts of the prompt come to.
    pub(crate) fn set_prompt(&mut self, prompt: Prompt) {
        self.sizes.text_bytes = prompt.text_bytes;
        self.sizes.n_media = prompt.n_media;
    }
}

impl<'a> Thinking<'a> {
    /// A word of OpenAI's for how much to think; `none` is not at all.
    pub(crate) fn of_effort(effort: Option<Cow<'a, str>>) -> Self {
        Self {
            mode: match effort.as_deref() {
                None => ThinkingMode::Unset,
                Some("none") => ThinkingMode::Off,
                Some(_) => ThinkingMode::On(None),
            },
            effort,
        }
    }

    /// `reasoning`, as OpenAI Responses and OpenRouter have it.
    pub(crate) fn read_reasoning(scanner: &mut Scanner<'a>) -> Result<Self, Fault> {
        let (mut effort, mut budget, mut is_off) = (None, None, false);
        scanner.object(|scanner, name| {
            match name {
                b"effort" => effort = scanner.decoded()?,
                b"max_tokens" => budget = scanner.count()?.map(Tokens::new),
                b"enabled" => is_off = scanner.is_literally(b"false")?,
                _ => _ = scanner.skip()?,
            }
            Ok(())
        })?;
        let mut thinking = Self::of_effort(effort);
        if is_off {
            thinking.mode = ThinkingMode::Off;
        } else if budget.is_some() {
            thinking.mode = ThinkingMode::On(budget);
        }
        Ok(thinking)
    }
}

impl std::fmt::Debug for RequestFacts<'_> {
    /// Without the prompt, which enters no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestFacts")
            .field("model", &self.model)
            .field("ceiling", &self.ceiling)
            .field("ceiling_parameter", &self.ceiling_parameter)
            .field("thinking", &self.thinking)
            .field("stream", &self.stream)
            .field("include_usage", &self.include_usage)
            .field("n_tools", &self.n_tools)
            .field("tool_choice", &self.tool_choice)
            .field("response_format", &self.response_format)
            .field("footprint", &self.footprint)
            .field("n_candidates", &self.n_candidates)
            .field("sizes", &self.sizes)
            .finish_non_exhaustive()
    }
}
