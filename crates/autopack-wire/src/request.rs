//! A call as the builder makes it, before it is written in a dialect.

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
    /// The ceiling, exactly as it goes on the wire.
    pub ceiling: Tokens,
    /// What the model calls its ceiling.
    pub parameter: CeilingParameter,
    /// How the model is asked to think; `None` leaves that to the model. A budget counts inside the
    /// ceiling.
    pub thinking: Option<ThinkingSetting>,
    /// Whether the reply comes as a stream of events.
    pub stream: bool,
}

impl std::fmt::Debug for Request<'_> {
    /// Without the prompt, which enters no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("model", &self.model)
            .field("ceiling", &self.ceiling)
            .field("parameter", &self.parameter)
            .field("thinking", &self.thinking)
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}
