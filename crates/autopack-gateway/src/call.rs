//! One call of a client, and the rows of its attempts. A row is open from before an attempt is sent until
//! what came of it is known, and is closed whatever happens.

mod row;

use std::sync::Arc;
use std::time::{Duration, Instant};

use autopack_core::{CeilingParameter, Escalation, Spent, Stop, Tokens, Usage};
use autopack_store::EscalationEvent;
use autopack_wire::{Dialect, RateLimit, Reply, Truncation, truncation};
use http::HeaderMap;
use jiff::Timestamp;

use crate::admission::{Prediction, Reserved};
use crate::config::{Config, Upstream};
use crate::decide::{Decision, End, Lesson, Told, What};
use crate::error::RequestId;
use crate::gateway::Gateway;
use crate::headers::Labels;

pub use row::ClosedRow;

/// The word for a request that was not taken as it was.
pub(crate) const REJECTED: &str = "rejected";

/// What a request asks for, as far as it is needed once the request itself is sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) model: Option<String>,
    pub(crate) thinking_budget: Option<Tokens>,
    /// How hard the model is told to think, in a word.
    pub(crate) effort: Option<String>,
    /// What will count of it against limits of its upstream.
    pub(crate) prediction: Prediction,
    /// What the model can write, where that is known.
    pub(crate) limit: Option<Tokens>,
    /// The same as the catalogue has it, which rows can be read with too.
    pub(crate) listed_limit: Option<Tokens>,
    /// Whether the reply was asked for piece by piece.
    pub(crate) is_stream: bool,
    /// Whether one answer was asked for, and not several at once.
    pub(crate) is_single: bool,
    /// Whether usage has to be asked for in the client's place, so that the stream says what was used.
    pub(crate) wants_usage: bool,
}

/// One call of a client.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) config: Arc<Config>,
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) dialect: Dialect,
    pub(crate) labels: Labels,
    pub(crate) asked: Asked,
    pub(crate) parameter: CeilingParameter,
    pub(crate) decision: Decision,
    pub(crate) id: RequestId,
    pub(crate) started: Instant,
}

impl Call {
    /// What is to be learned from a call that went out with `first`, was cut off at ceilings of ours `n_cuts`
    /// times, and came to `ending`.
    pub(crate) fn taught(&self, first: Option<Tokens>, n_cuts: u32, ending: &Ending) -> What {
        let end = End {
            cut: ending.truncation.map(Truncation::as_str),
            used: ending.usage.output.reported(),
            is_whole: ending.is_whole(),
        };
        // Without a ceiling the model stops where it cannot write more.
        let sent = first.or(self.asked.listed_limit).or(end.used);
        let ended = sent.and_then(|sent| {
            let outcome = end.outcome(n_cuts, sent)?;
            Some(What::Ended { sent, outcome })
        });
        ended.unwrap_or(What::Nothing)
    }
}

/// What came of an attempt.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ending {
    pub(crate) usage: Usage,
    pub(crate) stop: Option<Stop>,
    pub(crate) truncation: Option<Truncation>,
    /// The word for what went wrong.
    pub(crate) failure: Option<&'static str>,
    /// How long the body of a refusal asks to wait.
    pub(crate) retry_after: Option<Duration>,
}

impl Ending {
    /// No reply, for the reason that this word says.
    pub(crate) fn failed(word: &'static str) -> Self {
        Self {
            failure: Some(word),
            ..Self::default()
        }
    }

    /// A reply that was read.
    pub(crate) fn of(reply: &Reply, sent: Option<Tokens>, is_single: bool) -> Self {
        Self {
            usage: reply.usage,
            stop: Some(reply.stop.clone()),
            truncation: truncation(reply, sent.filter(|_| is_single)),
            failure: None,
            retry_after: None,
        }
    }

    /// The ending with this word for what went wrong beside what is known.
    pub(crate) fn with_failure(mut self, word: &'static str) -> Self {
        self.failure = Some(word);
        self
    }

    /// Settles what the attempt has taken of limits.
    fn settle(&self, reserved: &Reserved) {
        if self.failure == Some(REJECTED) && self.truncation.is_none() {
            reserved.give_back();
        } else {
            reserved.settle(&self.usage);
        }
        if self.retry_after.is_some() {
            reserved.correct(&RateLimit {
                retry_after: self.retry_after,
                ..RateLimit::default()
            });
        }
    }

    /// Whether the model said all it had to say.
    const fn is_whole(&self) -> bool {
        self.failure.is_none() && self.truncation.is_none()
    }
}

/// The row of an attempt that is under way.
#[derive(Debug)]
pub(crate) struct OpenRow {
    call: Arc<Call>,
    attempt: u32,
    sent: Option<Tokens>,
    started: Instant,
    timestamp: Timestamp,
    /// What the attempt has taken of the limits of its upstream.
    reserved: Option<Reserved>,
    is_open: bool,
}

impl OpenRow {
    /// Opens the row of the attempt of this number, from 1, which goes out with the ceiling `sent`.
    pub(crate) fn open(
        call: &Arc<Call>,
        attempt: u32,
        sent: Option<Tokens>,
        reserved: Option<Reserved>,
    ) -> Self {
        call.gateway.metrics.attempts_open.inc();
        Self {
            call: Arc::clone(call),
            attempt,
            sent,
            started: Instant::now(),
            timestamp: Timestamp::now(),
            reserved,
            is_open: true,
        }
    }

    pub(crate) const fn call(&self) -> &Arc<Call> {
        &self.call
    }

    pub(crate) const fn sent(&self) -> Option<Tokens> {
        self.sent
    }

    /// Takes in what the head of a reply says of the upstream's limits.
    pub(crate) fn hear(&self, headers: &HeaderMap) {
        let Some(reserved) = &self.reserved else {
            return;
        };
        let since_1970 = Timestamp::now().as_duration();
        let now = Duration::try_from(since_1970).unwrap_or_default();
        let pairs = headers.iter();
        let pairs = pairs.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        reserved.correct(&RateLimit::read(pairs, now));
    }

    /// Closes the row, with what it teaches.
    pub(crate) fn close(mut self, ending: Ending, what: What) {
        self.write(ending, what);
    }

    /// Closes the row of an attempt after which the call is sent again, with the ceiling `next`; after a cut
    /// that is an escalation.
    pub(crate) fn go_on(mut self, ending: Ending, next: Option<Tokens>) {
        let escalation = self.escalation(&ending, next);
        self.write(ending, What::GoesOn);
        if let Some(row) = escalation {
            self.call.gateway.recorder.record_escalation(row);
        }
    }

    /// The row of an escalation. Without a ceiling the model stops where it cannot write more; where nobody
    /// knows that either, no number says what it escalated to, and there is no row.
    fn escalation(&self, ending: &Ending, next: Option<Tokens>) -> Option<EscalationEvent> {
        let call = &*self.call;
        let spent = Spent {
            selected_budget: call.decision.selected_budget,
            actual_max_tokens: self.sent?,
            output_tokens: ending.usage.output.reported(),
            truncated: ending.truncation.is_some(),
            parsed: false,
        };
        let (run_id, phase_id) = call.labels.run_and_phase();
        Some(EscalationEvent {
            run_id,
            phase_id,
            timestamp: Timestamp::now(),
            attempt: self.attempt,
            provider: call.dialect.provider(),
            chain_id: Some(call.id.to_string()),
            spent,
            escalation: Escalation::to(next.or(call.asked.limit)?, spent)?,
        })
    }

    fn write(&mut self, ending: Ending, what: What) {
        if !std::mem::replace(&mut self.is_open, false) {
            return;
        }
        let gateway = &self.call.gateway;
        gateway.metrics.attempts_open.dec();
        gateway.metrics.ended(&self.call, &ending);
        if let Some(reserved) = &self.reserved {
            ending.settle(reserved);
        }
        let lesson = self.lesson(what);
        let row = ClosedRow {
            call: Arc::clone(&self.call),
            attempt: self.attempt,
            sent: self.sent,
            timestamp: self.timestamp,
            latency: self.started.elapsed(),
            ending,
        };
        gateway.recorder.record(row, lesson);
    }

    /// What goes along with the row; nothing where no learner has to know of it.
    fn lesson(&self, what: What) -> Option<Lesson> {
        if what == What::Nothing && self.attempt == 1 {
            return None;
        }
        let call = &*self.call;
        let told = Told {
            group: Arc::clone(call.decision.group.as_ref()?),
            chain: call.id,
            attempt: self.attempt,
            what,
        };
        Some(call.gateway.learning.lesson(told))
    }
}

impl Drop for OpenRow {
    /// Whoever waited for the reply has left.
    fn drop(&mut self) {
        self.write(Ending::failed("cancelled"), What::Nothing);
    }
}
