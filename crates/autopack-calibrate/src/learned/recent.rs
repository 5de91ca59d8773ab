//! The last calls of a group, one by one.

use serde::{Deserialize, Serialize};

use super::location::scale;
use autopack_core::policy::Exponent;

/// How many calls are kept one by one.
pub(super) const N_RECENT: usize = 20;

/// One call as its group remembers it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Row {
    /// Its length, or what it was cut off at, in tokens.
    pub(super) length: f32,
    /// Its estimate, in tokens.
    pub(super) estimate: Option<f32>,
    /// Whether it ended by itself.
    pub(super) has_ended: bool,
}

impl Row {
    pub(super) fn scaled_length(&self, exponent: Exponent) -> f64 {
        let estimate = self.estimate.map(f64::from);
        f64::from(self.length) / scale(exponent, estimate)
    }
}

/// The last rows, in no order.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Recent {
    rows: [Option<Row>; N_RECENT],
    next: u8,
}

impl Recent {
    pub(super) fn push(&mut self, row: Row) {
        self.rows[usize::from(self.next)] = Some(row);
        self.next += 1;
        if usize::from(self.next) == N_RECENT {
            self.next = 0;
        }
    }

    /// Whether what was read back can go on.
    pub(super) fn is_sound(&self) -> bool {
        usize::from(self.next) < N_RECENT
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten()
    }
}
