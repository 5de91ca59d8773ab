//! Each dialect on bodies shaped as its provider documents them: what is written, what is read.

mod replies;
mod streams;
mod written;

use autopack_core::Count;
use autopack_wire::{Dialect, Reply};

use Dialect::{AnthropicMessages, GeminiGenerateContent, OpenAiChat, OpenAiResponses};

const ALL: [Dialect; 4] = [
    AnthropicMessages,
    OpenAiChat,
    OpenAiResponses,
    GeminiGenerateContent,
];

/// What a reply says, on one line.
fn told(reply: &Reply) -> String {
    let count = |count: Count| {
        count
            .reported()
            .map_or("?".to_owned(), |tokens| tokens.to_string())
    };
    format!(
        "{:?} in {} cached {} out {} reasoning {} stop {} ({})",
        reply.text,
        count(reply.usage.input),
        count(reply.usage.cached),
        count(reply.usage.output),
        count(reply.usage.reasoning),
        reply.stop.reason.as_str(),
        reply.stop.native.as_deref().unwrap_or("-"),
    )
}

/// The calls of a reply, on one line.
fn called(reply: &Reply) -> String {
    let calls = reply.tool_calls.iter();
    let calls: Vec<_> = calls
        .map(|call| format!("{}({})", call.name, call.arguments))
        .collect();
    calls.join(" ")
}
