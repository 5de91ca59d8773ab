//! A call as the builder makes it, before it is written in a dialect.

use std::iter;

use autopack_core::{CeilingParameter, ThinkingSetting, Tokens};

/// One question to a model, with its ceiling.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The model.
    pub model: &'a str,
    /// Standing instructions.
    pub system: &'a str,
    /// The question.
    pub user: &'a str,
    /// The answer so far, where it is to go on.
    pub continuation: Option<Continuation<'a>>,
    /// The ceiling, exactly as it goes on the wire.
    pub ceiling: Tokens,
    /// What the ceiling has to stay above where it is lowered on the way, in tokens: 0, or the ceiling
    /// at which the answer to this same question was cut off.
    pub above: Tokens,
    /// What the model calls its ceiling.
    pub parameter: CeilingParameter,
    /// How the model is asked to think; `None` leaves that to the model. A budget counts inside the
    /// ceiling.
    pub thinking: Option<ThinkingSetting>,
    /// Whether the reply comes as a stream of events.
    pub stream: bool,
}

/// An answer that was cut off and goes on. What it says stands in a turn of the model's with one of the
/// user's behind it, because newer models refuse an answer that is begun for them (provider facts of
/// 2026-11-23, section 2).
#[derive(Clone, Copy)]
pub struct Continuation<'a> {
    /// What the model has said; more than white space.
    pub so_far: &'a str,
    /// How it is asked to go on.
    pub user: &'a str,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaker {
    User,
    Model,
}

impl<'a> Request<'a> {
    /// What is said in turn, the standing instructions aside.
    pub(crate) fn turns(&self) -> impl Iterator<Item = (Speaker, &'a str)> {
        let continued = self
            .continuation
            .map(|Continuation { so_far, user }| [(Speaker::Model, so_far), (Speaker::User, user)]);
        iter::once((Speaker::User, self.user)).chain(continued.into_iter().flatten())
    }
}

impl std::fmt::Debug for Continuation<'_> {
    /// Without the texts, which enter no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Continuation")
            .field("so_far_bytes", &self.so_far.len())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Request<'_> {
    /// Without the prompt, which enters no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("model", &self.model)
            .field("continuation", &self.continuation)
            .field("ceiling", &self.ceiling)
            .field("parameter", &self.parameter)
            .field("thinking", &self.thinking)
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}
