//! One call of a client, and the rows of its attempts. A row is open from before an attempt is sent until
//! what came of it is known, and is closed whatever happens.

use std::sync::Arc;
use std::time::{Duration, Instant};

use autopack_calibrate::learned::Outcome as Learned;
use autopack_core::{Category, CeilingParameter, Stop, Tokens, Usage};
use autopack_store::EstimationEvent;
use autopack_wire::{Dialect, RateLimit, Reply, Truncation, truncation};
use http::HeaderMap;
use jiff::Timestamp;

use crate::admission::{Prediction, Reserved};
use crate::config::{Config, Upstream};
use crate::decide::{Decision, Learning, Seen};
use crate::error::RequestId;
use crate::gateway::Gateway;
use crate::headers::Labels;

/// What the calls of clients that name no run belong to.
const RUN: &str = "serve";

/// What the phase of a call is called where its client does not say.
const NO_PHASE: &str = "call";

/// The category of work that nobody named.
const NO_CATEGORY: &str = "unknown";

/// The model of a request that does not name one.
const NO_MODEL: &str = "unknown";

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
    /// Hands on what is to be learned from a call that went out with `first`, was cut off at ceilings of
    /// ours `n_cuts` times, and came to `ending`.
    pub(crate) fn learn(&self, first: Option<Tokens>, n_cuts: u32, ending: &Ending) {
        let Some(group) = &self.decision.group else {
            return;
        };
        // Without a ceiling the model stops where it cannot write more.
        let used = ending.usage.output.reported();
        let Some(sent) = first.or(self.asked.limit).or(used) else {
            return;
        };
        let outcome = match (ending.truncation, used, n_cuts) {
            // A full window and a cut that only looks like one say nothing of the ceiling.
            (Some(Truncation::WindowFull), ..) => return,
            (Some(_), _, 0) => Learned::CutOff,
            (Some(_), used, _) => Learned::CutOffWhenRetried(used.unwrap_or(sent)),
            (None, Some(used), 0) if ending.is_whole() => Learned::Ended(used),
            (None, Some(used), _) if ending.is_whole() => Learned::EndedWhenRetried(used),
            (None, ..) => return,
        };
        self.gateway.learning.see(Seen {
            group: Arc::clone(group),
            sent,
            outcome,
        });
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
        }
    }

    /// The ending with this word for what went wrong beside what is known.
    pub(crate) fn with_failure(mut self, word: &'static str) -> Self {
        self.failure = Some(word);
        self
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

    /// Closes the row.
    pub(crate) fn close(mut self, ending: &Ending) {
        self.write(ending);
    }

    fn write(&mut self, ending: &Ending) {
        if !std::mem::replace(&mut self.is_open, false) {
            return;
        }
        let gateway = &self.call.gateway;
        gateway.metrics.attempts_open.dec();
        gateway.metrics.ended(&self.call, ending);
        if let Some(reserved) = &self.reserved {
            reserved.settle(&ending.usage);
        }
        gateway.recorder.record(self.event(ending));
    }

    fn event(&self, ending: &Ending) -> EstimationEvent {
        let call = &*self.call;
        let Call {
            labels,
            asked,
            decision,
            ..
        } = call;
        let own = |text: &Option<String>, default: &str| {
            text.clone().unwrap_or_else(|| default.to_owned())
        };
        EstimationEvent {
            run_id: own(&labels.run, RUN),
            phase_id: own(&labels.phase, NO_PHASE),
            timestamp: self.timestamp,
            attempt: self.attempt,
            chain_id: Some(call.id.to_string()),
            provider: call.dialect.provider(),
            upstream: Some(call.upstream.name().to_string()),
            route: Some(call.upstream.endpoint.route()),
            model: own(&asked.model, NO_MODEL),
            effort: asked.effort.clone(),
            // What its calls have in common is in the name of the group.
            template: None,
            estimated_input: Some(asked.prediction.input()).filter(|input| input.get() > 0),
            category: labels
                .category
                .clone()
                .unwrap_or_else(|| Category::Other(NO_CATEGORY.into())),
            complexity: labels.complexity.unwrap_or_default(),
            deliverables: Vec::new(),
            n_scope_paths: None,
            doc_features: None,
            sot_file: None,
            predicted_output_tokens: None,
            estimated_category: None,
            confidence: None,
            requested_max_tokens: decision.requested,
            selected_budget: decision.selected_budget,
            actual_max_tokens: self.sent,
            thinking_budget: asked.thinking_budget,
            wire_parameter: self.sent.map(|_| call.parameter.as_str().to_owned()),
            policy_version: decision
                .selected_budget
                .map(|_| Learning::policy().to_owned()),
            decision_steps_json: None,
            group_key: decision.group.as_ref().map(|group| group.name().to_owned()),
            usage: ending.usage,
            stop: ending.stop.clone(),
            truncation: ending.truncation.map(|kind| kind.as_str().to_owned()),
            success: ending.is_whole(),
            failure: ending.failure.map(str::to_owned),
            n_http_calls: Some(1),
            latency: Some(self.started.elapsed()),
        }
    }
}

impl Drop for OpenRow {
    /// Whoever waited for the reply has left.
    fn drop(&mut self) {
        self.write(&Ending::failed("cancelled"));
    }
}
