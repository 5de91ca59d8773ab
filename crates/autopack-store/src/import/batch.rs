//! Rows that go in together.

use crate::column::{Column, Value};

use super::call::Call;

/// How many calls a batch holds: enough that a commit no longer shows, few enough that they take a few
/// megabytes, and that others who write wait a tenth of a second at most.
const CALLS_A_BATCH: usize = 4_000;

/// Rows of both tables.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) calls: Rows,
    pub(crate) escalations: Rows,
    created_at: String,
}

/// Rows with the same columns.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) names: Vec<String>,
    pub(crate) rows: Vec<Vec<Value<'static>>>,
}

impl Batch {
    pub(super) fn new(created_at: &str) -> Self {
        Self {
            calls: Rows::default(),
            escalations: Rows::default(),
            created_at: created_at.to_owned(),
        }
    }

    /// Whether it is time to write.
    pub(super) fn is_full(&self) -> bool {
        self.calls.len().max(self.escalations.len()) >= CALLS_A_BATCH
    }

    pub(super) fn call(&mut self, call: Call) {
        self.calls.add(call.columns(&self.created_at));
    }

    pub(super) fn escalation(&mut self, columns: Vec<Column<'static>>) {
        self.escalations.add(columns);
    }

    /// When its rows are written down.
    pub(super) fn created_at(&self) -> &str {
        &self.created_at
    }
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds a row with the columns of those before it.
    fn add(&mut self, columns: Vec<Column<'static>>) {
        if self.names.is_empty() {
            self.names = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        }
        self.rows
            .push(columns.into_iter().map(|(_, value)| value).collect());
    }
}
