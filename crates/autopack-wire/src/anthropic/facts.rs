//! Reads the facts of a Messages request.

use autopack_core::{CeilingParameter, Tokens};

use crate::facts::prompt::{Media, Prompt};
use crate::facts::{Ceiling, RequestFacts, ResponseFormat, ThinkingMode};
use crate::json::{Fault, Scanner};

const MEDIA: Media = Media {
    types: &[b"image", b"document"],
    names: &[],
};

pub(crate) fn read<'a>(body: &'a [u8], facts: &mut RequestFacts<'a>) -> Result<(), Fault> {
    let (mut system, mut messages) = (Prompt::default(), Prompt::default());
    Scanner::body(body, |scanner, name| {
        match name {
            b"model" => facts.model = scanner.decoded()?,
            b"max_tokens" => {
                facts.set_ceiling(Ceiling::read(scanner)?, CeilingParameter::MaxTokens);
            }
            b"thinking" => facts.thinking.mode = thinking(scanner)?,
            b"output_config" => output_config(scanner, facts)?,
            b"output_format" => facts.response_format = format(scanner)?,
            b"stream" => facts.stream = scanner.flag()?,
            b"system" => system = facts.read_system(scanner, name, MEDIA)?,
            b"messages" => {
                messages = Prompt::default();
                facts.sizes.n_messages = 0;
                scanner.array(|scanner| {
                    facts.sizes.n_messages += 1;
                    messages.measure(scanner, name, MEDIA)
                })?;
            }
            b"tools" => facts.read_tools(scanner)?,
            b"tool_choice" => facts.tool_choice = scanner.is_there()?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    facts.set_prompt(system.plus(messages));
    Ok(())
}

fn thinking(scanner: &mut Scanner<'_>) -> Result<ThinkingMode, Fault> {
    let (mut kind, mut budget) = (None, None);
    scanner.object(|scanner, name| {
        match name {
            b"type" => kind = scanner.text()?,
            b"budget_tokens" => budget = scanner.count()?.map(Tokens::new),
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    Ok(match kind.map(crate::json::Text::raw) {
        Some(b"enabled") => ThinkingMode::On(budget),
        Some(b"adaptive") => ThinkingMode::Adaptive,
        Some(b"disabled") => ThinkingMode::Off,
        _ => ThinkingMode::Unset,
    })
}

fn output_config<'a>(scanner: &mut Scanner<'a>, facts: &mut RequestFacts<'a>) -> Result<(), Fault> {
    scanner.object(|scanner, name| {
        match name {
            b"effort" => facts.thinking.effort = scanner.decoded()?,
            b"format" => facts.response_format = format(scanner)?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    Ok(())
}

fn format(scanner: &mut Scanner<'_>) -> Result<ResponseFormat, Fault> {
    Ok(ResponseFormat::of_type(scanner.text_in(b"type")?))
}
