//! Calls in order, with their true lengths.

use std::collections::HashMap;

use autopack_core::Tokens;

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceCall {
    /// The index of its group.
    pub group: usize,
    /// How long the answer is when nothing cuts it off.
    pub length: Tokens,
    /// What was sent.
    pub input: Option<Tokens>,
    /// What was predicted.
    pub estimate: Option<Tokens>,
}

/// Calls in order.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    groups: Vec<String>,
    ids: HashMap<String, usize>,
    calls: Vec<TraceCall>,
}

impl Trace {
    /// The index of the group of this name.
    pub fn group(&mut self, name: &str) -> usize {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = self.groups.len();
        self.groups.push(name.to_owned());
        self.ids.insert(name.to_owned(), id);
        id
    }

    /// Adds a call, whose group is one of this trace.
    pub fn push(&mut self, call: TraceCall) {
        debug_assert!(call.group < self.groups.len());
        self.calls.push(call);
    }

    /// The names of the groups, in order of their first calls.
    #[must_use]
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// The calls.
    #[must_use]
    pub fn calls(&self) -> &[TraceCall] {
        &self.calls
    }
}
