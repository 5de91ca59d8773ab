//! A reply, read from whichever dialect it came in.

use autopack_core::{Stop, StopReason, Usage};

use crate::json::{Fault, Text};

/// The most calls of tools that are kept of one reply: eight times what OpenAI lets a request name
/// (openai-openapi 2.3.0: 128 tools).
pub const MAX_TOOL_CALLS: usize = 1024;

/// What came back.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The visible text; empty where only usage and stop reason are read.
    pub text: String,
    /// How long the visible text is, in bytes, kept or not.
    pub text_bytes: usize,
    /// The calls of tools in order, at most [`MAX_TOOL_CALLS`]; empty where only usage and stop reason
    /// are read.
    pub tool_calls: Vec<ToolCall>,
    /// Whether the last thing that came was a part of a tool call, kept or not.
    pub ends_in_tool_call: bool,
    /// Usage as reported.
    pub usage: Usage,
    /// Why the output ended.
    pub stop: Stop,
}

impl std::fmt::Debug for Reply {
    /// Without the text, which enters no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply")
            .field("text_bytes", &self.text_bytes)
            .field("tool_calls", &self.tool_calls)
            .field("usage", &self.usage)
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}

/// A call of a tool.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ToolCall {
    /// The tool.
    pub name: String,
    /// The arguments as they came: JSON, if nothing cut it off.
    pub arguments: String,
    /// The provider's number for it within the reply.
    index: u64,
}

impl ToolCall {
    /// Whether the arguments end in the middle of their JSON. None at all is a tool without
    /// parameters; JSON that is wrong elsewhere is the model's mistake and not a cut.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        let arguments = self.arguments.trim_ascii();
        !arguments.is_empty()
            && serde_json::from_str::<serde::de::IgnoredAny>(arguments)
                .is_err_and(|error| error.is_eof())
    }

    /// Whether the arguments are JSON from the first byte to the last, or there are none.
    #[must_use]
    pub fn parses(&self) -> bool {
        let arguments = self.arguments.trim_ascii();
        arguments.is_empty() || serde_json::from_str::<serde::de::IgnoredAny>(arguments).is_ok()
    }
}

impl std::fmt::Debug for ToolCall {
    /// Without the arguments, which enter no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ToolCall")
            .field("name", &self.name)
            .field("argument_bytes", &self.arguments.len())
            .finish_non_exhaustive()
    }
}

/// A reply that is being read.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) reply: Reply,
    pub(crate) keep: Keep,
}

/// What of a reply is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Texts and tool calls too.
    #[default]
    All,
    /// Usage and stop reason.
    Outcome,
}

impl Draft {
    /// A draft of usage and stop reason alone.
    pub(crate) fn outcome() -> Self {
        Self {
            keep: Keep::Outcome,
            ..Self::default()
        }
    }

    /// Visible text, which goes behind the text so far.
    pub(crate) fn say(&mut self, text: Option<Text<'_>>) -> Result<(), Fault> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(());
        };
        self.reply.ends_in_tool_call = false;
        if self.keep == Keep::All {
            text.push_to(&mut self.reply.text)?;
            self.reply.text_bytes = self.reply.text.len();
        } else {
            self.reply.text_bytes += text.decoded_bytes();
        }
        Ok(())
    }

    /// The tool call with the provider's number `index`, and its tool where that is said.
    pub(crate) fn name_call(&mut self, index: u64, tool: Option<Text<'_>>) -> Result<(), Fault> {
        self.call(index, |call| match tool {
            Some(tool) if call.name.is_empty() => tool.push_to(&mut call.name),
            _ => Ok(()),
        })
    }

    /// Arguments of a tool call, which go behind those so far.
    pub(crate) fn argue(&mut self, index: u64, more: Option<Text<'_>>) -> Result<(), Fault> {
        match more {
            Some(more) => self.call(index, |call| more.push_to(&mut call.arguments)),
            None => Ok(()),
        }
    }

    /// Arguments of a tool call that are JSON and not a text with JSON in it.
    pub(crate) fn argue_json(&mut self, index: u64, json: &[u8]) -> Result<(), Fault> {
        self.call(index, |call| {
            call.arguments.push_str(&String::from_utf8_lossy(json));
            Ok(())
        })
    }

    fn call(
        &mut self,
        index: u64,
        change: impl FnOnce(&mut ToolCall) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.reply.ends_in_tool_call = true;
        if self.keep == Keep::Outcome {
            return Ok(());
        }
        let calls = &mut self.reply.tool_calls;
        // The call that is being written is the last one, but for providers that mix them.
        let known = calls.iter().rposition(|call| call.index == index);
        if known.is_none() && calls.len() == MAX_TOOL_CALLS {
            return Ok(());
        }
        let place = known.unwrap_or_else(|| {
            calls.push(ToolCall {
                index,
                ..ToolCall::default()
            });
            calls.len() - 1
        });
        change(&mut calls[place])
    }

    /// The number for a call where the provider gives none: one call after another.
    pub(crate) fn next_call(&self) -> u64 {
        self.reply.tool_calls.len() as u64
    }

    /// The provider's word for why the output ended.
    pub(crate) fn stop(
        &mut self,
        native: Option<Text<'_>>,
        reason: impl FnOnce(&str) -> StopReason,
    ) -> Result<(), Fault> {
        let known = self.reply.stop.native.as_deref().unwrap_or_default();
        // Some servers repeat it in every event: nothing to keep then.
        let Some(native) = native.filter(|native| !native.is(known.as_bytes())) else {
            return Ok(());
        };
        let native = native.decode()?.into_owned();
        self.reply.stop = Stop {
            reason: reason(&native),
            native: Some(native),
        };
        Ok(())
    }

    /// Usage, which is cumulative: a count that is said again replaces the one before.
    pub(crate) fn count(&mut self, usage: Usage) {
        let known = &mut self.reply.usage;
        known.input = usage.input.or(known.input);
        known.cached = usage.cached.or(known.cached);
        known.output = usage.output.or(known.output);
        known.reasoning = usage.reasoning.or(known.reasoning);
    }
}
