//! Reads the facts of a Responses request.

use autopack_core::CeilingParameter;

use crate::facts::prompt::{Media, Prompt};
use crate::facts::{Ceiling, Footprint, RequestFacts, ResponseFormat, Thinking};
use crate::json::{Fault, Scanner};

const MEDIA: Media = Media {
    types: &[b"input_image", b"input_file", b"input_audio"],
    names: &[],
};

pub(crate) fn read<'a>(body: &'a [u8], facts: &mut RequestFacts<'a>) -> Result<(), Fault> {
    let (mut instructions, mut input) = (Prompt::default(), Prompt::default());
    let (mut system, mut in_input) = (None, None);
    Scanner::body(body, |scanner, name| {
        match name {
            b"model" => facts.model = scanner.decoded()?,
            b"max_output_tokens" => {
                let ceiling = Ceiling::read(scanner)?;
                facts.set_ceiling(ceiling, CeilingParameter::ResponsesMaxOutputTokens);
            }
            b"reasoning" => facts.thinking = Thinking::read_reasoning(scanner)?,
            b"stream" => facts.stream = scanner.flag()?,
            b"background" if scanner.flag()? => facts.footprint = Footprint::State,
            b"conversation" if scanner.is_there()? => facts.footprint = Footprint::State,
            b"background" | b"conversation" => {}
            b"instructions" => {
                instructions = facts.read_system(scanner, name, MEDIA)?;
                system = facts.system.take();
            }
            b"input" => {
                input = read_input(scanner, facts)?;
                in_input = facts.system.take();
            }
            b"tools" => facts.read_tools(scanner)?,
            b"tool_choice" => facts.tool_choice = scanner.is_there()?,
            b"text" => {
                scanner.object(|scanner, name| {
                    match name {
                        b"format" => {
                            let kind = scanner.text_in(b"type")?;
                            facts.response_format = ResponseFormat::of_type(kind);
                        }
                        _ => _ = scanner.skip()?,
                    }
                    Ok(())
                })?;
            }
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    facts.system = system.or(in_input);
    facts.set_prompt(instructions.plus(input));
    Ok(())
}

/// A text is one message of the user.
fn read_input<'a>(
    scanner: &mut Scanner<'a>,
    facts: &mut RequestFacts<'a>,
) -> Result<Prompt, Fault> {
    if scanner.peek()? != b'"' {
        return facts.read_messages(scanner, MEDIA);
    }
    let mut prompt = Prompt::default();
    prompt.measure(scanner, b"input", MEDIA)?;
    facts.sizes.n_messages = 1;
    Ok(prompt)
}
