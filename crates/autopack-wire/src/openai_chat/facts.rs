//! Reads the facts of a Chat Completions request.

use autopack_core::CeilingParameter;

use crate::facts::prompt::{Media, Prompt};
use crate::facts::{Ceiling, RequestFacts, ResponseFormat, Thinking};
use crate::json::{Fault, Scanner};

const MEDIA: Media = Media {
    types: &[
        b"image_url",
        b"input_audio",
        b"file",
        b"video_url",
        b"audio_url",
    ],
    names: &[],
};

pub(crate) fn read<'a>(body: &'a [u8], facts: &mut RequestFacts<'a>) -> Result<(), Fault> {
    let mut prompt = Prompt::default();
    let (mut old_ceiling, mut ceiling) = (Ceiling::Absent, Ceiling::Absent);
    Scanner::body(body, |scanner, name| {
        match name {
            b"model" => facts.model = scanner.decoded()?,
            b"max_tokens" => old_ceiling = Ceiling::read(scanner)?,
            b"max_completion_tokens" => ceiling = Ceiling::read(scanner)?,
            b"reasoning_effort" => facts.thinking = Thinking::of_effort(scanner.decoded()?),
            b"reasoning" => facts.thinking = Thinking::read_reasoning(scanner)?,
            b"stream" => facts.stream = scanner.flag()?,
            b"stream_options" => facts.include_usage = scanner.flag_in(b"include_usage")?,
            b"messages" => {
                facts.system = None;
                prompt = facts.read_messages(scanner, MEDIA)?;
            }
            // `functions` and `function_call` are what tools were before 2024.
            b"tools" | b"functions" => facts.read_tools(scanner)?,
            b"tool_choice" | b"function_call" => facts.tool_choice = scanner.is_there()?,
            b"response_format" => {
                facts.response_format = ResponseFormat::of_type(scanner.text_in(b"type")?);
            }
            b"n" => facts.n_candidates = scanner.count()?,
            _ => _ = scanner.skip()?,
        }
        Ok(())
    })?;
    // OpenAI refuses both; servers like it take the newer one.
    if ceiling == Ceiling::Absent {
        facts.set_ceiling(old_ceiling, CeilingParameter::MaxTokens);
    } else {
        facts.set_ceiling(ceiling, CeilingParameter::MaxCompletionTokens);
    }
    facts.set_prompt(prompt);
    Ok(())
}
