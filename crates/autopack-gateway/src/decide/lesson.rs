//! What a call teaches, on its way to the learner. It goes along with the row that says the same and arrives
//! once that row is written, so that a learner always knows up to which row it has learned.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use autopack_calibrate::learned::Outcome;
use autopack_core::Tokens;
use autopack_wire::Truncation;
use tokio::sync::mpsc;

use super::groups::Group;
use super::learned::Message;
use crate::error::RequestId;

/// The way to the learner.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) waiting: mpsc::Sender<Message>,
    pub(super) n_dropped: AtomicU64,
}

/// What is to be learned once a row is written. It goes its way also when it is dropped: then no row says it.
#[derive(Debug)]
pub struct Lesson {
    way: Arc<Way>,
    told: Option<Told>,
}

/// What an attempt tells a learner.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) group: Arc<Group>,
    pub(crate) chain: RequestId,
    /// Which attempt of its chain it was, from 1.
    pub(crate) attempt: u32,
    pub(crate) what: What,
}

/// What there is to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The call goes on, and another row will say how it ends.
    GoesOn,
    /// The call has ended, and nothing is to be learned from it.
    Nothing,
    /// The call went out with the ceiling `sent`, or what the model can write where there was none.
    Ended { sent: Tokens, outcome: Outcome },
}

impl Lesson {
    pub(super) const fn new(way: Arc<Way>, told: Told) -> Self {
        Self {
            way,
            told: Some(told),
        }
    }

    /// The row was written, under this key. Waits where there is no room, so that nothing is lost of what rows
    /// know.
    pub(crate) async fn written(mut self, row: i64) {
        if let Some(told) = self.told.take() {
            let message = Message::Told(told, Some(row));
            // The learner ends with the gateway alone.
            let _ = self.way.waiting.send(message).await;
        }
    }
}

impl Drop for Lesson {
    /// Nobody keeps the row: what it says is dropped and counted where too many wait.
    fn drop(&mut self) {
        let Some(told) = self.told.take() else { return };
        if self
            .way
            .waiting
            .try_send(Message::Told(told, None))
            .is_err()
        {
            self.way.n_dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// How the last attempt of a call ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End<'a> {
    /// The word for how it was cut off.
    pub(crate) cut: Option<&'a str>,
    /// The output.
    pub(crate) used: Option<Tokens>,
    /// Whether the model said all it had to say.
    pub(crate) is_whole: bool,
}

impl End<'_> {
    /// What came of a call that was cut off `n_cuts` times before, from the ceiling `sent` on; none where that
    /// says nothing of its length. A full window and a cut that only looks like one say nothing of the ceiling.
    pub(crate) fn outcome(self, n_cuts: u32, sent: Tokens) -> Option<Outcome> {
        match (self.cut, self.used, n_cuts) {
            (Some(word), ..) if word == Truncation::WindowFull.as_str() => None,
            (Some(_), _, 0) => Some(Outcome::CutOff),
            (Some(_), used, _) => Some(Outcome::CutOffWhenRetried(used.unwrap_or(sent))),
            (None, Some(used), 0) if self.is_whole => Some(Outcome::Ended(used)),
            (None, Some(used), _) if self.is_whole => Some(Outcome::EndedWhenRetried(used)),
            (None, ..) => None,
        }
    }
}
