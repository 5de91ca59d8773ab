//! Reads the facts of a generateContent request. Every name may be written in camel or in snake case
//! (protobuf, ProtoJSON format).

use std::borrow::Cow;

use autopack_core::{CeilingParameter, Tokens};

use crate::facts::prompt::{Media, Prompt};
use crate::facts::{Ceiling, RequestFacts, ResponseFormat, Thinking, ThinkingMode};
use crate::json::{Fault, Scanner, Text, Whole};

const MEDIA: Media = Media {
    types: &[],
    names: &[b"inlineData", b"inline_data", b"fileData", b"file_data"],
};

pub(crate) fn read<'a>(body: &'a [u8], facts: &mut RequestFacts<'a>) -> Result<(), Fault> {
    let (mut system, mut contents) = (Prompt::default(), Prompt::default());
    let (mut camel, mut snake) = (Config::default(), Config::default());
    Scanner::body(body, |scanner, name| {
        match name {
            b"generationConfig" => camel = Config::read(scanner)?,
            b"generation_config" => snake = Config::read(scanner)?,
            b"systemInstruction" | b"system_instruction" => {
                system = facts.read_system(scanner, name, MEDIA)?;
            }
            b"contents" => {
                contents = Prompt::default();
                facts.sizes.n_messages = 0;
                scanner.array(|scanner| {
                    facts.sizes.n_messages += 1;
                    contents.measure(scanner, name, MEDIA)
                })?;
            }
            b"tools" => facts.with_tools(scanner, read_tools)?,
            b"toolConfig" | b"tool_config" => facts.tool_choice = scanner.is_there()?,
            // The body of Vertex may name its model as well.
            b"model" => facts.model = scanner.decoded()?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    camel.or(snake).apply(facts);
    facts.set_prompt(system.plus(contents));
    Ok(())
}

/// A list of functions, or a tool of the provider's, which is named by its member.
fn read_tools<'a>(facts: &mut RequestFacts<'a>, scanner: &mut Scanner<'a>) -> Result<(), Fault> {
    scanner.members(|scanner, member| {
        if matches!(
            member.name,
            b"functionDeclarations" | b"function_declarations"
        ) {
            scanner.array(|scanner| facts.add_tool(scanner.text_in(b"name")?))?;
            return Ok(());
        }
        scanner.skip()?;
        facts.add_tool(Some(member.text))
    })?;
    Ok(())
}

/// What matters of a `generationConfig`.
#[derive(Default)]
struct Config<'a> {
    ceiling: Ceiling,
    thinking: Thinking<'a>,
    mime_type: Option<Text<'a>>,
    has_schema: bool,
    n_candidates: Option<u64>,
}

impl<'a> Config<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Fault> {
        let mut config = Self::default();
        let start = scanner.place();
        let is_object = scanner.object(|scanner, name| {
            match name {
                b"maxOutputTokens" | b"max_output_tokens" => {
                    let ceiling = Ceiling::read(scanner)?;
                    // Both names are one field, which `null` does not set.
                    if ceiling != Ceiling::Absent {
                        config.ceiling = ceiling;
                    }
                }
                b"thinkingConfig" | b"thinking_config" => config.thinking = thinking(scanner)?,
                b"responseMimeType" | b"response_mime_type" => config.mime_type = scanner.text()?,
                b"responseSchema"
                | b"response_schema"
                | b"responseJsonSchema"
                | b"response_json_schema" => config.has_schema |= scanner.is_there()?,
                b"candidateCount" | b"candidate_count" => config.n_candidates = scanner.count()?,
                _ => _ = scanner.skip()?,
            }
            Ok(())
        })?;
        if !is_object && scanner.since(start) != b"null" {
            config.ceiling = Ceiling::Unusable;
        }
        Ok(config)
    }

    /// Both spellings are one object to the provider.
    fn or(self, other: Self) -> Self {
        let is_set = |thinking: &Thinking<'_>| *thinking != Thinking::default();
        Self {
            ceiling: match self.ceiling {
                Ceiling::Absent => other.ceiling,
                ceiling => ceiling,
            },
            thinking: if is_set(&self.thinking) {
                self.thinking
            } else {
                other.thinking
            },
            mime_type: self.mime_type.or(other.mime_type),
            has_schema: self.has_schema || other.has_schema,
            n_candidates: self.n_candidates.or(other.n_candidates),
        }
    }

    fn apply(self, facts: &mut RequestFacts<'a>) {
        facts.set_ceiling(self.ceiling, CeilingParameter::MaxOutputTokens);
        facts.thinking = self.thinking;
        facts.n_candidates = self.n_candidates;
        facts.response_format = match self.mime_type.map(Text::raw) {
            _ if self.has_schema => ResponseFormat::JsonSchema,
            None | Some(b"text/plain") => ResponseFormat::Text,
            Some(b"application/json") => ResponseFormat::Json,
            Some(_) => ResponseFormat::Other,
        };
    }
}

/// A budget (0 is off, -1 as the model finds fit), or from Gemini 3 on a level.
fn thinking<'a>(scanner: &mut Scanner<'a>) -> Result<Thinking<'a>, Fault> {
    let (mut budget, mut level): (_, Option<Cow<'a, str>>) = (Whole::Null, None);
    scanner.object(|scanner, name| {
        match name {
            b"thinkingBudget" | b"thinking_budget" => budget = scanner.whole()?,
            b"thinkingLevel" | b"thinking_level" => level = scanner.decoded()?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    let mode = match budget {
        Whole::Count(0) => ThinkingMode::Off,
        Whole::Count(budget) => ThinkingMode::On(Some(Tokens::new(budget))),
        Whole::Negative(-1) => ThinkingMode::Adaptive,
        _ if level.is_some() => ThinkingMode::On(None),
        _ => ThinkingMode::Unset,
    };
    Ok(Thinking {
        mode,
        effort: level,
    })
}
